#include "storage/template_store.hpp"

#include "storage/sql/templates.hpp"

namespace renova::storage::template_store {
namespace {

Error changed_meanwhile() { return Error(ErrorCode::version_mismatch, "the template was changed meanwhile"); }

} // namespace

result<void> insert(TenantTransaction& tx, const TemplateRow& row, Instant now) {
  TRY_DO(tx.run(sql::template_insert, {{"id", row.id},
                                       {"name", row.name},
                                       {"kind", row.kind},
                                       {"plan_type", row.plan_type},
                                       {"locale", row.locale},
                                       {"body", row.body},
                                       {"variants", row.variants},
                                       {"media", row.media},
                                       {"cloud_template", row.cloud_template},
                                       {"enabled", row.enabled},
                                       {"now", now}}));
  return {};
}

result<std::optional<TemplateRow>> get(TenantTransaction& tx, TemplateId id) {
  return tx.first<TemplateRow>(sql::template_get, {{"id", id}});
}

result<std::vector<TemplateRow>> page(TenantTransaction& tx, const TemplatePageQuery& query) {
  using Page = sql::TemplatePage;
  FamilyFilters filters;
  Parameter after_key =
      query.by_name ? Parameter("after_key", query.after_name) : Parameter("after_key", query.after_created);
  if (query.by_name ? query.after_name.has_value() : query.after_created.has_value()) filters |= Page::after;
  if (query.kind) filters |= Page::kind;
  if (query.plan_type) filters |= Page::plan_type;
  if (query.enabled) filters |= Page::enabled;
  const auto& statement =
      sql::template_page.pick(query.by_name ? Page::Sort::name : Page::Sort::created_at,
                              query.descending ? Page::Dir::desc : Page::Dir::asc, filters);
  return tx.all<TemplateRow>(statement, {after_key,
                                         {"after_id", query.after_id},
                                         {"kind", query.kind},
                                         {"plan_type", query.plan_type},
                                         {"enabled", query.enabled},
                                         {"limit", query.limit}});
}

result<std::int64_t> count(TenantTransaction& tx, const TemplatePageQuery& query) {
  using Count = sql::TemplateCount;
  FamilyFilters filters;
  if (query.kind) filters |= Count::kind;
  if (query.plan_type) filters |= Count::plan_type;
  if (query.enabled) filters |= Count::enabled;
  TRY(auto n, tx.first<std::int64_t>(
                  sql::template_count.pick(Count::All::yes, filters),
                  {{"kind", query.kind}, {"plan_type", query.plan_type}, {"enabled", query.enabled}}));
  return n.value_or(0);
}

result<void> update(TenantTransaction& tx, const TemplateRow& row, Instant now) {
  TRY(auto changed, tx.run(sql::template_update, {{"id", row.id},
                                                  {"name", row.name},
                                                  {"kind", row.kind},
                                                  {"plan_type", row.plan_type},
                                                  {"locale", row.locale},
                                                  {"body", row.body},
                                                  {"variants", row.variants},
                                                  {"media", row.media},
                                                  {"cloud_template", row.cloud_template},
                                                  {"enabled", row.enabled},
                                                  {"version", row.version},
                                                  {"now", now}}));
  if (changed == 0) return changed_meanwhile();
  return {};
}

result<void> remove(TenantTransaction& tx, TemplateId id, std::int64_t version) {
  TRY(auto changed, tx.run(sql::template_delete, {{"id", id}, {"version", version}}));
  if (changed == 0) return changed_meanwhile();
  return {};
}

result<std::optional<RuleId>> rule_using(TenantTransaction& tx, TemplateId id) {
  return tx.first<RuleId>(sql::template_rule_using, {{"template_id", id}});
}

result<std::optional<MessageId>> message_using(TenantTransaction& tx, TemplateId id) {
  return tx.first<MessageId>(sql::template_message_using, {{"template_id", id}});
}

result<std::optional<TemplateSubjectRow>> subject(TenantTransaction& tx, ClientId client,
                                                  std::optional<SubscriptionId> subscription) {
  return tx.first<TemplateSubjectRow>(sql::template_subject,
                                      {{"client_id", client}, {"subscription_id", subscription}});
}

result<std::optional<ClientId>> client_of(TenantTransaction& tx, SubscriptionId subscription) {
  return tx.first<ClientId>(sql::template_subscription_client, {{"subscription_id", subscription}});
}

} // namespace renova::storage::template_store

#include "storage/rule_store.hpp"

#include "storage/sql/rules.hpp"

namespace renova::storage::rule_store {
namespace {

Error changed_meanwhile() { return Error(ErrorCode::version_mismatch, "the rule was changed meanwhile"); }

sql::RulePage::Sort sort_of(RulePageQuery::Sort sort) {
  switch (sort) {
    case RulePageQuery::Sort::offset_days:
      return sql::RulePage::Sort::offset_days;
    case RulePageQuery::Sort::name:
      return sql::RulePage::Sort::name;
    case RulePageQuery::Sort::created_at:
      return sql::RulePage::Sort::created_at;
  }
  return sql::RulePage::Sort::offset_days;
}

} // namespace

result<void> insert(TenantTransaction& tx, const RuleRow& row, Instant now,
                    std::optional<Instant> enabled_at) {
  TRY_DO(tx.run(sql::rule_insert, {{"id", row.id},
                                   {"name", row.name},
                                   {"offset_days", row.offset_days},
                                   {"at_minutes", row.at_minutes},
                                   {"plan_types", row.plan_types},
                                   {"template_id", row.template_id},
                                   {"channel_ids", row.channel_ids},
                                   {"enabled", row.enabled},
                                   {"enabled_at", enabled_at.value_or(now)},
                                   {"now", now}}));
  return {};
}

result<std::optional<RuleRow>> get(TenantTransaction& tx, RuleId id) {
  return tx.first<RuleRow>(sql::rule_get, {{"id", id}});
}

result<std::vector<RuleRow>> page(TenantTransaction& tx, const RulePageQuery& query) {
  using Page = sql::RulePage;
  FamilyFilters filters;
  if (query.after) filters |= Page::after;
  if (query.enabled) filters |= Page::enabled;
  const auto& statement =
      sql::rule_page.pick(sort_of(query.sort), query.descending ? Page::Dir::desc : Page::Dir::asc, filters);
  Parameter after_key = query.sort == RulePageQuery::Sort::name ? Parameter("after_key", query.after_name)
                                                                : Parameter("after_key", query.after_number);
  return tx.all<RuleRow>(
      statement,
      {after_key, {"after_id", query.after_id}, {"enabled", query.enabled}, {"limit", query.limit}});
}

result<std::int64_t> count(TenantTransaction& tx, std::optional<bool> enabled) {
  using Count = sql::RuleCount;
  FamilyFilters filters;
  if (enabled) filters |= Count::enabled;
  TRY(auto n, tx.first<std::int64_t>(sql::rule_count.pick(Count::All::yes, filters), {{"enabled", enabled}}));
  return n.value_or(0);
}

result<void> update(TenantTransaction& tx, const RuleRow& row, Instant now) {
  TRY(auto changed, tx.run(sql::rule_update, {{"id", row.id},
                                              {"name", row.name},
                                              {"offset_days", row.offset_days},
                                              {"at_minutes", row.at_minutes},
                                              {"plan_types", row.plan_types},
                                              {"template_id", row.template_id},
                                              {"channel_ids", row.channel_ids},
                                              {"enabled", row.enabled},
                                              {"enabled_at", row.enabled_at},
                                              {"version", row.version},
                                              {"now", now}}));
  if (changed == 0) return changed_meanwhile();
  return {};
}

result<void> remove(TenantTransaction& tx, RuleId id, std::int64_t version) {
  TRY(auto changed, tx.run(sql::rule_delete, {{"id", id}, {"version", version}}));
  if (changed == 0) return changed_meanwhile();
  return {};
}

result<std::int64_t> cancel_waiting(TenantTransaction& tx, RuleId id, Instant now) {
  TRY_DO(tx.run(sql::rule_cancel_events, {{"rule_id", id}, {"now", now}}));
  return tx.run(sql::rule_cancel_messages, {{"rule_id", id}, {"now", now}});
}

result<bool> template_exists(TenantTransaction& tx, TemplateId id) {
  TRY(auto found, tx.first<TemplateId>(sql::rule_template_exists, {{"id", id}}));
  return found.has_value();
}

result<bool> channel_exists(TenantTransaction& tx, ChannelId id) {
  TRY(auto found, tx.first<ChannelId>(sql::rule_channel_exists, {{"id", id}}));
  return found.has_value();
}

} // namespace renova::storage::rule_store

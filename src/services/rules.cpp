#include "services/rules.hpp"

#include "domain/field_errors.hpp"
#include "domain/reminder.hpp"
#include "domain/text_rules.hpp"
#include "services/json_text.hpp"
#include "services/live.hpp"
#include "storage/onboarding_store.hpp"

#include <algorithm>

namespace renova::services::rules {
namespace {

Error no_such_rule() { return Error(ErrorCode::not_found, "there is no such rule"); }

result<storage::RuleRow> to_row(RuleId id, const RuleContent& content) {
  storage::RuleRow row;
  row.id = id;
  row.name = content.name;
  row.offset_days = content.offset_days;
  TRY(row.at_minutes, domain::parse_rule_time(content.at.value_or("auto")));
  row.plan_types = json_text::write(content.plan_types);
  row.template_id = content.template_id;
  row.channel_ids = json_text::write(content.channel_ids);
  row.enabled = content.enabled;
  return row;
}

// For the audit record.
std::string describe(const RuleContent& content) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("name", content.name);
  writer.field("offset_days", content.offset_days);
  writer.field("at", content.at.value_or("auto"));
  writer.key("plan_types");
  json_text::write_value(writer, content.plan_types);
  writer.key("template_id");
  json_text::write_value(writer, content.template_id);
  writer.key("channel_ids");
  json_text::write_value(writer, content.channel_ids);
  writer.field("enabled", content.enabled);
  writer.end_object();
  return out;
}

void check_plan_types(RuleContent& content, domain::FieldErrors& errors) {
  if (content.plan_types.size() > kMaxPlanTypes) {
    errors.add("/plan_types", "too_many", "has at most 50 names");
    return;
  }
  std::vector<std::string> distinct;
  for (std::size_t i = 0; i < content.plan_types.size(); ++i) {
    auto type =
        errors.take("/plan_types/" + std::to_string(i), domain::parse_plan_type(content.plan_types[i]));
    if (type && std::find(distinct.begin(), distinct.end(), *type) == distinct.end()) {
      distinct.push_back(std::move(*type));
    }
  }
  content.plan_types = std::move(distinct);
}

void check_channels(const RuleContent& content, domain::FieldErrors& errors) {
  if (content.channel_ids.size() > kMaxChannels) {
    errors.add("/channel_ids", "too_many", "has at most 20 channels");
    return;
  }
  for (auto at = content.channel_ids.begin(); at != content.channel_ids.end(); ++at) {
    if (std::find(content.channel_ids.begin(), at, *at) == at) continue;
    errors.add("/channel_ids/" + std::to_string(at - content.channel_ids.begin()), "repeated",
               "is in the list already");
  }
}

// What the rule names must exist in this tenant.
result<void> check_references(storage::TenantTransaction& tx, const RuleContent& content) {
  domain::FieldErrors errors;
  if (content.template_id) {
    TRY(bool there, storage::rule_store::template_exists(tx, *content.template_id));
    if (!there) errors.add("/template_id", "not_found", "there is no such template");
  }
  for (std::size_t i = 0; i < content.channel_ids.size(); ++i) {
    TRY(bool there, storage::rule_store::channel_exists(tx, content.channel_ids[i]));
    if (!there) errors.add("/channel_ids/" + std::to_string(i), "not_found", "there is no such channel");
  }
  return errors.finish();
}

result<storage::RuleRow> load(storage::TenantTransaction& tx, RuleId id,
                              std::optional<std::int64_t> expected) {
  TRY(auto row, storage::rule_store::get(tx, id));
  if (!row) return no_such_rule();
  if (expected && *expected != row->version) {
    return Error(ErrorCode::version_mismatch, "the rule has been changed since that version");
  }
  return std::move(*row);
}

result<void> cancel_waiting(storage::TenantTransaction& tx, RuleId id, Instant now) {
  TRY(std::int64_t cancelled, storage::rule_store::cancel_waiting(tx, id, now));
  if (cancelled > 0) announce(tx, "queue_updated", R"({"cancelled":)" + std::to_string(cancelled) + "}");
  return {};
}

} // namespace

result<RuleContent> check(RuleContent content) {
  domain::FieldErrors errors;
  if (auto name = errors.take("/name", domain::parse_label(content.name))) content.name = std::move(*name);
  errors.take("/offset_days", domain::check_offset(content.offset_days));
  if (auto at = errors.take("/at", domain::parse_rule_time(content.at.value_or("auto")))) {
    content.at = domain::format_rule_time(*at);
  }
  check_plan_types(content, errors);
  check_channels(content, errors);
  TRY_DO(errors.finish());
  return content;
}

result<Rule> from_row(const storage::RuleRow& row) {
  Rule out;
  out.id = row.id;
  out.content.name = row.name;
  out.content.offset_days = row.offset_days;
  out.content.at = domain::format_rule_time(row.at_minutes);
  TRY(out.content.plan_types,
      json_text::read<std::vector<std::string>>(row.plan_types, "list of plan types"));
  out.content.template_id = row.template_id;
  TRY(out.content.channel_ids, json_text::read<std::vector<ChannelId>>(row.channel_ids, "list of channels"));
  out.content.enabled = row.enabled;
  out.enabled_at = row.enabled_at;
  out.version = row.version;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  return out;
}

result<Rule> create(storage::TenantTransaction& tx, Instant now, const Actor& actor, RuleContent content) {
  TRY(RuleContent checked, check(std::move(content)));
  TRY_DO(check_references(tx, checked));
  TRY(std::int64_t present, storage::rule_store::count(tx, std::nullopt));
  if (present >= static_cast<std::int64_t>(domain::kMaxRules)) {
    return Error(ErrorCode::limit_exceeded, "there are as many rules already as there may be");
  }
  RuleId id = RuleId::make(now);
  TRY(storage::RuleRow row, to_row(id, checked));
  TRY_DO(storage::rule_store::insert(tx, row, now));
  TRY_DO(record(tx, now, actor, {"rule_created", "rule", id.str(), {}, describe(checked)}));
  return get(tx, id);
}

result<Rule> get(storage::TenantTransaction& tx, RuleId id) {
  TRY(auto row, load(tx, id, std::nullopt));
  return from_row(row);
}

result<std::vector<Rule>> list(storage::TenantTransaction& tx, const storage::RulePageQuery& query) {
  TRY(auto rows, storage::rule_store::page(tx, query));
  std::vector<Rule> out;
  for (const auto& row : rows) {
    TRY(out.emplace_back(), from_row(row));
  }
  return out;
}

result<std::int64_t> count(storage::TenantTransaction& tx, const storage::RulePageQuery& query) {
  return storage::rule_store::count(tx, query.enabled);
}

result<Rule> update(storage::TenantTransaction& tx, Instant now, const Actor& actor, RuleId id,
                    std::optional<std::int64_t> expected,
                    const std::function<result<void>(RuleContent&)>& change) {
  TRY(auto row, load(tx, id, expected));
  TRY(Rule before, from_row(row));
  RuleContent wanted = before.content;
  TRY_DO(change(wanted));
  TRY(RuleContent checked, check(std::move(wanted)));
  if (checked == before.content) return before;
  TRY_DO(check_references(tx, checked));
  TRY(storage::RuleRow changed, to_row(id, checked));
  changed.version = row.version;
  changed.enabled_at = checked.enabled && !before.content.enabled ? now : row.enabled_at;
  TRY_DO(storage::rule_store::update(tx, changed, now));
  if (before.content.enabled && !checked.enabled) TRY_DO(cancel_waiting(tx, id, now));
  TRY_DO(record(tx, now, actor,
                {"rule_updated", "rule", id.str(), describe(before.content), describe(checked)}));
  return get(tx, id);
}

result<void> remove(storage::TenantTransaction& tx, Instant now, const Actor& actor, RuleId id,
                    std::optional<std::int64_t> expected) {
  TRY(auto row, load(tx, id, expected));
  TRY(Rule before, from_row(row));
  TRY_DO(cancel_waiting(tx, id, now));
  TRY_DO(storage::rule_store::remove(tx, id, row.version));
  return record(tx, now, actor, {"rule_deleted", "rule", id.str(), describe(before.content), {}});
}

result<Date> today(storage::TenantTransaction& tx, Instant now) {
  TRY(auto tenant, storage::onboarding_store::tenant_brief(tx));
  TRY(domain::TimeZone zone, domain::TimeZone::find(tenant.time_zone));
  return zone.today(now);
}

} // namespace renova::services::rules

#include "services/onboarding.hpp"

#include "base/json.hpp"
#include "domain/field_errors.hpp"
#include "domain/money.hpp"
#include "domain/openings.hpp"
#include "domain/phone.hpp"
#include "domain/text_rules.hpp"
#include "services/json_text.hpp"
#include "storage/onboarding_store.hpp"
#include "storage/rule_store.hpp"
#include "storage/template_store.hpp"

namespace renova::services::onboarding {

std::string windows_json(const domain::SendingWindows& windows) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  for (std::size_t day = 0; day < windows.days.size(); ++day) {
    writer.key(domain::kWeekdayNames[day]);
    writer.begin_array();
    for (const auto& range : windows.days[day]) {
      writer.begin_array();
      writer.value(domain::format_time_of_day(range.from));
      writer.value(domain::format_time_of_day(range.to));
      writer.end_array();
    }
    writer.end_array();
  }
  writer.end_object();
  return out;
}

result<void> add_defaults(storage::TenantTransaction& tx, domain::Locale locale, Instant now) {
  for (const auto& given : domain::default_templates(locale)) {
    storage::TemplateRow row;
    row.id = TemplateId::make(now);
    row.name = given.name;
    row.kind = given.kind;
    if (!given.plan_type.empty()) row.plan_type = std::string(given.plan_type);
    row.locale = locale;
    row.body = given.body;
    TRY_DO(storage::template_store::insert(tx, row, now));
  }
  for (const auto& given : domain::default_rules(locale)) {
    storage::RuleRow row;
    row.id = RuleId::make(now);
    row.name = given.name;
    row.offset_days = given.offset_days;
    row.at_minutes = given.at;
    row.enabled = given.enabled;
    // The first rules are as old as the world: what they are too late for is decided by the subscription's
    // age alone, so that a business whose clock is behind that of its creation (a test, a corrected server)
    // is served as well.
    TRY_DO(storage::rule_store::insert(tx, row, now, Instant{0}));
  }
  return {};
}

result<TenantId> new_tenant(storage::Transaction& tx, std::string_view name, domain::Locale locale,
                            Instant now) {
  domain::FieldErrors errors;
  auto checked = errors.take("/name", domain::parse_name(name));
  TRY_DO(errors.finish());

  TenantId id = TenantId::make(now);
  storage::TenantTransaction tenant =
      tx.tenant(storage::TenantScope(id)); // it is being born: nobody else knows it
  storage::NewTenantRow row;
  row.name = *checked;
  row.time_zone = domain::kDefaultTimeZone;
  row.locale = locale;
  row.currency = domain::Currency().code();
  row.country = domain::Country().code();
  row.expiring_days = domain::kDefaultExpiringDays;
  row.sending_windows = windows_json(domain::default_windows());
  TRY_DO(storage::onboarding_store::insert_tenant(tenant, row, now));
  TRY_DO(add_defaults(tenant, locale, now));
  return id;
}

result<std::optional<TenantId>> find_tenant_by_name(storage::Transaction& tx, std::string_view name) {
  auto stored = domain::parse_name(name);
  if (stored.has_error()) return std::optional<TenantId>(); // no tenant can be called that
  return storage::onboarding_store::tenant_by_name(tx, *stored);
}

result<std::vector<TenantId>> list_tenants(storage::Transaction& tx, int limit) {
  return storage::onboarding_store::tenants(tx, limit);
}

} // namespace renova::services::onboarding

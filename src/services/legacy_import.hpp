// Records of the original system as clients and templates of ours.
#pragma once

#include "domain/calendar.hpp"
#include "domain/message.hpp"
#include "services/import_types.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace renova::services {

struct LegacySettings {
  domain::ImportSettings base;
  domain::TimeZone zone; // of the old system's local times
};

// A client record: name, phone, plan_type, value, plan_duration (the due date, in spite of its name),
// reminder_time_3days, reminder_time_payment, custom_message_3days, custom_message_payment, created_at,
// payment_status, last_renewal_date, renewal_days, observations, renewal_history. Amounts may be numbers or
// texts; unknown members become custom fields. `json` is one record of scan_legacy; whatever is wrong with it
// is in the entry.
ImportEntry convert_legacy_client(std::string_view json, const LegacySettings& settings);

struct LegacyTemplate {
  std::string name;
  domain::MessageKind kind = domain::MessageKind::custom;
  std::optional<std::string> plan_type; // none: all
  std::string body;                     // in today's names
  std::vector<LineProblem> errors;
  std::vector<LineProblem> warnings;
};
// A template record: name, content, type (3days, reminder_3days, payment, payment_due, promo), plan_type
// ("all", …).
LegacyTemplate convert_legacy_template(std::string_view json);

// A text of the original in today's names: "{value:.2f}" and "R$ {value}" become "{value}", which brings its
// own "R$"; {plan_duration} and {days_until_expiration} become {due_date} and {days}; braces that name
// nothing stay as they are read.
std::string modernise_body(std::string_view body);

} // namespace renova::services

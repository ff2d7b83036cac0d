#include "services/legacy_import.hpp"

#include "base/text.hpp"
#include "domain/template_text.hpp"
#include "domain/text_rules.hpp"
#include "services/legacy_scan.hpp"
#include "services/legacy_values.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace renova::services {
namespace {

namespace json = boost::json;

// What the record holds by itself, and what the original computed and put into its own exports.
constexpr std::string_view kKnown[] = {"id", "name", "phone", "plan_type", "value", "plan_duration",
                                       "reminder_time_3days", "reminder_time_payment", "custom_message_3days",
                                       "custom_message_payment", "created_at", "payment_status",
                                       "last_renewal_date", "renewal_days", "observations", "renewal_history",
                                       // computed:
                                       "days_until_expiration", "is_expired", "status", "status_color",
                                       "payment_day", "should_send_reminder", "initials"};
constexpr int kDefaultBefore = 9 * 60; // every record has a time; these two nobody chose
constexpr int kDefaultDue = 10 * 60;
constexpr std::size_t kMaxHistory = 1000;

class ClientConversion {
 public:
  ClientConversion(const json::object& record, const LegacySettings& settings)
      : record_(record), settings_(settings) {}

  ImportEntry run() && {
    identity();
    subscription();
    reminders();
    entry_.notes = legacy::notes_of(text("observations"), settings_.zone);
    created();
    history();
    extras();
    return std::move(entry_);
  }

 private:
  const json::value* member(std::string_view name) const { return record_.if_contains(name); }
  std::string text(std::string_view name) const { return legacy::text_of(member(name)); }

  template <class T, class Target>
  void take(std::string_view field, result<T> outcome, Target& target) {
    if (outcome.has_value()) {
      target = std::move(*outcome);
    } else {
      entry_.fail(std::string(field), outcome.error());
    }
  }

  void identity() {
    take("name", domain::parse_name(text("name")), entry_.row.name);
    take("phone", domain::parse_phone(text("phone"), settings_.base.country), entry_.row.phone);
    if (entry_.row.phone.corrected) {
      entry_.warn("phone", "ninth_digit_added", "the ninth digit was missing and was added");
    }
  }

  void subscription() {
    if (std::string type = text("plan_type"); !trim(type).empty()) {
      take("plan_type", domain::parse_plan_type(type), entry_.row.plan_type);
    }
    take("value", legacy::money_of(member("value"), settings_.base.currency), entry_.row.price);
    std::string due = text("plan_duration");
    if (trim(due).empty()) {
      entry_.fail("due_date", "required", "plan_duration holds no due date");
    } else {
      take("due_date", domain::parse_import_date(due), entry_.row.due_on);
    }
    std::string status = text("payment_status");
    if (trim(status).empty()) return;
    entry_.row.status = domain::parse_import_status(status);
    if (!entry_.row.status) entry_.warn("status", "unknown_status", "the payment status is not known");
  }

  void reminders() {
    own_time("reminder_time_3days", kDefaultBefore, entry_.before_at);
    own_time("reminder_time_payment", kDefaultDue, entry_.due_at);
    own_text("custom_message_3days", entry_.before_text);
    own_text("custom_message_payment", entry_.due_text);
  }

  void own_time(std::string_view field, int usual, std::optional<int>& target) {
    std::string time = text(field);
    if (trim(time).empty()) return;
    auto minutes = legacy::time_of(time);
    if (minutes.has_error()) {
      entry_.warn(std::string(field), "invalid_time", "not a time of day: the rule's own time holds");
    } else if (*minutes != usual) {
      target = *minutes;
    }
  }

  void own_text(std::string_view field, std::optional<std::string>& target) {
    std::string body = text(field);
    if (trim(body).empty()) return;
    auto parsed = domain::parse_body(modernise_body(body));
    if (parsed.has_error() || domain::parse_template(*parsed).has_error()) {
      entry_.warn(std::string(field), "invalid_text", "the text cannot be used: the template's own holds");
    } else {
      target = std::move(*parsed);
    }
  }

  void created() {
    std::string at = text("created_at");
    if (trim(at).empty()) return;
    auto instant = legacy::instant_of(at, settings_.zone);
    if (instant.has_value()) entry_.created_at = *instant;
  }

  void history() {
    const json::value* list = member("renewal_history");
    if (list && list->is_array()) {
      std::size_t count = std::min(list->get_array().size(), kMaxHistory);
      for (std::size_t i = 0; i < count; ++i) renewal(list->get_array()[i], i);
      if (count < list->get_array().size()) {
        entry_.warn("renewal_history", "too_many", "only the first 1000 renewals were taken over");
      }
    }
    if (entry_.renewals.empty()) last_renewal();
    std::stable_sort(entry_.renewals.begin(), entry_.renewals.end(),
                     [](const ImportRenewal& a, const ImportRenewal& b) { return a.at < b.at; });
  }

  void renewal(const json::value& item, std::size_t index) {
    if (auto read = read_renewal(item)) {
      entry_.renewals.push_back(*read);
    } else {
      entry_.warn("renewal_history", "invalid_renewal",
                  "renewal " + std::to_string(index + 1) + " of the history is not readable");
    }
  }

  std::optional<ImportRenewal> read_renewal(const json::value& item) const {
    if (!item.is_object()) return {};
    const json::object& object = item.get_object();
    auto at = legacy::instant_of(legacy::text_of(object.if_contains("date")), settings_.zone);
    auto to = domain::parse_import_date(legacy::text_of(object.if_contains("new_expiration")));
    if (at.has_error() || to.has_error()) return {};
    auto from = domain::parse_import_date(legacy::text_of(object.if_contains("previous_expiration")));
    ImportRenewal renewal{*to, *to, 0, *at};
    if (from.has_value()) {
      renewal.from = *from;
    } else if (const json::value* days = object.if_contains("days_added"); days && days->is_int64()) {
      std::int64_t back = std::clamp<std::int64_t>(days->get_int64(), 0, domain::kMaxRenewalDays);
      renewal.from = *to - static_cast<std::int32_t>(back);
    }
    auto amount = legacy::money_of(object.if_contains("value"), settings_.base.currency);
    if (amount.has_value()) renewal.amount = amount->amount;
    return renewal;
  }

  // Older records have no history, but say when they were renewed last, and by how many days.
  void last_renewal() {
    const json::value* days = member("renewal_days");
    if (!days || !days->is_int64() || !entry_.row.due_on) return;
    std::int64_t count = days->get_int64();
    auto at = legacy::instant_of(text("last_renewal_date"), settings_.zone);
    if (at.has_error() || count <= 0 || count > domain::kMaxRenewalDays) return;
    Date from = *entry_.row.due_on - static_cast<std::int32_t>(count);
    std::int64_t amount = entry_.row.price ? entry_.row.price->amount : 0;
    entry_.renewals.push_back({from, *entry_.row.due_on, amount, *at});
  }

  void extras() {
    std::vector<std::string> folded;
    for (const auto& member : record_) {
      std::string_view key(member.key().data(), member.key().size());
      if (std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown)) continue;
      std::string value = legacy::text_of(&member.value());
      if (trim(value).empty()) continue;
      auto clean_key = domain::parse_line(key, domain::kMaxCustomKeyLength);
      auto clean_value =
          domain::parse_line(prefix(domain::sanitize_value(value), domain::kMaxCustomValueLength),
                             domain::kMaxCustomValueLength);
      bool usable = clean_key.has_value() && !clean_key->empty() && clean_value.has_value() &&
                    folded.size() < domain::kMaxCustomFields;
      std::string id = usable ? fold(*clean_key) : std::string();
      if (!usable || std::find(folded.begin(), folded.end(), id) != folded.end()) {
        entry_.warn(std::string(prefix(key, 60)), "not_kept", "this field cannot be kept as a custom field");
        continue;
      }
      folded.push_back(std::move(id));
      entry_.custom.emplace_back(std::move(*clean_key), std::move(*clean_value));
    }
  }

  const json::object& record_;
  const LegacySettings& settings_;
  ImportEntry entry_;
};

// "{value:.2f}", "{value!r}" and "{name.x}" without what stands behind the name: nothing but the name was
// ever wanted.
std::string without_format_specs(std::string_view body) {
  std::string out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    out += body[i];
    if (body[i] != '{') continue;
    std::size_t name_end = body.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", i + 1);
    if (name_end == std::string_view::npos || name_end == i + 1) continue;
    std::size_t close = body.find_first_of("{}\n", name_end);
    if (close == std::string_view::npos || body[close] != '}') continue;
    if (std::string_view(":!").find(body[name_end]) == std::string_view::npos) continue;
    out.append(body.substr(i + 1, name_end - i - 1));
    i = close - 1;
  }
  return out;
}

// The original wrote the currency by hand in front of a bare number; ours comes with it.
std::string without_own_currency(std::string body) {
  for (std::size_t at = body.find("{value}"); at != std::string::npos; at = body.find("{value}", at + 1)) {
    std::size_t end = at;
    while (end > 0 && body[end - 1] == ' ') --end;
    if (end < 2 || body.compare(end - 2, 2, "R$") != 0) continue;
    body.erase(end - 2, at - (end - 2));
    at = end - 2;
  }
  return body;
}

domain::MessageKind legacy_kind(std::string_view type) {
  if (type == "3days" || type == "reminder_3days") return domain::MessageKind::reminder;
  if (type == "payment" || type == "payment_due") return domain::MessageKind::due_today;
  if (type == "promo") return domain::MessageKind::promo;
  return domain::MessageKind::custom;
}

} // namespace

std::string modernise_body(std::string_view body) {
  return without_own_currency(domain::adopt_legacy_body(without_format_specs(body)));
}

ImportEntry convert_legacy_client(std::string_view text, const LegacySettings& settings) {
  auto record = parse_legacy(text);
  if (record.has_error() || !record->is_object()) {
    ImportEntry entry;
    entry.fail("", "not_an_object", "a client must be a JSON object");
    return entry;
  }
  return ClientConversion(record->get_object(), settings).run();
}

LegacyTemplate convert_legacy_template(std::string_view text) {
  LegacyTemplate out;
  auto record = parse_legacy(text);
  if (record.has_error() || !record->is_object()) {
    out.errors.push_back({"", "not_an_object", "a template must be a JSON object"});
    return out;
  }
  const json::object& object = record->get_object();
  ImportEntry problems; // for its way of noting them
  auto take = [&](std::string_view field, result<std::string> outcome, auto& target) {
    if (outcome.has_value()) {
      target = std::move(*outcome);
    } else {
      problems.fail(std::string(field), outcome.error());
    }
  };
  std::string type = to_lower(trim(legacy::text_of(object.if_contains("type"))));
  out.kind = legacy_kind(type);
  std::string name = legacy::text_of(object.if_contains("name"));
  take("name", domain::parse_label(trim(name).empty() ? "Template " + type : name), out.name);
  take("content", domain::parse_body(modernise_body(legacy::text_of(object.if_contains("content")))),
       out.body);
  if (problems.ok()) {
    auto parsed = domain::parse_template(out.body);
    if (parsed.has_error()) problems.fail("content", parsed.error());
  }
  if (out.kind == domain::MessageKind::custom) {
    problems.warn("type", "unknown_type", "this type was never sent; the template is kept as a custom one");
  }
  std::string plan_type = legacy::text_of(object.if_contains("plan_type"));
  if (!trim(plan_type).empty() && !equals_ignoring_case(trim(plan_type), "all")) {
    take("plan_type", domain::parse_plan_type(plan_type), out.plan_type);
  }
  out.errors = std::move(problems.errors);
  out.warnings = std::move(problems.warnings);
  return out;
}

} // namespace renova::services

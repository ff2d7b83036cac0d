#include "services/settings.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/enum_text.hpp"
#include "domain/field_errors.hpp"
#include "domain/money.hpp"
#include "domain/phone.hpp"
#include "domain/text_rules.hpp"
#include "storage/sql/settings.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace renova::services {

namespace json = boost::json;
namespace sql = storage::sql;
using domain::FieldErrors;
using storage::TenantTransaction;

namespace {

constexpr std::array<std::string_view, 5> kPixKeyTypes{"cpf", "cnpj", "email", "phone", "evp"};
constexpr std::array<WindowTexts WeekTexts::*, 7> kDays{&WeekTexts::mon, &WeekTexts::tue, &WeekTexts::wed,
                                                        &WeekTexts::thu, &WeekTexts::fri, &WeekTexts::sat,
                                                        &WeekTexts::sun};
constexpr std::size_t kHolderMax = 100;
constexpr std::size_t kCityMax = 60;

struct SettingsRow {
  std::string name;
  std::string time_zone;
  std::string locale;
  std::string currency;
  std::string country;
  std::int64_t expiring_days = 0;
  std::string sending_windows;
  std::string holidays;
  std::optional<PixKeyType> pix_key_type;
  std::optional<std::string> pix_key;
  std::optional<std::string> pix_holder;
  std::optional<std::string> pix_city;
  std::optional<std::string> support_phone;
  std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(SettingsRow, (),
                      (name, time_zone, locale, currency, country, expiring_days, sending_windows, holidays,
                       pix_key_type, pix_key, pix_holder, pix_city, support_phone, version))

std::string windows_json(const WeekTexts& week) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    writer.key(domain::kWeekdayNames[day]);
    writer.begin_array();
    for (const auto& range : week.*kDays[day]) {
      writer.begin_array();
      for (const std::string& time : range) writer.value(time);
      writer.end_array();
    }
    writer.end_array();
  }
  writer.end_object();
  return out;
}

// What onboarding and put_settings wrote; anything else is a damaged row.
WeekTexts read_windows(const std::string& text) {
  json::value stored = json::parse(text);
  WeekTexts week;
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    const json::value* ranges = stored.as_object().if_contains(domain::kWeekdayNames[day]);
    if (!ranges) continue;
    for (const json::value& range : ranges->as_array()) {
      std::vector<std::string>& times = (week.*kDays[day]).emplace_back();
      for (const json::value& time : range.as_array()) times.emplace_back(time.as_string());
    }
  }
  return week;
}

std::string holidays_json(const std::vector<Date>& holidays) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (Date day : holidays) writer.value(day);
  writer.end_array();
  return out;
}

// Notes what is wrong with the windows, and puts them in order.
void check_week(WeekTexts& week, FieldErrors& errors) {
  domain::SendingWindows windows;
  bool readable = true;
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    const WindowTexts& ranges = week.*kDays[day];
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      std::string at =
          "/sending_windows/" + std::string(domain::kWeekdayNames[day]) + "/" + std::to_string(i);
      if (ranges[i].size() != 2) {
        errors.add(at, "invalid_window", "must be [from, to]");
        readable = false;
        continue;
      }
      auto from = errors.take(at + "/0", domain::parse_time_of_day(ranges[i][0]));
      auto to = errors.take(at + "/1", domain::parse_time_of_day(ranges[i][1], true));
      readable = readable && from && to;
      if (from && to) windows.days[day].push_back({*from, *to});
    }
  }
  if (!readable) return;
  auto checked = errors.take("/sending_windows", domain::check_windows(std::move(windows)));
  if (!checked) return;
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    WindowTexts& ranges = week.*kDays[day];
    ranges.clear();
    for (const domain::MinuteRange& range : checked->days[day]) {
      ranges.push_back({domain::format_time_of_day(range.from),
                        range.to == domain::kMinutesPerDay ? "24:00" : domain::format_time_of_day(range.to)});
    }
  }
}

// A Pix key in the form that Banco Central's directory has it (DICT): digits, +55…, lower-case address, or a
// UUID.
void check_pix(PixSettings& pix, FieldErrors& errors) {
  const std::string at = "/pix/key";
  pix.key = std::string(trim(pix.key));
  if (pix.key.empty()) return errors.add(at, "required", "is required");
  if (pix.key.size() > kPixKeyMax) return errors.add(at, "too_long", "has more than 77 characters");
  auto digits_only = [&](std::size_t count) {
    pix.key = digits_of(pix.key);
    if (pix.key.size() != count) {
      errors.add(at, "invalid_pix_key", "must have " + std::to_string(count) + " digits");
    }
  };
  switch (pix.key_type) {
    case PixKeyType::cpf:
      digits_only(11);
      break;
    case PixKeyType::cnpj:
      digits_only(14);
      break;
    case PixKeyType::email:
      if (auto address = errors.take(at, domain::parse_email(pix.key))) pix.key = to_lower(*address);
      break;
    case PixKeyType::phone:
      if (auto phone = errors.take(at, domain::parse_phone(pix.key, domain::Country())))
        pix.key = "+" + phone->digits;
      break;
    case PixKeyType::evp:
      if (auto uuid = errors.take(at, parse_uuid(pix.key))) pix.key = to_string(*uuid);
      break;
  }
  if (pix.holder) {
    if (auto line = errors.take("/pix/holder", domain::parse_line(*pix.holder, kHolderMax)))
      pix.holder = *line;
  }
  if (pix.city) {
    if (auto line = errors.take("/pix/city", domain::parse_line(*pix.city, kCityMax))) pix.city = *line;
  }
}

void check_holidays(std::vector<Date>& holidays, FieldErrors& errors) {
  std::sort(holidays.begin(), holidays.end());
  holidays.erase(std::unique(holidays.begin(), holidays.end()), holidays.end());
  if (holidays.size() > domain::kMaxHolidays) {
    errors.add("/holidays", "too_many", "has more than " + std::to_string(domain::kMaxHolidays) + " days");
  }
}

result<Settings> checked(Settings wanted) {
  FieldErrors errors;
  if (auto name = errors.take("/business", domain::parse_name(wanted.business))) wanted.business = *name;
  if (auto zone = errors.take("/time_zone", domain::TimeZone::find(wanted.time_zone))) {
    wanted.time_zone = zone->name();
  }
  domain::Locale locale{};
  if (!domain::from_text(wanted.locale, locale)) {
    errors.add("/locale", "unsupported_locale", "must be pt-BR, en or es");
  }
  errors.take("/currency", domain::Currency::parse(wanted.currency));
  auto country = errors.take("/country", domain::Country::parse(wanted.country));
  if (wanted.expiring_days < 0 || wanted.expiring_days > kExpiringDaysMax) {
    errors.add("/expiring_days", "out_of_range", "must be 0 to " + std::to_string(kExpiringDaysMax));
  }
  check_week(wanted.sending_windows, errors);
  check_holidays(wanted.holidays, errors);
  if (wanted.pix) check_pix(*wanted.pix, errors);
  if (wanted.support_phone && country) {
    auto phone = errors.take("/support_phone", domain::parse_phone(*wanted.support_phone, *country));
    if (phone) wanted.support_phone = phone->digits;
  }
  TRY_DO(errors.finish());
  return wanted;
}

std::string audit_json(const Settings& settings) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("business", settings.business);
  writer.field("time_zone", settings.time_zone);
  writer.field("locale", settings.locale);
  writer.field("currency", settings.currency);
  writer.field("country", settings.country);
  writer.field("expiring_days", settings.expiring_days);
  writer.key("sending_windows");
  writer.raw(windows_json(settings.sending_windows));
  writer.key("holidays");
  writer.raw(holidays_json(settings.holidays));
  // Where payments go is what an auditor looks for; the key's holder and value stay out of the record.
  writer.field("pix_key_type", settings.pix ? to_text(settings.pix->key_type) : std::string_view("none"));
  writer.end_object();
  return out;
}

} // namespace

std::string_view to_text(PixKeyType type) { return domain::enum_to_text(kPixKeyTypes, type); }
bool from_text(std::string_view text, PixKeyType& type) {
  return domain::enum_from_text(kPixKeyTypes, text, type);
}

result<VersionedSettings> get_settings(TenantTransaction& tx) {
  TRY(auto row, tx.first<SettingsRow>(sql::settings_get, {}));
  if (!row) return Error(ErrorCode::not_found, "there is no such tenant");
  VersionedSettings settings;
  settings.business = std::move(row->name);
  settings.time_zone = std::move(row->time_zone);
  settings.locale = std::move(row->locale);
  settings.currency = std::move(row->currency);
  settings.country = std::move(row->country);
  settings.expiring_days = row->expiring_days;
  settings.sending_windows = read_windows(row->sending_windows);
  json::value holidays = json::parse(row->holidays);
  for (const json::value& day : holidays.as_array()) {
    TRY(Date date, parse_date(std::string_view(day.as_string())));
    settings.holidays.push_back(date);
  }
  if (row->pix_key && row->pix_key_type) {
    settings.pix = PixSettings{*row->pix_key_type, std::move(*row->pix_key), row->pix_holder, row->pix_city};
  }
  settings.support_phone = std::move(row->support_phone);
  settings.version = row->version;
  return settings;
}

result<VersionedSettings> put_settings(TenantTransaction& tx, const Settings& wanted, std::int64_t version,
                                       const Actor& actor, Instant now) {
  TRY(VersionedSettings before, get_settings(tx));
  TRY(Settings now_set, checked(wanted));
  const std::optional<PixSettings>& pix = now_set.pix;
  std::string windows = windows_json(now_set.sending_windows);
  std::string holidays = holidays_json(now_set.holidays);
  TRY(auto changed,
      tx.run(
          sql::settings_put,
          {{"name", now_set.business},
           {"time_zone", now_set.time_zone},
           {"locale", now_set.locale},
           {"currency", now_set.currency},
           {"country", now_set.country},
           {"expiring_days", now_set.expiring_days},
           {"sending_windows", windows},
           {"holidays", holidays},
           {"pix_key_type", pix ? std::optional(pix->key_type) : std::nullopt},
           {"pix_key", pix ? std::optional<std::string_view>(pix->key) : std::nullopt},
           {"pix_holder", pix && pix->holder ? std::optional<std::string_view>(*pix->holder) : std::nullopt},
           {"pix_city", pix && pix->city ? std::optional<std::string_view>(*pix->city) : std::nullopt},
           {"support_phone", now_set.support_phone},
           {"now", now},
           {"version", version}}));
  if (changed == 0) return Error(ErrorCode::version_mismatch, "the settings have been changed since");
  TRY_DO(record(tx, now, actor,
                {"settings_changed", "tenant", tx.tenant().str(), audit_json(before), audit_json(now_set)}));
  return get_settings(tx);
}

} // namespace renova::services

// What a business sets for itself: name, place, language, money, when messages may go out, where payments go.
#pragma once

#include "base/result.hpp"
#include "domain/calendar.hpp"
#include "services/audit.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <vector>

namespace renova::services {

inline constexpr int kExpiringDaysMax = 60;
inline constexpr std::size_t kPixKeyMax = 77; // characters; Banco Central's limit of a key

// Windows of one day as ["08:00","20:00"]; "24:00" may end one.
using WindowTexts = std::vector<std::vector<std::string>>;
struct WeekTexts {
  WindowTexts mon, tue, wed, thu, fri, sat, sun;
};
BOOST_DESCRIBE_STRUCT(WeekTexts, (), (mon, tue, wed, thu, fri, sat, sun))

enum class PixKeyType { cpf, cnpj, email, phone, evp };
BOOST_DESCRIBE_ENUM(PixKeyType, cpf, cnpj, email, phone, evp)
std::string_view to_text(PixKeyType type);
bool from_text(std::string_view text, PixKeyType& type);

struct PixSettings {
  PixKeyType key_type = PixKeyType::evp;
  std::string key;
  std::optional<std::string> holder;
  std::optional<std::string> city;
};
BOOST_DESCRIBE_STRUCT(PixSettings, (), (key_type, key, holder, city))

// As people write it: texts that put_settings checks.
struct Settings {
  std::string business;
  std::string time_zone; // IANA name
  std::string locale;    // pt-BR, en, es
  std::string currency;  // ISO 4217
  std::string country;   // ISO 3166-1 alpha-2
  std::int64_t expiring_days = 3;
  WeekTexts sending_windows;
  std::vector<Date> holidays; // sorted
  std::optional<PixSettings> pix;
  std::optional<std::string> support_phone; // E.164 digits
};
BOOST_DESCRIBE_STRUCT(Settings, (),
                      (business, time_zone, locale, currency, country, expiring_days, sending_windows,
                       holidays, pix, support_phone))

struct VersionedSettings : Settings {
  std::int64_t version = 1;
};

result<VersionedSettings> get_settings(storage::TenantTransaction& tx);

// Checks and stores all of it, if the stored version still is `version`. Errors: validation_failed with a
// pointer for each field; version_mismatch.
result<VersionedSettings> put_settings(storage::TenantTransaction& tx, const Settings& wanted,
                                       std::int64_t version, const Actor& actor, Instant now);

} // namespace renova::services

// How the original system wrote single values.
#pragma once

#include "base/result.hpp"
#include "domain/calendar.hpp"
#include "domain/money.hpp"
#include "services/import_types.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services::legacy {

// A member as text: strings as they are, numbers in their shortest form, true/false, "" for null and what is
// absent; lists and objects as JSON.
std::string text_of(const boost::json::value* value);

// A price: 29.9 and "29,90" alike, rounded to the currency's decimals as the original did; greater than 0.
// Errors: required, invalid_money, out_of_range.
result<domain::Money> money_of(const boost::json::value* value, domain::Currency currency);

// "09:00", and the "9:5" that the original stored as it was typed. Error: invalid_time.
result<int> time_of(std::string_view text);

// "2025-01-15T10:22:33.123456" in `zone`, or with an offset of its own; a bare date is its midnight. Error:
// malformed.
result<Instant> instant_of(std::string_view text, const domain::TimeZone& zone);

// The append-only log "[15/01/2025 10:22] text", one note a line; lines without a stamp belong to the note
// before. Notes that are too long come as several.
std::vector<ImportNote> notes_of(std::string_view observations, const domain::TimeZone& zone);

} // namespace renova::services::legacy

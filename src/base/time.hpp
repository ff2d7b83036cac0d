// Instants and civil dates, as integers: what the database stores is what the program computes with.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace renova {

using Duration = std::chrono::microseconds;

// A point in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Instant {
  std::int64_t us = 0;

  friend auto operator<=>(const Instant&, const Instant&) = default;
  friend Instant operator+(Instant a, Duration d) { return Instant{a.us + d.count()}; }
  friend Instant operator-(Instant a, Duration d) { return Instant{a.us - d.count()}; }
  friend Duration operator-(Instant a, Instant b) { return Duration(a.us - b.us); }
};

// RFC 3339 in UTC with six decimals: "2026-11-23T12:00:00.000000Z". Years 0000–9999.
std::string to_string(Instant instant);

// Reads RFC 3339 with any offset and 0–9 decimals (more precise ones are cut to microseconds).
// Error: malformed.
result<Instant> parse_instant(std::string_view text);

// A day in the proleptic Gregorian calendar, in whatever time zone its owner says: days since 1970-01-01.
struct Date {
  std::int32_t days = 0;

  friend auto operator<=>(const Date&, const Date&) = default;
  friend Date operator+(Date a, std::int32_t d) { return Date{a.days + d}; }
  friend Date operator-(Date a, std::int32_t d) { return Date{a.days - d}; }
  friend std::int32_t operator-(Date a, Date b) { return a.days - b.days; }

  static Date of(int year, unsigned month, unsigned day); // must be a real day
  int year() const;
  unsigned month() const;   // 1–12
  unsigned day() const;     // 1–31
  unsigned weekday() const; // ISO 8601: 1 Monday … 7 Sunday
};

// "2026-12-31".
std::string to_string(Date date);

// Reads exactly YYYY-MM-DD, a real day, years 0001–9999. Error: malformed.
result<Date> parse_date(std::string_view text);

} // namespace renova

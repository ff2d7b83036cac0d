#include "base/time.hpp"

#include <cstdio>

namespace renova {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

year_month_day split(Date date) { return year_month_day(sys_days(days(date.days))); }

// Reads exactly `count` decimal digits at `at`; -1 when there are none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

Error bad_instant() { return Error(ErrorCode::malformed, "must be an RFC 3339 date and time"); }

// Reads ".123456789" at `at` and moves `at` behind it. False when a point has no digit.
bool read_fraction(std::string_view text, std::size_t& at, std::int64_t& us) {
  if (at >= text.size() || text[at] != '.') return true;
  std::size_t start = ++at;
  std::int64_t scale = 100000;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    us += (text[at] - '0') * scale;
    scale /= 10;
  }
  return at > start && at - start <= 9;
}

// Reads "Z" or "±HH:MM" that must end the text; seconds to subtract. -100000 when malformed.
int read_offset_s(std::string_view text, std::size_t at) {
  constexpr int kMalformed = -100000;
  if (at >= text.size()) return kMalformed;
  if (text[at] == 'Z' || text[at] == 'z') return at + 1 == text.size() ? 0 : kMalformed;
  if ((text[at] != '+' && text[at] != '-') || text.size() != at + 6 || text[at + 3] != ':') return kMalformed;
  int hours = digits(text, at + 1, 2);
  int minutes = digits(text, at + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return kMalformed;
  int seconds = hours * 3600 + minutes * 60;
  return text[at] == '+' ? seconds : -seconds;
}

} // namespace

Date Date::of(int year, unsigned month, unsigned day) {
  sys_days point = year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day));
  return Date{static_cast<std::int32_t>(point.time_since_epoch().count())};
}

int Date::year() const { return int(split(*this).year()); }
unsigned Date::month() const { return unsigned(split(*this).month()); }
unsigned Date::day() const { return unsigned(split(*this).day()); }
unsigned Date::weekday() const {
  return std::chrono::weekday(sys_days(std::chrono::days(days))).iso_encoding();
}

std::string to_string(Date date) {
  char buffer[16];
  year_month_day ymd = split(date);
  int n = std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", int(ymd.year()), unsigned(ymd.month()),
                        unsigned(ymd.day()));
  return std::string(buffer, static_cast<std::size_t>(n));
}

result<Date> parse_date(std::string_view text) {
  Error bad(ErrorCode::malformed, "must be a date, YYYY-MM-DD");
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return bad;
  int year = digits(text, 0, 4);
  int month = digits(text, 5, 2);
  int day = digits(text, 8, 2);
  if (year < 1 || month < 1 || day < 1) return bad;
  year_month_day ymd{std::chrono::year(year), std::chrono::month(unsigned(month)),
                     std::chrono::day(unsigned(day))};
  if (!ymd.ok()) return bad;
  return Date{static_cast<std::int32_t>(sys_days(ymd).time_since_epoch().count())};
}

std::string to_string(Instant instant) {
  constexpr std::int64_t kDayUs = 86'400'000'000;
  std::int64_t day = instant.us / kDayUs;
  std::int64_t rest = instant.us % kDayUs;
  if (rest < 0) {
    rest += kDayUs;
    --day;
  }
  auto seconds = static_cast<int>(rest / 1'000'000);
  char buffer[32];
  int n = std::snprintf(buffer, sizeof buffer, "T%02d:%02d:%02d.%06dZ", seconds / 3600, seconds / 60 % 60,
                        seconds % 60, static_cast<int>(rest % 1'000'000));
  return to_string(Date{static_cast<std::int32_t>(day)}) + std::string(buffer, static_cast<std::size_t>(n));
}

result<Instant> parse_instant(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
    return bad_instant();
  auto date = parse_date(text.substr(0, 10));
  int hour = digits(text, 11, 2);
  int minute = digits(text, 14, 2);
  int second = digits(text, 17, 2);
  if (!date || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return bad_instant();
  std::size_t at = 19;
  std::int64_t fraction_us = 0;
  if (!read_fraction(text, at, fraction_us)) return bad_instant();
  int offset_s = read_offset_s(text, at);
  if (offset_s == -100000) return bad_instant();
  std::int64_t total_s = std::int64_t(date->days) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
  return Instant{total_s * 1'000'000 + fraction_us};
}

} // namespace renova

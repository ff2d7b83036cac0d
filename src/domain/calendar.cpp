#include "domain/calendar.hpp"

#include "domain/field_errors.hpp"

#include <date/tz.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace renova::domain {
namespace {

constexpr int kLookAheadDays = 400;
constexpr std::size_t kMaxZoneName = 64;

date::sys_time<Duration> sys_of(Instant instant) { return date::sys_time<Duration>(Duration(instant.us)); }
date::local_time<Duration> local_of(const date::time_zone* zone, Instant instant) {
  return zone->to_local(sys_of(instant));
}

bool is_holiday(const SendingCalendar& calendar, Date day) {
  return std::binary_search(calendar.holidays.begin(), calendar.holidays.end(), day);
}

const std::vector<MinuteRange>& windows_of(const SendingCalendar& calendar, Date day) {
  static const std::vector<MinuteRange> kNone;
  return is_holiday(calendar, day) ? kNone : calendar.windows.days[day.weekday() - 1];
}

} // namespace

TimeZone::TimeZone() : zone_(date::locate_zone("Etc/UTC")) {}

result<TimeZone> TimeZone::find(std::string_view name) {
  if (name.size() <= kMaxZoneName) {
    try {
      // The library keeps every zone for the life of the process, and reads its file on first use.
      TimeZone found;
      found.zone_ = date::locate_zone(std::string(name));
      return found;
    } catch (const std::runtime_error&) {
      // Said by the library for a name that it does not know.
    }
  }
  return field_error("", "unknown_time_zone", "must be the name of a time zone such as America/Sao_Paulo");
}

std::string_view TimeZone::name() const { return zone_->name(); }

Date TimeZone::today(Instant now) const {
  return Date{
      static_cast<std::int32_t>(date::floor<date::days>(local_of(zone_, now)).time_since_epoch().count())};
}

int TimeZone::minute_of_day(Instant now) const {
  auto local = local_of(zone_, now);
  return static_cast<int>(date::floor<std::chrono::minutes>(local - date::floor<date::days>(local)).count());
}

Instant TimeZone::at_local(Date date, int minutes) const {
  date::local_time<Duration> local(date::days(date.days) + std::chrono::minutes(minutes));
  date::local_info info = zone_->get_info(local);
  if (info.result == date::local_info::nonexistent) {
    return Instant{std::chrono::duration_cast<Duration>(info.first.end.time_since_epoch()).count()};
  }
  // Unique, or the earlier of two: `first` is the offset before the change.
  return Instant{(local.time_since_epoch() - info.first.offset).count()};
}

unsigned days_in_month(int year, unsigned month) {
  std::chrono::year_month_day_last last{std::chrono::year(year),
                                        std::chrono::month_day_last(std::chrono::month(month))};
  return unsigned(last.day());
}

Date add_months(Date date, int months, unsigned anchor_day) {
  int total = date.year() * 12 + static_cast<int>(date.month()) - 1 + months;
  int year = total >= 0 ? total / 12 : (total - 11) / 12;
  auto month = static_cast<unsigned>(total - year * 12) + 1;
  return Date::of(year, month, std::clamp(anchor_day, 1U, days_in_month(year, month)));
}

result<int> parse_time_of_day(std::string_view text, bool allow_end) {
  auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 100; };
  if (text.size() == 5 && text[2] == ':') {
    int hours = digit(0) * 10 + digit(1);
    int minutes = digit(3) * 10 + digit(4);
    bool end = allow_end && hours == 24 && minutes == 0;
    if ((hours < 24 && minutes < 60) || end) return hours * 60 + minutes;
  }
  return field_error("", "invalid_time", "must be a time of day, HH:MM");
}

std::string format_time_of_day(int minutes) {
  char buffer[16];
  int n = std::snprintf(buffer, sizeof buffer, "%02d:%02d", minutes / 60, minutes % 60);
  return std::string(buffer, static_cast<std::size_t>(n));
}

result<SendingWindows> check_windows(SendingWindows windows) {
  FieldErrors errors;
  bool any = false;
  for (std::size_t day = 0; day < windows.days.size(); ++day) {
    auto& ranges = windows.days[day];
    std::string pointer = "/" + std::string(kWeekdayNames[day]);
    if (ranges.size() > kMaxWindowsPerDay) errors.add(pointer, "too_many", "may be at most 6 windows a day");
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      bool valid = ranges[i].from >= 0 && ranges[i].from < ranges[i].to && ranges[i].to <= kMinutesPerDay;
      if (!valid)
        errors.add(pointer + "/" + std::to_string(i), "invalid_window", "must begin before it ends");
    }
    std::sort(ranges.begin(), ranges.end(), [](auto& a, auto& b) { return a.from < b.from; });
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      if (ranges[i].from < ranges[i - 1].to) {
        errors.add(pointer, "overlapping_windows", "has windows that overlap");
        break;
      }
    }
    any = any || !ranges.empty();
  }
  if (!any) errors.add("", "no_window", "must leave at least one window in the week");
  TRY_DO(errors.finish());
  return windows;
}

std::optional<Instant> next_window(Instant instant, const SendingCalendar& calendar) {
  Date day = calendar.zone.today(instant);
  for (int i = 0; i < kLookAheadDays; ++i, day = day + 1) {
    for (const MinuteRange& range : windows_of(calendar, day)) {
      Instant from = calendar.zone.at_local(day, range.from);
      Instant to = calendar.zone.at_local(day, range.to);
      // A window that a change of the clock swallows whole is none.
      if (instant < to && from < to) return std::max(instant, from);
    }
  }
  return std::nullopt;
}

std::optional<Instant> window_end(Instant instant, const SendingCalendar& calendar) {
  Date day = calendar.zone.today(instant);
  for (const MinuteRange& range : windows_of(calendar, day)) {
    Instant to = calendar.zone.at_local(day, range.to);
    if (calendar.zone.at_local(day, range.from) <= instant && instant < to) return to;
  }
  return std::nullopt;
}

} // namespace renova::domain

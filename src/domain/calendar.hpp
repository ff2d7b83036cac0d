// Civil time: a tenant's days, months and sending windows, and the instants they begin and end at.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace date {
class time_zone;
}

namespace renova::domain {

inline constexpr int kMinutesPerDay = 1440;
inline constexpr std::size_t kMaxWindowsPerDay = 6;
inline constexpr std::size_t kMaxHolidays = 400;

// An IANA time zone from the system's database. A pointer in size; zones are cached for the life of the
// process.
class TimeZone {
 public:
  TimeZone();                                          // UTC
  static result<TimeZone> find(std::string_view name); // error: unknown_time_zone

  std::string_view name() const;

  // The civil day, and the minutes since its midnight on the wall clock, at `now`.
  Date today(Instant now) const;
  int minute_of_day(Instant now) const;

  // The instant at which this zone's wall clock shows `minutes` (0–1440; 1440 is the next midnight) on
  // `date`. A time that a change of the clock skips is the first instant after the gap; one that occurs twice
  // is the earlier.
  Instant at_local(Date date, int minutes) const;

  friend bool operator==(const TimeZone&, const TimeZone&) = default;

 private:
  const date::time_zone* zone_;
};

// `months` after (before, when negative) `date`: the anchor's day of the month, or the month's last day where
// it has fewer. The anchor makes 31 January → 28 February → 31 March; day of `date` and anchor may differ.
Date add_months(Date date, int months, unsigned anchor_day);
unsigned days_in_month(int year, unsigned month);

// "09:00" → 540; exactly HH:MM, 00:00–23:59 ("24:00" only where `allow_end`). Error: invalid_time.
result<int> parse_time_of_day(std::string_view text, bool allow_end = false);
std::string format_time_of_day(int minutes);

// Minutes of a day, `from` included, `to` not; 0 ≤ from < to ≤ 1440.
struct MinuteRange {
  int from = 0;
  int to = kMinutesPerDay;
  friend bool operator==(const MinuteRange&, const MinuteRange&) = default;
};

// When messages may go out, for each weekday; index 0 is Monday.
struct SendingWindows {
  std::array<std::vector<MinuteRange>, 7> days;
  friend bool operator==(const SendingWindows&, const SendingWindows&) = default;
};

inline constexpr std::array<std::string_view, 7> kWeekdayNames{"mon", "tue", "wed", "thu",
                                                               "fri", "sat", "sun"};

// Sorted ranges; errors: invalid_window (from ≥ to), overlapping_windows, too_many, no_window (all days are
// empty). Pointers are "/mon/0".
result<SendingWindows> check_windows(SendingWindows windows);

// A tenant's civil time as planner and sender need it.
struct SendingCalendar {
  TimeZone zone;
  SendingWindows windows;
  std::vector<Date> holidays; // sorted; nothing is sent on them
};

// `instant` when it lies in an open window, else the beginning of the next one; nothing when none opens
// within the next 400 days.
std::optional<Instant> next_window(Instant instant, const SendingCalendar& calendar);

// The end of the window that `instant` lies in; nothing outside of windows. Windows that touch across
// midnight are not joined.
std::optional<Instant> window_end(Instant instant, const SendingCalendar& calendar);

} // namespace renova::domain

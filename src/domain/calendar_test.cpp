#include "domain/calendar.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

TimeZone zone(std::string_view name) { return *TimeZone::find(name); }
Instant instant(std::string_view text) { return *parse_instant(text); }
Date day(std::string_view text) { return *parse_date(text); }
std::string at(const TimeZone& where, std::string_view date, std::string_view time) {
  return to_string(where.at_local(day(date), *parse_time_of_day(time, true))).substr(0, 16);
}
std::string code_of(const Error& error) { return error.fields.at(0).code; }

SendingCalendar shop_hours() {
  SendingCalendar calendar{zone("America/Sao_Paulo"), {}, {day("2026-12-25")}};
  for (int i = 0; i < 6; ++i) calendar.windows.days[static_cast<std::size_t>(i)] = {{480, 1200}};
  return calendar;
}
std::string moved(std::string_view text, const SendingCalendar& calendar) {
  auto next = next_window(instant(text), calendar);
  return next ? to_string(*next).substr(0, 16) : "never";
}

TEST(Calendar, UnknownZonesAreErrors) {
  for (std::string_view bad : {"", "Mars/Base", "../etc/passwd", "America/sao_paulo", "America/Sao_Paulo "}) {
    EXPECT_FALSE(TimeZone::find(bad)) << bad;
  }
  EXPECT_FALSE(TimeZone::find(std::string(5000, 'x')));
  EXPECT_EQ(zone("America/Sao_Paulo").name(), "America/Sao_Paulo");
  EXPECT_TRUE(zone("Europe/Lisbon") == zone("Europe/Lisbon"));
}

TEST(Calendar, TheDayChangesAtTheTenantsMidnight) {
  TimeZone sao_paulo = zone("America/Sao_Paulo");
  EXPECT_EQ(sao_paulo.today(instant("2026-12-31T02:59:59.999999Z")), day("2026-12-30"));
  EXPECT_EQ(sao_paulo.today(instant("2026-12-31T03:00:00Z")), day("2026-12-31"));
  EXPECT_EQ(sao_paulo.minute_of_day(instant("2026-12-31T02:59:59Z")), 1439);
  EXPECT_EQ(zone("Pacific/Kiritimati").today(instant("2026-12-31T10:00:00Z")), day("2027-01-01"));
  EXPECT_EQ(TimeZone().today(instant("1969-12-31T23:59:59Z")), day("1969-12-31"));
}

TEST(Calendar, GapsAndFolds) {
  TimeZone new_york = zone("America/New_York");
  EXPECT_EQ(at(new_york, "2026-03-08", "01:59"), "2026-03-08T06:59");
  EXPECT_EQ(at(new_york, "2026-03-08", "02:30"),
            "2026-03-08T07:00"); // skipped: the first instant after the gap
  EXPECT_EQ(at(new_york, "2026-03-08", "03:00"), "2026-03-08T07:00");
  EXPECT_EQ(at(new_york, "2026-11-01", "01:30"), "2026-11-01T05:30"); // twice: the earlier
  EXPECT_EQ(at(new_york, "2026-11-01", "02:00"), "2026-11-01T07:00");
  EXPECT_EQ(at(zone("Europe/Lisbon"), "2026-03-29", "01:30"), "2026-03-29T01:00");
  EXPECT_EQ(at(zone("Europe/Lisbon"), "2026-10-25", "01:30"), "2026-10-25T00:30");
  // Brazil's last summer time began at midnight, and none has begun since 2019.
  TimeZone sao_paulo = zone("America/Sao_Paulo");
  EXPECT_EQ(at(sao_paulo, "2018-11-04", "00:30"), "2018-11-04T03:00");
  EXPECT_EQ(at(sao_paulo, "2019-11-03", "00:30"), "2019-11-03T03:30");
  EXPECT_EQ(at(sao_paulo, "2026-12-31", "24:00"), "2027-01-01T03:00");
  EXPECT_EQ(at(zone("Asia/Kathmandu"), "2026-01-01", "09:00"), "2026-01-01T03:15");
}

TEST(Calendar, TimesOfDay) {
  for (std::string_view bad :
       {"", "9:00", "09:60", "24:00", "0900", "09:00 ", "-1:00", "aa:bb", "09.00", "١٢:٠٠"}) {
    EXPECT_FALSE(parse_time_of_day(bad)) << bad;
  }
  EXPECT_EQ(*parse_time_of_day("09:05"), 545);
  EXPECT_EQ(*parse_time_of_day("24:00", true), 1440);
  EXPECT_FALSE(parse_time_of_day("24:01", true));
  EXPECT_EQ(format_time_of_day(545), "09:05");
}

TEST(Calendar, MonthsKeepTheirAnchor) {
  EXPECT_EQ(to_string(add_months(day("2026-01-31"), 1, 31)), "2026-02-28");
  EXPECT_EQ(to_string(add_months(day("2026-02-28"), 1, 31)), "2026-03-31");
  EXPECT_EQ(to_string(add_months(day("2028-01-30"), 1, 30)), "2028-02-29");
  EXPECT_EQ(to_string(add_months(day("2028-02-29"), 12, 29)), "2029-02-28");
  EXPECT_EQ(to_string(add_months(day("2029-02-28"), 36, 29)), "2032-02-29");
  EXPECT_EQ(to_string(add_months(day("2026-12-31"), 1, 31)), "2027-01-31");
  EXPECT_EQ(to_string(add_months(day("2026-01-15"), -1, 15)), "2025-12-15");
}

// RELIABILITY.md §7 case 22: 1,000 cycles never drift. The oracle counts months and looks each month's length
// up by the rules of the calendar, independently of add_months.
RC_GTEST_PROP(CalendarProperty, AThousandCyclesDoNotDrift, ()) {
  auto anchor = *rc::gen::inRange(1U, 32U);
  int year = *rc::gen::inRange(1970, 2200);
  int month = *rc::gen::inRange(1, 13);
  int step = *rc::gen::inRange(1, 13);
  auto length = [](int y, int m) -> unsigned {
    if (m == 2) return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 29 : 28;
    return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
  };
  Date date = Date::of(year, static_cast<unsigned>(month), std::min(anchor, length(year, month)));
  for (int cycle = 0; cycle < 1000; ++cycle) {
    Date before = date;
    date = add_months(date, step, anchor);
    for (int i = 0; i < step; ++i) {
      if (++month > 12) {
        month = 1;
        ++year;
      }
    }
    RC_ASSERT(date.year() == year);
    RC_ASSERT(static_cast<int>(date.month()) == month);
    RC_ASSERT(date.day() == std::min(anchor, length(year, month)));
    RC_ASSERT(before < date);
  }
}

TEST(Calendar, WindowsAreChecked) {
  SendingWindows none;
  EXPECT_EQ(code_of(check_windows(none).error()), "no_window");
  SendingWindows bad;
  bad.days[0] = {{600, 600}};
  bad.days[1] = {{700, 800}, {600, 701}};
  bad.days[2] = {{0, 1441}};
  bad.days[3] = {{-1, 5}};
  bad.days[6] = std::vector<MinuteRange>(7, MinuteRange{0, 1});
  Error error = check_windows(bad).error();
  std::vector<std::string> pointers;
  for (const FieldError& field : error.fields) pointers.push_back(field.pointer);
  EXPECT_EQ(pointers, (std::vector<std::string>{"/mon/0", "/tue", "/wed/0", "/thu/0", "/sun", "/sun"}));
  SendingWindows good;
  good.days[0] = {{700, 800}, {600, 700}};
  EXPECT_EQ(check_windows(good)->days[0].front().from, 600);
}

TEST(Calendar, InstantsMoveIntoTheNextWindow) {
  SendingCalendar shop = shop_hours(); // 08:00–20:00 is 11:00–23:00 UTC
  EXPECT_EQ(moved("2026-11-23T10:59:00Z", shop), "2026-11-23T11:00");
  EXPECT_EQ(moved("2026-11-23T11:00:00Z", shop), "2026-11-23T11:00");
  EXPECT_EQ(moved("2026-11-23T22:59:00Z", shop), "2026-11-23T22:59");
  EXPECT_EQ(moved("2026-11-23T23:00:00Z", shop), "2026-11-24T11:00");
  EXPECT_EQ(moved("2026-11-28T23:00:00Z", shop), "2026-11-30T11:00"); // Saturday night → Monday
  EXPECT_EQ(moved("2026-11-30T02:00:00Z", shop), "2026-11-30T11:00"); // still Sunday there
  EXPECT_EQ(moved("2026-12-25T12:00:00Z", shop), "2026-12-26T11:00"); // a holiday
  shop.windows = {};
  EXPECT_EQ(moved("2026-12-25T12:00:00Z", shop), "never");
  // 02:15–02:45 does not exist in New York on 8 March.
  SendingCalendar night{zone("America/New_York"), {}, {}};
  night.windows.days.fill({{135, 165}});
  EXPECT_EQ(moved("2026-03-08T05:00:00Z", night), "2026-03-09T06:15");
}

TEST(Calendar, WindowsEnd) {
  SendingCalendar shop = shop_hours();
  EXPECT_EQ(window_end(instant("2026-11-23T11:00:00Z"), shop), instant("2026-11-23T23:00:00Z"));
  EXPECT_EQ(window_end(instant("2026-11-23T23:00:00Z"), shop), std::nullopt);
  EXPECT_EQ(window_end(instant("2026-12-25T12:00:00Z"), shop), std::nullopt);
}

// In every zone and at every minute: not before the asked instant, inside a window, on no holiday, and
// stable.
RC_GTEST_PROP(CalendarProperty, NextWindowIsTheFirstOpenInstant, ()) {
  auto where = zone(*rc::gen::element<std::string>("America/Sao_Paulo", "America/New_York", "Europe/Lisbon",
                                                   "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
                                                   "Africa/Casablanca"));
  SendingCalendar calendar{where, {}, {}};
  for (auto& ranges : calendar.windows.days) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    int from = *rc::gen::inRange(0, 1440);
    ranges = {{from, *rc::gen::inRange(from + 1, 1441)}};
  }
  Instant asked{(*rc::gen::inRange<std::int64_t>(1'700'000'000, 1'900'000'000)) * 1'000'000};
  if (*rc::gen::arbitrary<bool>()) calendar.holidays = {where.today(asked)};
  auto next = next_window(asked, calendar);
  if (!next) {
    // Only an empty week never opens.
    for (const auto& ranges : calendar.windows.days) RC_ASSERT(ranges.empty());
    return;
  }
  RC_ASSERT(*next >= asked);
  RC_ASSERT(next_window(*next, calendar) == next);
  auto end = window_end(*next, calendar);
  RC_ASSERT(end.has_value());
  RC_ASSERT(*end > *next);
  if (*next > asked) RC_ASSERT(!window_end(asked, calendar).has_value());
}

RC_GTEST_PROP(CalendarProperty, LocalTimesReadBack, ()) {
  auto where = zone(*rc::gen::element<std::string>("America/Sao_Paulo", "America/New_York", "Europe/Lisbon",
                                                   "Australia/Lord_Howe"));
  Date date{*rc::gen::inRange(10'000, 30'000)};
  int minutes = *rc::gen::inRange(0, 1440);
  Instant when = where.at_local(date, minutes);
  RC_ASSERT(where.today(when) == date);
  // Equal but in a gap, where the clock then shows the gap's end.
  RC_ASSERT(where.minute_of_day(when) >= minutes);
  RC_ASSERT(where.minute_of_day(when) - minutes <= 60);
  RC_ASSERT(where.at_local(date, where.minute_of_day(when)) == when);
}

} // namespace
} // namespace renova::domain

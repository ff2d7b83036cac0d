#include "domain/reminder.hpp"

#include "domain/openings.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

Instant instant(std::string_view text) { return *parse_instant(text); }
RuleId rule_id(std::uint8_t n) {
  Uuid uuid{};
  uuid[15] = n;
  return RuleId(uuid);
}

const Instant kLongAgo = instant("2026-01-01T00:00:00Z");

ReminderRule rule(std::uint8_t n, int offset, std::optional<int> at) {
  return {rule_id(n), offset, at, {}, true, kLongAgo};
}
ReminderSubject subject(std::string_view due_on) {
  ReminderSubject s;
  s.due_on = *parse_date(due_on);
  s.plan_type = "IPTV";
  s.created_at = kLongAgo;
  return s;
}
SendingCalendar shop() { return {*TimeZone::find("America/Sao_Paulo"), default_windows(), {}}; }
std::vector<ReminderRule> usual() { return {rule(1, -3, 540), rule(2, 0, 600), rule(3, 1, 600)}; }

// "rule kind not_before decision:reason" for each.
std::string shown(const std::vector<PlannedReminder>& reminders) {
  std::string out;
  for (const PlannedReminder& r : reminders) {
    out += std::to_string(r.rule.uuid()[15]) + " " + std::string(to_text(r.kind)) + " " +
           to_string(r.not_before).substr(5, 11);
    if (r.decision == ReminderDecision::planned) out += " planned";
    if (r.decision == ReminderDecision::skipped) out += " skipped:" + std::string(to_text(r.reason));
    if (r.decision == ReminderDecision::not_caught_up) out += " not_caught_up";
    out += "\n";
  }
  return out;
}
std::string plan(const ReminderSubject& s, const std::vector<ReminderRule>& rules, std::string_view now) {
  Instant at = instant(now);
  return shown(plan_reminders(s, rules, shop(), at, at + kPlanAhead));
}

TEST(Reminder, RulesAreChecked) {
  EXPECT_FALSE(check_offset(366));
  EXPECT_FALSE(check_offset(-366));
  EXPECT_EQ(*check_offset(-365), -365);
  EXPECT_EQ(*parse_rule_time("auto"), std::nullopt);
  EXPECT_EQ(*parse_rule_time("09:00"), 540);
  for (std::string_view bad : {"", "9:00", "24:00", "AUTO"}) EXPECT_FALSE(parse_rule_time(bad)) << bad;
  EXPECT_EQ(format_rule_time({}), "auto");
  EXPECT_EQ(format_rule_time(600), "10:00");
}

TEST(Reminder, PlannedADayAheadAndNotEarlier) {
  auto s = subject("2026-12-10"); // a Thursday; −3 is Monday 09:00 = 12:00 UTC
  EXPECT_EQ(plan(s, usual(), "2026-12-06T11:59:59Z"), "");
  EXPECT_EQ(plan(s, usual(), "2026-12-06T12:00:00Z"), "1 reminder 12-07T12:00 planned\n");
  EXPECT_EQ(plan(s, usual(), "2026-12-07T12:00:00Z"), "1 reminder 12-07T12:00 planned\n");
}

TEST(Reminder, AfterDowntimeOnlyTheNewestGoesOut) {
  auto s = subject("2026-12-10");
  EXPECT_EQ(plan(s, usual(), "2026-12-10T13:00:00Z"),
            "1 due_today 12-07T12:00 skipped:superseded\n2 due_today 12-10T13:00 planned\n"
            "3 overdue 12-11T13:00 planned\n");
  EXPECT_EQ(plan(s, usual(), "2026-12-14T15:00:00Z"),
            "1 overdue 12-07T12:00 skipped:superseded\n2 overdue 12-10T13:00 skipped:superseded\n3 overdue "
            "12-11T13:00 planned\n");
  EXPECT_EQ(plan(s, usual(), "2026-12-18T13:00:01Z"),
            "1 overdue 12-07T12:00 skipped:superseded\n2 overdue 12-10T13:00 skipped:superseded\n3 overdue "
            "12-11T13:00 skipped:window_passed\n");
}

TEST(Reminder, OutsideAWindowItWaitsAndSaysTheTruth) {
  // Due on Sunday 2026-12-13: nothing is sent on it; Monday's message says overdue.
  auto s = subject("2026-12-13");
  EXPECT_EQ(plan(s, {rule(2, 0, 600)}, "2026-12-13T12:00:00Z"), "2 overdue 12-14T11:00 planned\n");
  // auto: the day's first window.
  EXPECT_EQ(plan(subject("2026-12-10"), {rule(2, 0, {})}, "2026-12-10T02:00:00Z"),
            "2 due_today 12-10T11:00 planned\n");
  SendingCalendar closed = shop();
  closed.windows = {};
  Instant now = instant("2026-12-10T15:00:00Z");
  std::vector<ReminderRule> rules{rule(2, 0, 600)};
  auto never = plan_reminders(subject("2026-12-10"), rules, closed, now, now);
  ASSERT_EQ(never.size(), 1u);
  EXPECT_EQ(never[0].reason, MessageReason::window_passed);
}

TEST(Reminder, WhatLiesBeforeSubscriptionOrRuleIsNotCaughtUp) {
  auto s = subject("2026-12-10");
  s.created_at = instant("2026-12-07T12:00:00.000001Z");
  EXPECT_EQ(plan(s, {rule(1, -3, 540)}, "2026-12-08T12:00:00Z"), "1 reminder 12-07T12:00 not_caught_up\n");
  s.created_at = instant("2026-12-07T12:00:00Z");
  EXPECT_EQ(plan(s, {rule(1, -3, 540)}, "2026-12-08T12:00:00Z"), "1 reminder 12-07T12:00 planned\n");
  ReminderRule young = rule(1, -3, 540);
  young.enabled_at = instant("2026-12-07T13:00:00Z");
  EXPECT_EQ(plan(s, {young}, "2026-12-08T12:00:00Z"), "1 reminder 12-07T12:00 not_caught_up\n");
  // A younger rule that is not caught up supersedes nobody.
  ReminderRule second = rule(4, -2, 540);
  second.enabled_at = instant("2026-12-08T13:00:00Z");
  EXPECT_EQ(plan(s, {rule(1, -3, 540), second}, "2026-12-08T14:00:00Z"),
            "1 reminder 12-07T12:00 planned\n4 reminder 12-08T12:00 not_caught_up\n");
}

TEST(Reminder, BlockedOnesAreSkippedWithTheirReason) {
  auto s = subject("2026-12-10");
  s.settled = true;
  EXPECT_EQ(plan(s, {rule(2, 0, 600)}, "2026-12-10T13:00:00Z"), "2 due_today 12-10T13:00 skipped:paid\n");
  s.muted = true;
  EXPECT_EQ(block_reason(s), MessageReason::muted);
  s.opted_out = true;
  EXPECT_EQ(block_reason(s), MessageReason::opted_out);
  s.archived = true;
  EXPECT_EQ(block_reason(s), MessageReason::archived);
}

TEST(Reminder, RulesPickPlanTypesAndClientsOwnTimes) {
  ReminderRule vpn = rule(1, -3, 540);
  vpn.plan_types = {"VPN"};
  ReminderRule off = rule(2, 0, 600);
  off.enabled = false;
  auto s = subject("2026-12-10");
  EXPECT_EQ(plan(s, {vpn, off}, "2026-12-10T13:00:00Z"), "");
  s.before_at = 1110; // 18:30
  s.due_at = 480;
  EXPECT_EQ(plan(s, {rule(1, -3, 540)}, "2026-12-07T12:00:00Z"), "1 reminder 12-07T21:30 planned\n");
  EXPECT_EQ(plan(s, {rule(2, 0, 600)}, "2026-12-10T03:00:00Z"), "2 due_today 12-10T11:00 planned\n");
}

TEST(Reminder, ChangesOfTheClockNeitherDoubleNorDropOne) {
  SendingCalendar always{*TimeZone::find("America/New_York"), {}, {}};
  always.windows.days.fill({{0, 1440}});
  std::vector<ReminderRule> rules{rule(1, 0, 150)}; // 02:30
  auto at = [&](std::string_view due_on) {
    Instant now = instant("2026-12-31T00:00:00Z");
    auto planned = plan_reminders(subject(due_on), rules, always, now, now);
    return planned.size() == 1 ? to_string(planned[0].not_before).substr(0, 16) : "?";
  };
  EXPECT_EQ(at("2026-03-08"), "2026-03-08T07:00");
  EXPECT_EQ(at("2026-11-01"), "2026-11-01T07:30");
}

// However often and whenever the planner runs, of the rules that are due exactly one is planned (or none,
// when it is too late), and what it decided about a past rule is never undone by a later run.
RC_GTEST_PROP(ReminderProperty, AtMostOneDueRuleIsPlanned, ()) {
  std::vector<ReminderRule> rules;
  auto count = static_cast<std::uint8_t>(*rc::gen::inRange(1, 7));
  for (std::uint8_t n = 1; n <= count; ++n) {
    std::optional<int> at;
    if (*rc::gen::arbitrary<bool>()) at = *rc::gen::inRange(0, 1440);
    rules.push_back(rule(n, *rc::gen::inRange(-10, 11), at));
  }
  auto s = subject("2026-12-10");
  SendingCalendar calendar = shop();
  Instant now = instant("2026-11-28T00:00:00Z");
  std::map<RuleId, ReminderDecision> superseded;
  for (int step = 0; step < 20; ++step) {
    now = now + std::chrono::minutes(*rc::gen::inRange(1, 3000));
    auto reminders = plan_reminders(s, rules, calendar, now, now + kPlanAhead);
    int due = 0;
    for (const PlannedReminder& r : reminders) {
      bool planned = r.decision == ReminderDecision::planned;
      due += planned && r.not_before <= now;
      if (superseded.count(r.rule)) RC_ASSERT(!planned);
      if (r.reason == MessageReason::superseded) superseded[r.rule] = r.decision;
      RC_ASSERT(r.not_before >= r.nominal);
      RC_ASSERT(window_end(r.not_before, calendar).has_value());
    }
    RC_ASSERT(due <= 1);
  }
}

} // namespace
} // namespace renova::domain

// Which reminders a subscription gets, and when: the rules that the planner's SQL carries out, as a pure
// function. It is the oracle of the planner's tests, and answers "who gets what" (preview) and "why"
// (DESIGN.md §5).
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/calendar.hpp"
#include "domain/message.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace renova::domain {

inline constexpr int kMaxOffsetDays = 365;
inline constexpr std::size_t kMaxRules = 50;
// A rule that is later than this (downtime, a long pause) is not sent any more.
inline constexpr Duration kCatchUp = std::chrono::days(7);
// How far ahead of its hand-over instant a reminder is put into the ledger as `planned`.
inline constexpr Duration kPlanAhead = std::chrono::hours(24);

struct ReminderRule {
  RuleId id;
  int offset_days = 0;   // from the due date; negative is before it
  std::optional<int> at; // minutes of the local day; nothing: auto, the day's first sending window
  std::vector<std::string> plan_types; // empty: all
  bool enabled = true;
  Instant enabled_at; // since when it has been in force: created, or last switched on
};

// −365…365; at: "HH:MM" or "auto". Error codes: out_of_range, invalid_time.
result<int> check_offset(int offset_days);
result<std::optional<int>> parse_rule_time(std::string_view text);
std::string format_rule_time(std::optional<int> at);

bool applies_to(const ReminderRule& rule, std::string_view plan_type);

// reminder before the due date, due_today on it, overdue after it. Taken from the day of hand-over, not from
// the rule, so that a reminder that waited (for a window, or for the program) never says "tomorrow" of
// yesterday.
MessageKind kind_on(Date due_on, Date day);

// One subscription, as far as reminders care.
struct ReminderSubject {
  SubscriptionId id;
  Date due_on;
  std::string plan_type;
  Instant created_at;
  bool settled = false; // is_settled(account, due_on)
  bool opted_out = false;
  bool archived = false;
  bool muted = false;
  // The client's own times instead of the rules': ahead of the due date, and from it on.
  std::optional<int> before_at;
  std::optional<int> due_at;
};

enum class ReminderDecision {
  planned,      // goes out at `not_before`
  skipped,      // does not, for `reason`
  not_caught_up // its instant lay before the subscription or the rule existed: no row is written
};

struct PlannedReminder {
  RuleId rule;
  MessageKind kind = MessageKind::reminder;
  Date due_on;
  Instant nominal;    // due date + offset at the rule's time
  Instant not_before; // the same, moved into the next sending window
  ReminderDecision decision = ReminderDecision::planned;
  MessageReason reason = MessageReason::none;
};

// due date + offset at the local time (the subject's own, the rule's, or midnight for auto), before windows.
Instant nominal_instant(const ReminderRule& rule, const ReminderSubject& subject, const TimeZone& zone);

// Why nothing may go to this subject now, in the order archived, opted_out, muted, paid; none when something
// may.
MessageReason block_reason(const ReminderSubject& subject);

// Everything that the enabled, matching rules make of the subject's present due date, whose nominal instant
// is at or before `until` (now + kPlanAhead for the planner, the end of the asked day for a preview); by
// not_before, then offset.
//  - A nominal instant before the rule or the subscription existed: not_caught_up.
//  - A blocked subject: skipped with block_reason. (The planner writes such a row once `not_before` ≤ now.)
//  - Of those with not_before ≤ now, only the one of the latest nominal instant (then the greatest offset,
//  then the greatest id)
//    is planned; the others are skipped: superseded. If it is later than kCatchUp, it is skipped:
//    window_passed.
//  - Those still to come are planned.
//  - No window within 400 days: skipped: window_passed.
std::vector<PlannedReminder> plan_reminders(const ReminderSubject& subject,
                                            std::span<const ReminderRule> rules,
                                            const SendingCalendar& calendar, Instant now, Instant until);

} // namespace renova::domain

#include "domain/reminder.hpp"

#include <algorithm>
#include <tuple>

namespace renova::domain {

result<int> check_offset(int offset_days) {
  if (offset_days < -kMaxOffsetDays || offset_days > kMaxOffsetDays) {
    return field_error("", "out_of_range", "must be from -365 to 365 days");
  }
  return offset_days;
}

result<std::optional<int>> parse_rule_time(std::string_view text) {
  if (text == "auto") return std::optional<int>();
  TRY(int minutes, parse_time_of_day(text));
  return std::optional<int>(minutes);
}

std::string format_rule_time(std::optional<int> at) { return at ? format_time_of_day(*at) : "auto"; }

bool applies_to(const ReminderRule& rule, std::string_view plan_type) {
  return rule.plan_types.empty() ||
         std::find(rule.plan_types.begin(), rule.plan_types.end(), plan_type) != rule.plan_types.end();
}

MessageKind kind_on(Date due_on, Date day) {
  if (day < due_on) return MessageKind::reminder;
  return day == due_on ? MessageKind::due_today : MessageKind::overdue;
}

Instant nominal_instant(const ReminderRule& rule, const ReminderSubject& subject, const TimeZone& zone) {
  std::optional<int> own = rule.offset_days < 0 ? subject.before_at : subject.due_at;
  int minutes = own ? *own : rule.at.value_or(0);
  return zone.at_local(subject.due_on + rule.offset_days, minutes);
}

MessageReason block_reason(const ReminderSubject& subject) {
  if (subject.archived) return MessageReason::archived;
  if (subject.opted_out) return MessageReason::opted_out;
  if (subject.muted) return MessageReason::muted;
  if (subject.settled) return MessageReason::paid;
  return MessageReason::none;
}

namespace {

struct Candidate {
  PlannedReminder reminder;
  int offset_days = 0;
  bool due = false; // may go out now
  auto age() const { return std::tuple(reminder.nominal, offset_days, reminder.rule); }
};

Candidate consider(const ReminderSubject& subject, const ReminderRule& rule, const SendingCalendar& calendar,
                   Instant nominal, Instant now) {
  Candidate candidate;
  candidate.offset_days = rule.offset_days;
  PlannedReminder& r = candidate.reminder;
  r.rule = rule.id;
  r.due_on = subject.due_on;
  r.nominal = nominal;
  std::optional<Instant> window = next_window(nominal, calendar);
  r.not_before = window.value_or(nominal);
  candidate.due = r.not_before <= now;
  // One that is late goes out in the next window from now, and is named by that day.
  Instant leaves = candidate.due ? next_window(now, calendar).value_or(now) : r.not_before;
  r.kind = kind_on(subject.due_on, calendar.zone.today(leaves));
  if (nominal < subject.created_at || nominal < rule.enabled_at) {
    r.decision = ReminderDecision::not_caught_up;
  } else if (MessageReason blocked = block_reason(subject); blocked != MessageReason::none) {
    r.decision = ReminderDecision::skipped;
    r.reason = blocked;
  } else if (!window) {
    r.decision = ReminderDecision::skipped;
    r.reason = MessageReason::window_passed;
  }
  return candidate;
}

} // namespace

std::vector<PlannedReminder> plan_reminders(const ReminderSubject& subject,
                                            std::span<const ReminderRule> rules,
                                            const SendingCalendar& calendar, Instant now, Instant until) {
  std::vector<Candidate> candidates;
  const Candidate* newest = nullptr;
  for (const ReminderRule& rule : rules) {
    if (!rule.enabled || !applies_to(rule, subject.plan_type)) continue;
    Instant nominal = nominal_instant(rule, subject, calendar.zone);
    if (nominal <= until) candidates.push_back(consider(subject, rule, calendar, nominal, now));
  }
  for (const Candidate& candidate : candidates) {
    bool caught_up = candidate.reminder.decision != ReminderDecision::not_caught_up;
    if (candidate.due && caught_up && (!newest || newest->age() < candidate.age())) newest = &candidate;
  }
  for (Candidate& candidate : candidates) {
    PlannedReminder& r = candidate.reminder;
    if (!candidate.due || r.decision != ReminderDecision::planned) continue;
    bool older = &candidate != newest;
    bool too_late = now - r.not_before > kCatchUp;
    if (!older && !too_late) continue;
    r.decision = ReminderDecision::skipped;
    r.reason = older ? MessageReason::superseded : MessageReason::window_passed;
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.reminder.not_before, a.age()) < std::tuple(b.reminder.not_before, b.age());
  });
  std::vector<PlannedReminder> out;
  out.reserve(candidates.size());
  for (Candidate& candidate : candidates) out.push_back(std::move(candidate.reminder));
  return out;
}

} // namespace renova::domain

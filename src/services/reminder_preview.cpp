#include "services/reminder_preview.hpp"

#include "domain/subscription.hpp"
#include "services/channel_choice.hpp"
#include "services/rules.hpp"
#include "services/sending_calendar.hpp"
#include "storage/planner_store.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace renova::services::reminders {
namespace {

using domain::MessageReason;
using domain::MessageState;
using domain::ReminderDecision;
using storage::PlannerSubjectRow;
using storage::TenantTransaction;

// Everything that planning needs of a tenant, read once.
struct Facts {
  domain::SendingCalendar calendar;
  std::vector<Rule> rules;
  std::vector<domain::ReminderRule> reminder_rules;
  std::vector<storage::PlannerChannelRow> channels;

  const Rule* rule(RuleId id) const {
    for (const auto& one : rules) {
      if (one.id == id) return &one;
    }
    return nullptr;
  }
};

result<Facts> read_facts(TenantTransaction& tx) {
  Facts facts;
  TRY(auto tenant, sending_tenant(tx));
  TRY(facts.calendar, calendar_of(tenant));
  TRY(facts.channels, storage::planner_store::channels(tx));
  TRY(auto rows, storage::planner_store::rules(tx));
  for (const auto& row : rows) {
    TRY(auto rule, rules::from_row(row));
    domain::ReminderRule reminder;
    reminder.id = rule.id;
    reminder.offset_days = rule.content.offset_days;
    reminder.plan_types = rule.content.plan_types;
    reminder.enabled = rule.content.enabled;
    reminder.enabled_at = rule.enabled_at;
    if (rule.content.at) {
      TRY(reminder.at, domain::parse_rule_time(*rule.content.at));
    }
    facts.reminder_rules.push_back(std::move(reminder));
    facts.rules.push_back(std::move(rule));
  }
  return facts;
}

domain::ReminderSubject subject_of(const PlannerSubjectRow& row) {
  domain::ReminderSubject subject;
  subject.id = row.id;
  subject.due_on = row.expires_on;
  subject.plan_type = row.plan_type;
  subject.created_at = row.created_at;
  domain::Account account{row.expires_on, row.prepaid_until, row.owed_amount, row.owed_on};
  subject.settled = domain::is_settled(account, row.expires_on);
  subject.opted_out = row.opted_out_at.has_value();
  subject.archived = row.archived_at.has_value();
  subject.muted = row.muted;
  subject.before_at = row.before_at;
  subject.due_at = row.due_at;
  return subject;
}

// Due dates whose reminders can be handed over on `date`: the rule's own day, or one before it from which
// windows moved it here.
std::set<Date> due_dates(const Facts& facts, Date date) {
  constexpr int kDaysMoved = 8; // a week of closed windows and a holiday
  std::set<Date> dates;
  for (const auto& rule : facts.reminder_rules) {
    if (!rule.enabled) continue;
    for (int moved = 0; moved <= kDaysMoved; ++moved) dates.insert(date - rule.offset_days - moved);
  }
  return dates;
}

struct Day {
  Instant begin;
  Instant end;
};
Day day_of(const Facts& facts, Date date) {
  return {facts.calendar.zone.at_local(date, 0), facts.calendar.zone.at_local(date + 1, 0)};
}

PreviewItem item_of(const Facts& facts, const PlannerSubjectRow& row,
                    const domain::PlannedReminder& reminder) {
  PreviewItem item;
  item.client = row.client_id;
  item.client_name = row.client_name;
  item.subscription = row.id;
  item.rule = reminder.rule;
  if (const Rule* rule = facts.rule(reminder.rule)) {
    item.rule_name = rule->content.name;
    item.channel = choose_channel(rule->content.channel_ids, facts.channels);
  }
  item.kind = reminder.kind;
  item.due_on = reminder.due_on;
  item.at = reminder.not_before;
  item.planned = reminder.decision == ReminderDecision::planned;
  item.reason = reminder.reason;
  return item;
}

// What the ledger knows wins over what the rules would say.
result<void> add_ledger(TenantTransaction& tx, PreviewItem& item) {
  TRY(auto rows, storage::message_store::of_due_date(tx, item.subscription, item.due_on));
  for (const auto& row : rows) {
    if (row.rule_id != item.rule) continue;
    item.message = row.id;
    item.state = row.state;
    item.channel = row.channel_id;
    bool stopped = row.state == MessageState::skipped || row.state == MessageState::cancelled;
    item.planned = !stopped;
    MessageReason reason = MessageReason::none;
    if (stopped && row.reason) domain::from_text(*row.reason, reason);
    item.reason = reason;
  }
  return {};
}

void tally(Preview& out, std::map<MessageReason, std::int64_t>& reasons, const PreviewItem& item) {
  if (item.planned) {
    ++out.planned;
  } else {
    ++out.skipped;
    ++reasons[item.reason];
  }
}

} // namespace

result<Preview> preview(TenantTransaction& tx, Date date, int limit, Instant now) {
  TRY(auto facts, read_facts(tx));
  Day day = day_of(facts, date);
  Preview out;
  out.date = date;
  std::map<MessageReason, std::int64_t> reasons;
  // As seen at the end of a day to come, or now for today; nothing of tomorrow is due yet.
  for (Date due_on : due_dates(facts, date)) {
    TRY(auto subjects, storage::planner_store::subjects(tx, due_on));
    for (const auto& row : subjects) {
      auto reminders = domain::plan_reminders(subject_of(row), facts.reminder_rules, facts.calendar,
                                              std::min(now, day.end), day.end - Duration(1));
      for (const auto& reminder : reminders) {
        if (reminder.decision == ReminderDecision::not_caught_up) continue;
        if (reminder.not_before < day.begin || reminder.not_before >= day.end) continue;
        PreviewItem item = item_of(facts, row, reminder);
        if (reminder.nominal <= now) TRY_DO(add_ledger(tx, item));
        tally(out, reasons, item);
        out.items.push_back(std::move(item));
      }
    }
  }
  for (const auto& [reason, count] : reasons) out.reasons.push_back({reason, count});
  auto earlier = [](const PreviewItem& a, const PreviewItem& b) {
    return std::tie(a.at, a.client_name, a.subscription) < std::tie(b.at, b.client_name, b.subscription);
  };
  std::sort(out.items.begin(), out.items.end(), earlier);
  auto keep = static_cast<std::size_t>(std::clamp(limit, 1, 1000));
  out.truncated = out.items.size() > keep;
  if (out.truncated) out.items.resize(keep);
  return out;
}

namespace {

std::string_view verdict_of(MessageState state) {
  switch (state) {
    case MessageState::planned:
    case MessageState::queued:
    case MessageState::sending:
      return "waiting";
    case MessageState::accepted:
    case MessageState::sent:
    case MessageState::delivered:
    case MessageState::read:
      return "sent";
    case MessageState::failed:
      return "failed";
    case MessageState::unknown:
      return "unknown";
    case MessageState::cancelled:
      return "cancelled";
    case MessageState::skipped:
      return "skipped";
  }
  return "";
}

result<void> attach(TenantTransaction& tx, WhyItem& item, const storage::MessageRow& row) {
  item.verdict = std::string(verdict_of(row.state));
  if (row.reason) domain::from_text(*row.reason, item.reason);
  TRY(item.events, storage::message_store::events(tx, row.id));
  item.message = row;
  item.kind = row.kind;
  item.not_before = row.not_before;
  return {};
}

// A rule's item when the ledger has no row for it.
void explain(const Facts& facts, const PlannerSubjectRow& subject, const Rule& rule, Instant now,
             WhyItem& item) {
  auto reminder = std::find_if(facts.reminder_rules.begin(), facts.reminder_rules.end(),
                               [&](const auto& one) { return one.id == rule.id; });
  auto as_subject = subject_of(subject);
  if (!rule.content.enabled) {
    item.verdict = "rule_disabled";
  } else if (!domain::applies_to(*reminder, subject.plan_type)) {
    item.verdict = "other_plan_type";
  } else if (item.at < subject.created_at || item.at < rule.enabled_at) {
    item.verdict = "not_caught_up";
  } else if (auto blocked = domain::block_reason(as_subject); blocked != MessageReason::none) {
    item.verdict = "skipped";
    item.reason = blocked;
  } else {
    item.verdict = item.at > now ? "not_due" : "waiting";
  }
}

} // namespace

result<Why> why(TenantTransaction& tx, SubscriptionId subscription, Date date, Instant now) {
  TRY(auto facts, read_facts(tx));
  TRY(auto subject, storage::planner_store::subject(tx, subscription));
  if (!subject) return Error(ErrorCode::not_found, "no such subscription");
  Why out;
  out.subscription = subscription;
  out.date = date;
  out.due_on = subject->expires_on;
  Day day = day_of(facts, date);
  TRY(auto ledger, storage::message_store::between(tx, subject->client_id, subscription, day.begin, day.end));
  std::set<RuleId> told;
  for (const auto& row : ledger) {
    WhyItem item;
    item.at = row.not_before;
    if (row.rule_id) {
      item.rule = *row.rule_id;
      told.insert(*row.rule_id);
      if (const Rule* rule = facts.rule(*row.rule_id)) item.rule_name = rule->content.name;
    }
    TRY_DO(attach(tx, item, row));
    out.items.push_back(std::move(item));
  }
  TRY(auto rows, storage::message_store::of_due_date(tx, subscription, subject->expires_on));
  auto as_subject = subject_of(*subject);
  for (std::size_t i = 0; i < facts.rules.size(); ++i) {
    const Rule& rule = facts.rules[i];
    WhyItem item;
    item.at = domain::nominal_instant(facts.reminder_rules[i], as_subject, facts.calendar.zone);
    if (told.count(rule.id) > 0 || item.at < day.begin || item.at >= day.end) continue;
    item.rule = rule.id;
    item.rule_name = rule.content.name;
    item.not_before = domain::next_window(item.at, facts.calendar);
    item.kind =
        domain::kind_on(subject->expires_on, facts.calendar.zone.today(item.not_before.value_or(item.at)));
    auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& one) { return one.rule_id == rule.id; });
    if (row != rows.end()) {
      TRY_DO(attach(tx, item, *row));
    } else {
      explain(facts, *subject, rule, now, item);
    }
    out.items.push_back(std::move(item));
  }
  return out;
}

} // namespace renova::services::reminders

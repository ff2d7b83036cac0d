#include "messaging/plan_groups.hpp"

#include "services/channel_choice.hpp"

#include <algorithm>
#include <tuple>

namespace renova::messaging {
namespace {

using storage::PlanGroup;
using storage::TimeSlot;

std::string type_list(const std::vector<std::string>& plan_types) {
  if (plan_types.empty()) return {};
  std::string out = "|";
  for (const auto& type : plan_types) out += type + "|";
  return out;
}

int minutes_of(const services::Rule& rule) {
  if (!rule.content.at) return 0;
  auto parsed = domain::parse_rule_time(*rule.content.at);
  return parsed.has_value() ? parsed->value_or(0) : 0;
}

// Everything of a group that follows from its local time.
bool place(PlanGroup& group, Date day, const domain::SendingCalendar& calendar, const PlanScope& scope,
           Instant enabled_at) {
  group.nominal = calendar.zone.at_local(day, group.minutes);
  if (group.nominal <= scope.from || group.nominal > scope.now || group.nominal < enabled_at) return false;
  auto window = domain::next_window(group.nominal, calendar);
  group.no_window = !window;
  group.not_before = window.value_or(group.nominal);
  group.is_due = group.not_before <= scope.now;
  group.too_late = scope.now - group.not_before > domain::kCatchUp;
  Instant leaves =
      group.is_due ? domain::next_window(scope.now, calendar).value_or(scope.now) : group.not_before;
  group.kind = domain::kind_on(group.due_on, calendar.zone.today(leaves));
  group.priority = domain::priority_of(group.kind);
  return true;
}

} // namespace

result<std::vector<PlanGroup>> plan_groups(std::span<const services::Rule> rules,
                                           std::span<const storage::PlannerChannelRow> channels,
                                           const domain::SendingCalendar& calendar, const PlanScope& scope,
                                           const OwnTimes& own_times) {
  std::vector<PlanGroup> groups;
  Date first = calendar.zone.today(scope.from);
  Date last = calendar.zone.today(scope.now);
  for (const auto& rule : rules) {
    if (!rule.content.enabled) continue;
    PlanGroup group;
    group.rule = rule.id;
    group.template_id = rule.content.template_id;
    group.channel = services::choose_channel(rule.content.channel_ids, channels);
    group.plan_types = type_list(rule.content.plan_types);
    group.offset_days = rule.content.offset_days;
    group.slot = rule.content.offset_days < 0 ? TimeSlot::before : TimeSlot::due;
    group.rule_minutes = minutes_of(rule);
    group.changed_since = scope.changed_since;
    for (Date day = first; day <= last; day = day + 1) {
      group.due_on = day - rule.content.offset_days;
      if (scope.due_on && !std::binary_search(scope.due_on->begin(), scope.due_on->end(), group.due_on))
        continue;
      TRY(auto times, own_times(group.due_on, group.slot));
      times.push_back(group.rule_minutes);
      std::sort(times.begin(), times.end());
      times.erase(std::unique(times.begin(), times.end()), times.end());
      for (int minutes : times) {
        group.minutes = minutes;
        if (place(group, day, calendar, scope, rule.enabled_at)) groups.push_back(group);
      }
    }
  }
  std::sort(groups.begin(), groups.end(), [](const PlanGroup& a, const PlanGroup& b) {
    return std::tuple(a.nominal, a.offset_days, a.rule) > std::tuple(b.nominal, b.offset_days, b.rule);
  });
  return groups;
}

std::optional<DateRange> reachable(std::span<const services::Rule> rules,
                                   const domain::SendingCalendar& calendar, Instant from, Instant to) {
  std::optional<DateRange> range;
  for (const auto& rule : rules) {
    if (!rule.content.enabled) continue;
    Date first = calendar.zone.today(from) - rule.content.offset_days;
    Date last = calendar.zone.today(to) - rule.content.offset_days;
    if (!range) range = DateRange{first, last};
    range->from = std::min(range->from, first);
    range->to = std::max(range->to, last);
  }
  return range;
}

} // namespace renova::messaging

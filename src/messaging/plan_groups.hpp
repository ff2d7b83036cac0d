// What the planner's SQL is asked to do, worked out from the rules: one group for each rule, due date and
// local time whose instant has come. Pure.
#pragma once

#include "domain/calendar.hpp"
#include "domain/reminder.hpp"
#include "services/rules.hpp"
#include "storage/planner_store.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace renova::messaging {

// How far back an instant may lie that is still looked at: what is older than the catch-up is not sent
// anyway.
inline constexpr Duration kLookBack = domain::kCatchUp + std::chrono::days(1);

struct PlanScope {
  Instant from;                            // nominal instants after this one …
  Instant now;                             // … up to this one
  Instant changed_since{INT64_MIN / 2};    // only subscriptions that changed since
  std::optional<std::vector<Date>> due_on; // only these due dates
};

// The local times other than the rule's that subscriptions of a due date have.
using OwnTimes = std::function<result<std::vector<int>>(Date due_on, storage::TimeSlot slot)>;

// Newest first, so that the rows of newer rules exist when older ones look for them.
result<std::vector<storage::PlanGroup>> plan_groups(std::span<const services::Rule> rules,
                                                    std::span<const storage::PlannerChannelRow> channels,
                                                    const domain::SendingCalendar& calendar,
                                                    const PlanScope& scope, const OwnTimes& own_times);

// The due dates that any enabled rule can reach within the scope.
struct DateRange {
  Date from;
  Date to;
};
std::optional<DateRange> reachable(std::span<const services::Rule> rules,
                                   const domain::SendingCalendar& calendar, Instant from, Instant to);

} // namespace renova::messaging

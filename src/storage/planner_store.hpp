// Set-based planning: one statement for one rule, one due date and one local time (DESIGN.md §5,
// "Reminders").
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/message.hpp"
#include "storage/database.hpp"
#include "storage/rule_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::storage {

struct PlannerTenantRow {
  TenantId tenant_id;
  std::string time_zone;
  std::string sending_windows; // JSON
  std::string holidays;        // JSON
  std::optional<Instant> planned_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(PlannerTenantRow, (),
                      (tenant_id, time_zone, sending_windows, holidays, planned_at, updated_at))

struct PlannerChannelRow {
  ChannelId id;
  bool enabled = true;
};
BOOST_DESCRIBE_STRUCT(PlannerChannelRow, (), (id, enabled))

// Which of a subscription's own local times counts for a rule: ahead of the due date, or from it on.
enum class TimeSlot { before = 1, due = 2 };

// Everything that the rows of one group share.
struct PlanGroup {
  RuleId rule;
  std::optional<TemplateId> template_id;
  std::optional<ChannelId> channel;
  std::string plan_types; // "|IPTV|VPN|"; empty: all
  int offset_days = 0;
  TimeSlot slot = TimeSlot::before;
  int rule_minutes = 0; // the rule's own local time
  int minutes = 0;      // the group's local time
  Date due_on;
  domain::MessageKind kind = domain::MessageKind::reminder;
  int priority = 5;
  Instant nominal;
  Instant not_before;
  bool is_due = true;                   // not_before ≤ now: a newer due rule's row supersedes these
  bool too_late = false;                // window_passed, unless superseded
  bool no_window = false;               // window_passed in any case
  Instant changed_since{INT64_MIN / 2}; // only subscriptions changed since
};

struct PlanChunk {
  SubscriptionId after; // exclusive
  SubscriptionId upto;  // inclusive
};

struct PromotableRow {
  MessageId id;
  int attempt = 0;
};
BOOST_DESCRIBE_STRUCT(PromotableRow, (), (id, attempt))

struct UnroutedRow {
  MessageId id;
  std::optional<RuleId> rule_id;
  std::optional<ChannelId> channel_id;
};
BOOST_DESCRIBE_STRUCT(UnroutedRow, (), (id, rule_id, channel_id))

// A subscription as reminders see it (domain::ReminderSubject), for previews and the oracle.
struct PlannerSubjectRow {
  SubscriptionId id;
  ClientId client_id;
  std::string client_name;
  std::string plan_type;
  Date expires_on;
  Instant created_at;
  std::optional<Date> prepaid_until;
  std::int64_t owed_amount = 0;
  std::optional<Date> owed_on;
  bool muted = false;
  std::optional<int> before_at;
  std::optional<int> due_at;
  std::optional<Instant> opted_out_at;
  std::optional<Instant> archived_at;
};
BOOST_DESCRIBE_STRUCT(PlannerSubjectRow, (),
                      (id, client_id, client_name, plan_type, expires_on, created_at, prepaid_until,
                       owed_amount, owed_on, muted, before_at, due_at, opted_out_at, archived_at))

namespace planner_store {

result<std::vector<PlannerTenantRow>> tenants(Transaction& tx);
// Tenants with messages that wait for a time, a value or a channel.
result<std::vector<TenantId>> loose_tenants(Transaction& tx);
result<std::vector<RuleRow>> rules(TenantTransaction& tx);
// Oldest first.
result<std::vector<PlannerChannelRow>> channels(TenantTransaction& tx);

// The local times other than the rules' on a due date.
result<std::vector<int>> own_times(TenantTransaction& tx, Date due_on, TimeSlot slot);
result<std::vector<Date>> changed_dates(TenantTransaction& tx, Instant since, Date from, Date to);
// The last subscription of a chunk of `size` after `after` on a due date; none: fewer are left.
result<std::optional<SubscriptionId>> chunk_end(TenantTransaction& tx, Date due_on, SubscriptionId after,
                                                int size);
// Writes the rows that are missing, and their events; how many.
result<std::int64_t> insert(TenantTransaction& tx, const PlanGroup& group, const PlanChunk& chunk,
                            Instant now);
result<void> set_watermark(TenantTransaction& tx, Instant planned_at);

// planned → queued for what has come due; how many.
result<std::int64_t> promote(TenantTransaction& tx, Instant now);
// Queued messages without a channel; and reminders of a channel that were never handed over. At most 2000.
result<std::vector<UnroutedRow>> unrouted(TenantTransaction& tx);
result<std::vector<UnroutedRow>> stranded(TenantTransaction& tx, ChannelId channel);
result<void> route(TenantTransaction& tx, MessageId id, std::optional<ChannelId> channel,
                   std::string_view detail, Instant now);

result<std::vector<PlannerSubjectRow>> subjects(TenantTransaction& tx, Date due_on);
result<std::optional<PlannerSubjectRow>> subject(TenantTransaction& tx, SubscriptionId id);

} // namespace planner_store
} // namespace renova::storage

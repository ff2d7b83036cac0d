// "Who gets what, when, by which channel, and who is skipped and why": the planner's rules, asked without
// writing anything (domain::plan_reminders is the one place that decides).
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/message.hpp"
#include "domain/reminder.hpp"
#include "storage/database.hpp"
#include "storage/message_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::services::reminders {

struct PreviewItem {
  ClientId client;
  std::string client_name;
  SubscriptionId subscription;
  RuleId rule;
  std::string rule_name;
  domain::MessageKind kind = domain::MessageKind::reminder;
  Date due_on;
  Instant at; // hand-over, not before
  std::optional<ChannelId> channel;
  bool planned = true; // false: skipped
  domain::MessageReason reason = domain::MessageReason::none;
  std::optional<MessageId> message; // when it is in the ledger already
  std::optional<domain::MessageState> state;
};
struct PreviewCount {
  domain::MessageReason reason = domain::MessageReason::none;
  std::int64_t count = 0;
};
struct Preview {
  Date date;
  std::int64_t planned = 0; // of the whole day, also beyond `items`
  std::int64_t skipped = 0;
  std::vector<PreviewCount> reasons; // of the skipped ones
  std::vector<PreviewItem> items;    // by time, at most `limit`
  bool truncated = false;
};
// What the tenant's rules make of the civil day `date` (its hand-over instants lie on it). Reads every
// subscription that a rule can reach on that day: a scan. `limit` 1–1000.
result<Preview> preview(storage::TenantTransaction& tx, Date date, int limit, Instant now);

struct WhyItem {
  RuleId rule;
  std::string rule_name;
  domain::MessageKind kind = domain::MessageKind::reminder;
  Instant at;                        // when the rule wants it
  std::optional<Instant> not_before; // inside the sending windows
  std::string verdict;               // sent, waiting, skipped, cancelled, failed, unknown, not_caught_up,
                                     // not_due, rule_disabled, other_plan_type
  domain::MessageReason reason = domain::MessageReason::none;
  std::optional<storage::MessageRow> message; // the ledger's row, when there is one
  std::vector<storage::MessageEventRow> events;
};
struct Why {
  SubscriptionId subscription;
  Date date;                  // the civil day that was asked about
  Date due_on;                // of the subscription now
  std::vector<WhyItem> items; // each rule whose instant lies on that day, and each message of that day
};
// Why something was, or was not, sent to a subscription on a civil day. Error: not_found.
result<Why> why(storage::TenantTransaction& tx, SubscriptionId subscription, Date date, Instant now);

} // namespace renova::services::reminders

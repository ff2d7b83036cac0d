// What people and other services do with messages: create, cancel, retry, resolve, and the changes that
// follow from a client's new situation. The sender (messaging/) does the rest.
//
// Every function writes the ledger and announces live events; those that take an Actor also write the audit.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/message.hpp"
#include "services/audit.hpp"
#include "storage/database.hpp"
#include "storage/message_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services::messages {

inline constexpr Duration kMaxDelay = std::chrono::days(366); // of `not_before`

struct NewMessage {
  ClientId client;
  std::optional<SubscriptionId>
      subscription;                // whose values a template gets; none: the one that falls due first
  std::optional<std::string> body; // exactly one of body and template; sent as it stands
  std::optional<TemplateId> template_id;
  std::optional<ChannelId> channel; // none: the tenant's first usable one
  std::optional<Instant> not_before;
  std::optional<int> priority; // 0–9, smaller goes first; none: by kind
  domain::MessageKind kind = domain::MessageKind::manual;
};

// Puts a message into the queue (or the plan, when not_before lies ahead); sending windows hold for it too.
// Errors: not_found (no such client, or it is erased); conflict (opted out, archived); validation_failed at
// /body, /template_id, /channel_id, /not_before, /priority.
result<storage::MessageRow> create(storage::TenantTransaction& tx, const Actor& actor,
                                   const NewMessage& message, Instant now);

// A message that follows from an event (renewed, welcome), if an enabled template of that kind exists and the
// client wants messages; none otherwise. The text is rendered at hand-over.
result<std::optional<MessageId>> enqueue_kind(storage::TenantTransaction& tx, domain::MessageKind kind,
                                              ClientId client, SubscriptionId subscription, Instant now);

// Errors of these three: not_found; conflict when the message's state does not allow it (`about` holds the
// state). planned or queued → cancelled.
result<storage::MessageRow> cancel(storage::TenantTransaction& tx, const Actor& actor, MessageId id,
                                   Instant now);
// failed, or held in `planned` → queued, with a fresh count of attempts to come.
result<storage::MessageRow> retry(storage::TenantTransaction& tx, const Actor& actor, MessageId id,
                                  Instant now);
// The owner decides about an unknown one.
enum class Resolution { sent, resend, drop };
std::string_view to_text(Resolution resolution);
bool from_text(std::string_view text, Resolution& out);
result<storage::MessageRow> resolve(storage::TenantTransaction& tx, const Actor& actor, MessageId id,
                                    Resolution as, Instant now);

// What waits (planned, queued) is cancelled, in the transaction of the change that causes it; how many. Paid,
// renewed, muted and due_date_changed stop reminders only, the other reasons everything.
result<int> cancel_open(storage::TenantTransaction& tx, ClientId client, domain::MessageReason reason,
                        Instant now);
result<int> cancel_open(storage::TenantTransaction& tx, SubscriptionId subscription,
                        domain::MessageReason reason, Instant now);

// The reverse, for an undo: reminders that were cancelled or skipped for exactly `reason`, belong to the
// present due date, were never handed over and are not later than domain::kCatchUp go back to queued; how
// many.
result<int> revive(storage::TenantTransaction& tx, ClientId client, domain::MessageReason reason,
                   Instant now);
result<int> revive(storage::TenantTransaction& tx, SubscriptionId subscription, domain::MessageReason reason,
                   Instant now);

// The queue at a glance.
struct ChannelQueue {
  std::optional<ChannelId> channel; // none: messages without a usable channel
  std::int64_t planned = 0;
  std::int64_t queued = 0;
  std::int64_t sending = 0;
  std::int64_t unknown = 0;
};
struct QueueFigures {
  bool paused = false;
  std::int64_t planned = 0;
  std::int64_t queued = 0; // all; `ready` of them could go now
  std::int64_t sending = 0;
  std::int64_t unknown = 0;
  std::vector<ChannelQueue> channels;
  double rate_per_minute = 0;        // accepted within the last minute
  std::optional<std::int64_t> eta_s; // queued at that rate; none when nothing moves
  std::optional<Instant> oldest;     // since when the oldest queued message could have gone
  std::optional<std::int64_t> oldest_age_s;
};
result<QueueFigures> queue_figures(storage::TenantTransaction& tx, Instant now);
// Stops or starts handing over for the whole tenant; planning goes on.
result<void> set_queue_paused(storage::TenantTransaction& tx, const Actor& actor, bool paused, Instant now);

// When the tenant's windows allow what is wanted at `at`: `at` itself or the beginning of the next window.
// Error: validation_failed when no window opens within 400 days.
result<Instant> in_window(storage::TenantTransaction& tx, Instant at);

} // namespace renova::services::messages

// The queue as rows: messages and their ledger. Every function that moves a message also writes its event, in
// the same transaction (DESIGN.md §5, "Message states").
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/locale.hpp"
#include "domain/message.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::storage {

struct MessageRow {
  MessageId id;
  ClientId client_id; // nil: a test message to a number that is no client (its body is set)
  std::optional<SubscriptionId> subscription_id;
  std::optional<RuleId> rule_id;
  std::optional<TemplateId> template_id; // chosen by whoever made it, else by the sender at hand-over
  domain::MessageKind kind = domain::MessageKind::manual;
  std::optional<ChannelId> channel_id;
  std::string channel_kind = "whatsapp";
  std::string recipient;
  std::optional<std::string> body; // of a manual message at once, of a template's when it is handed over
  domain::MessageState state = domain::MessageState::queued;
  std::optional<std::string> reason; // domain::MessageReason
  std::optional<std::string> detail;
  int priority = 5; // 0–9, smaller goes first
  std::optional<Date> due_on;
  Instant not_before;
  int attempt = 0;
  std::int64_t fence = 0;
  std::optional<std::string> gateway_id;
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> sent_at; // accepted by the gateway
  std::optional<Instant> delivered_at;
  std::optional<Instant> read_at;
  std::optional<Instant> failed_at;
};
BOOST_DESCRIBE_STRUCT(MessageRow, (),
                      (id, client_id, subscription_id, rule_id, template_id, kind, channel_id, channel_kind,
                       recipient, body, state, reason, detail, priority, due_on, not_before, attempt, fence,
                       gateway_id, created_at, updated_at, sent_at, delivered_at, read_at, failed_at))

struct MessageEventRow {
  std::int64_t seq = 0;
  Instant at;
  std::optional<domain::MessageState> from_state; // none: it was created
  domain::MessageState to_state = domain::MessageState::queued;
  int attempt = 0;
  std::optional<std::string> reason;
  std::optional<std::string> detail;
};
BOOST_DESCRIBE_STRUCT(MessageEventRow, (), (seq, at, from_state, to_state, attempt, reason, detail))

struct MessagePageQuery {
  bool ascending = false; // by created_at, then id
  int limit = 20;
  bool after = false; // begin after the row with this key and id
  Instant after_created;
  MessageId after_id;
  std::optional<domain::MessageState> state;
  std::optional<domain::MessageKind> kind;
  std::optional<ClientId> client;
  std::optional<ChannelId> channel;
  std::optional<Instant> from; // created_at ≥
  std::optional<Instant> to;   // created_at <
};

// One change of one message, under a guard.
struct MessageMove {
  domain::MessageState to = domain::MessageState::queued;
  domain::MessageReason reason = domain::MessageReason::none;
  std::string_view detail; // empty: none
  std::optional<Instant> not_before;
};

struct QueueCountRow {
  std::optional<ChannelId> channel_id; // none: no channel yet
  domain::MessageState state = domain::MessageState::queued;
  std::int64_t n = 0;
  Instant oldest; // the smallest not_before
};
BOOST_DESCRIBE_STRUCT(QueueCountRow, (), (channel_id, state, n, oldest))

// What a new message to a client needs to know.
struct MessageClientRow {
  std::optional<std::string> phone;
  std::optional<Instant> opted_out_at;
  std::optional<Instant> archived_at;
  std::optional<Instant> erased_at;
};
BOOST_DESCRIBE_STRUCT(MessageClientRow, (), (phone, opted_out_at, archived_at, erased_at))

// What a tenant's settings say about messages.
struct SendingTenantRow {
  std::string name;
  std::string time_zone;
  domain::Locale locale = domain::Locale::pt_br;
  std::string currency;
  std::string country;
  std::string sending_windows; // JSON
  std::string holidays;        // JSON
  std::optional<std::string> pix_key_type;
  std::optional<std::string> pix_key;
  std::optional<std::string> pix_holder;
  std::optional<std::string> pix_city;
  std::optional<std::string> support_phone;
  bool queue_paused = false;
  std::optional<Instant> suspended_at;
  std::optional<Instant> planned_at;
  std::int64_t version = 1;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(SendingTenantRow, (),
                      (name, time_zone, locale, currency, country, sending_windows, holidays, pix_key_type,
                       pix_key, pix_holder, pix_city, support_phone, queue_paused, suspended_at, planned_at,
                       version, updated_at))

namespace message_store {

// Writes the row and its first event. Error: conflict messages_once when this reminder exists already.
result<void> insert(TenantTransaction& tx, const MessageRow& row);
result<std::optional<MessageRow>> get(TenantTransaction& tx, MessageId id);
// Oldest first.
result<std::vector<MessageEventRow>> events(TenantTransaction& tx, MessageId id);
result<std::vector<MessageRow>> page(TenantTransaction& tx, const MessagePageQuery& query);
result<std::int64_t> count(TenantTransaction& tx, const MessagePageQuery& filters);
// Everything about one subscription that was due on `due_on`, oldest first.
result<std::vector<MessageRow>> of_due_date(TenantTransaction& tx, SubscriptionId subscription, Date due_on);
// Everything about one subscription with a hand-over instant in [from, to), at most 100.
result<std::vector<MessageRow>> between(TenantTransaction& tx, ClientId client, SubscriptionId subscription,
                                        Instant from, Instant to);

// Moves `row` if it is still as it was read (state and attempt); false when it is not.
result<bool> move(TenantTransaction& tx, const MessageRow& row, const MessageMove& move, Instant now);

// What waits (planned, queued) for a client or a subscription. `reminders_only`: those that a rule made.
result<std::vector<MessageRow>> open_of_client(TenantTransaction& tx, ClientId client, bool reminders_only);
result<std::vector<MessageRow>> open_of_subscription(TenantTransaction& tx, SubscriptionId subscription,
                                                     bool reminders_only);
// Never handed over and stopped (cancelled or skipped) for `reason`: of the present due date of live
// subscriptions.
result<std::vector<MessageRow>> stopped_of_client(TenantTransaction& tx, ClientId client,
                                                  domain::MessageReason reason);
result<std::vector<MessageRow>> stopped_of_subscription(TenantTransaction& tx, SubscriptionId subscription,
                                                        domain::MessageReason reason);

// planned, queued, sending and unknown messages by channel and state.
result<std::vector<QueueCountRow>> open_counts(TenantTransaction& tx);
// Hand-overs from `since` on.
result<std::int64_t> attempts_since(TenantTransaction& tx, Instant since);

result<std::optional<MessageClientRow>> client_of(TenantTransaction& tx, ClientId client);
// The client's live subscription that falls due first.
result<std::optional<SubscriptionId>> first_subscription(TenantTransaction& tx, ClientId client);
result<std::optional<SendingTenantRow>> tenant(TenantTransaction& tx);
result<void> set_queue_paused(TenantTransaction& tx, bool paused);

} // namespace message_store

} // namespace renova::storage

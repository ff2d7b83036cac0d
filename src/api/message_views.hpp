// What goes out of /api/v1/messages.
#pragma once

#include "api/json_map.hpp"
#include "services/message_service.hpp"
#include "services/reminder_preview.hpp"

#include <optional>
#include <string>
#include <vector>

namespace renova::api {

// The message object of API.md.
struct MessageView {
  MessageId id;
  std::optional<ClientId> client_id; // none: a test message to a number that is no client
  std::optional<SubscriptionId> subscription_id;
  std::optional<RuleId> rule_id;
  domain::MessageKind kind = domain::MessageKind::manual;
  std::optional<ChannelId> channel_id;
  std::string to;
  std::optional<std::string> body; // none until it is rendered, which is at hand-over
  domain::MessageState state = domain::MessageState::queued;
  std::optional<std::string> reason;
  std::int64_t priority = 0;
  std::optional<Date> due_on;
  Instant not_before;
  std::int64_t attempts = 0;
  std::optional<std::string> gateway_id;
  Instant created_at;
  std::optional<Instant> sent_at;
  std::optional<Instant> delivered_at;
  std::optional<Instant> read_at;
  std::optional<Instant> failed_at;
};
BOOST_DESCRIBE_STRUCT(MessageView, (),
                      (id, client_id, subscription_id, rule_id, kind, channel_id, to, body, state, reason,
                       priority, due_on, not_before, attempts, gateway_id, created_at, sent_at, delivered_at,
                       read_at, failed_at))

struct MessageEventView {
  Instant at;
  std::optional<domain::MessageState> from; // none: it was created
  domain::MessageState to = domain::MessageState::queued;
  std::int64_t attempt = 0;
  std::optional<std::string> reason;
  std::optional<std::string> detail;
};
BOOST_DESCRIBE_STRUCT(MessageEventView, (), (at, from, to, attempt, reason, detail))

struct MessageWithEvents : MessageView {
  std::vector<MessageEventView> events; // oldest first
};
BOOST_DESCRIBE_STRUCT(MessageWithEvents, (MessageView), (events))

struct WhyItemView {
  RuleId rule_id;
  std::string rule_name;
  domain::MessageKind kind = domain::MessageKind::reminder;
  Instant at;
  std::optional<Instant> not_before;
  std::string verdict;
  std::optional<std::string> reason;
  std::optional<MessageWithEvents> message;
};
BOOST_DESCRIBE_STRUCT(WhyItemView, (), (rule_id, rule_name, kind, at, not_before, verdict, reason, message))

struct WhyView {
  SubscriptionId subscription_id;
  Date date;
  Date due_on;
  std::vector<WhyItemView> data;
};
BOOST_DESCRIBE_STRUCT(WhyView, (), (subscription_id, date, due_on, data))

struct StateCounts {
  std::int64_t planned = 0;
  std::int64_t queued = 0;
  std::int64_t sending = 0;
  std::int64_t unknown = 0;
};
BOOST_DESCRIBE_STRUCT(StateCounts, (), (planned, queued, sending, unknown))

struct ChannelQueueView {
  std::optional<ChannelId> channel_id; // none: messages without a usable channel
  StateCounts states;
};
BOOST_DESCRIBE_STRUCT(ChannelQueueView, (), (channel_id, states))

struct QueueView {
  bool paused = false;
  StateCounts states;
  std::vector<ChannelQueueView> channels;
  double rate_per_minute = 0; // accepted within the last minute
  std::optional<std::int64_t> eta_s;
  std::optional<Instant> oldest; // since when the oldest queued message could have gone
  std::optional<std::int64_t> oldest_age_s;
};
BOOST_DESCRIBE_STRUCT(QueueView, (), (paused, states, channels, rate_per_minute, eta_s, oldest, oldest_age_s))

MessageView view_of(const storage::MessageRow& row);
MessageWithEvents view_of(const storage::MessageRow& row,
                          const std::vector<storage::MessageEventRow>& events);
WhyView view_of(const services::reminders::Why& why);
QueueView view_of(const services::messages::QueueFigures& figures);

} // namespace renova::api

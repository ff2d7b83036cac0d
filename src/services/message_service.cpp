#include "services/message_service.hpp"

#include "base/json.hpp"
#include "domain/field_errors.hpp"
#include "domain/reminder.hpp"
#include "domain/text_rules.hpp"
#include "services/channel_choice.hpp"
#include "services/live.hpp"
#include "services/sending_calendar.hpp"
#include "services/templates.hpp"
#include "storage/planner_store.hpp"
#include "storage/sender_store.hpp"

#include <algorithm>
#include <utility>

namespace renova::services::messages {
namespace {

using domain::MessageEvent;
using domain::MessageReason;
using domain::MessageState;
using storage::MessageMove;
using storage::MessageRow;
using storage::TenantTransaction;
namespace store = storage::message_store;

Error not_found() { return Error(ErrorCode::not_found, "no such message"); }

// What listeners of live events get about a message.
std::string live_data(const MessageRow& row, MessageState state) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("id", row.id);
  if (!row.client_id.is_nil()) writer.field("client_id", row.client_id);
  writer.field("state", to_text(state));
  writer.field("kind", to_text(row.kind));
  writer.end_object();
  return out;
}

void announce_queue(TenantTransaction& tx) { announce(tx, "queue_updated", "{}"); }

result<void> audit(TenantTransaction& tx, const Actor& actor, std::string_view action, const MessageRow& row,
                   std::string_view state, Instant now) {
  return record(tx, now, actor,
                {action, "message", row.id.str(), R"({"state":)" + json_quoted(to_text(row.state)) + "}",
                 R"({"state":)" + json_quoted(state) + "}"});
}

result<MessageRow> load(TenantTransaction& tx, MessageId id) {
  TRY(auto row, store::get(tx, id));
  if (!row) return not_found();
  return std::move(*row);
}

// Applies an owner's decision; conflict when the state machine does not know it from here, or somebody was
// faster.
result<MessageRow> decide(TenantTransaction& tx, const Actor& actor, const MessageRow& row,
                          MessageEvent event, MessageMove move, std::string_view action, Instant now) {
  auto to = domain::next(row.state, event);
  Error refused(ErrorCode::conflict, "the message is " + std::string(to_text(row.state)));
  refused.about = std::string(to_text(row.state));
  if (!to) return refused;
  move.to = *to;
  TRY(bool moved, store::move(tx, row, move, now));
  if (!moved) return refused;
  TRY_DO(audit(tx, actor, action, row, to_text(*to), now));
  TRY(auto after, load(tx, row.id));
  announce(tx, *to == MessageState::queued ? "message_queued" : "queue_updated", live_data(after, *to));
  return after;
}

bool reminders_only(MessageReason reason) {
  return reason == MessageReason::paid || reason == MessageReason::renewed ||
         reason == MessageReason::muted || reason == MessageReason::due_date_changed;
}

result<int> cancel_all(TenantTransaction& tx, const std::vector<MessageRow>& rows, MessageReason reason,
                       Instant now) {
  int cancelled = 0;
  for (const auto& row : rows) {
    TRY(bool moved, store::move(tx, row, {MessageState::cancelled, reason, {}, {}}, now));
    if (moved) ++cancelled;
  }
  if (cancelled > 0) announce_queue(tx);
  return cancelled;
}

result<int> revive_all(TenantTransaction& tx, const std::vector<MessageRow>& rows, Instant now) {
  int revived = 0;
  for (const auto& row : rows) {
    if (now - row.not_before > domain::kCatchUp) continue;
    TRY(bool moved, store::move(tx, row, {MessageState::queued, MessageReason::none, {}, {}}, now));
    if (moved) ++revived;
  }
  if (revived > 0) announce_queue(tx);
  return revived;
}

result<void> check_text(const NewMessage& message, domain::FieldErrors& errors, MessageRow& row) {
  if (message.body.has_value() == message.template_id.has_value()) {
    errors.add("/body", "required", "give exactly one of body and template_id");
  } else if (message.body) {
    if (auto text = errors.take("/body", domain::parse_body(*message.body))) row.body = std::move(*text);
  }
  return {};
}

result<void> check_template(TenantTransaction& tx, const NewMessage& message, domain::FieldErrors& errors,
                            MessageRow& row) {
  if (!message.template_id) return {};
  TRY(auto found, storage::template_store::get(tx, *message.template_id));
  if (!found) {
    errors.add("/template_id", "not_found", "no such template");
  } else if (found->stopped_reason) {
    errors.add("/template_id", "stopped", "the gateway refused this template");
  } else {
    row.template_id = found->id;
    if (message.kind == domain::MessageKind::manual) row.kind = found->kind;
  }
  return {};
}

result<void> check_channel(TenantTransaction& tx, const NewMessage& message, domain::FieldErrors& errors,
                           MessageRow& row) {
  TRY(auto channels, storage::planner_store::channels(tx));
  if (!message.channel) {
    row.channel_id = choose_channel({}, channels);
    if (!row.channel_id) row.detail = std::string(to_text(MessageReason::no_channel));
    return {};
  }
  auto found = std::find_if(channels.begin(), channels.end(),
                            [&](const auto& channel) { return channel.id == *message.channel; });
  if (found == channels.end()) {
    errors.add("/channel_id", "not_found", "no such channel");
  } else if (!found->enabled) {
    errors.add("/channel_id", "disabled", "this channel is disabled");
  } else {
    row.channel_id = *message.channel;
  }
  return {};
}

result<void> check_time(TenantTransaction& tx, const NewMessage& message, domain::FieldErrors& errors,
                        MessageRow& row, Instant now) {
  row.priority = message.priority.value_or(domain::priority_of(message.kind));
  if (row.priority < 0 || row.priority > domain::kMaxPriority) {
    errors.add("/priority", "out_of_range", "must be from 0 to 9; smaller goes first");
  }
  Instant wanted = std::max(now, message.not_before.value_or(now));
  if (wanted - now > kMaxDelay) errors.add("/not_before", "out_of_range", "must be within a year");
  row.not_before = wanted;
  if (!errors.empty() || message.kind == domain::MessageKind::test) return {};
  TRY(row.not_before, in_window(tx, wanted));
  return {};
}

result<void> check_client(const std::optional<storage::MessageClientRow>& client) {
  if (!client || client->erased_at || !client->phone) return Error(ErrorCode::not_found, "no such client");
  if (client->archived_at) return Error(ErrorCode::conflict, "the client is archived");
  if (client->opted_out_at) return Error(ErrorCode::conflict, "the client wants no more messages");
  return {};
}

result<MessageRow> insert(TenantTransaction& tx, MessageRow row, Instant now) {
  row.id = MessageId::make(now);
  row.created_at = now;
  row.updated_at = now;
  // Only what lies ahead because somebody wants it so is a plan; what waits for a window is in the queue.
  TRY_DO(store::insert(tx, row));
  announce(tx, "message_queued", live_data(row, row.state));
  return row;
}

} // namespace

result<MessageRow> create(TenantTransaction& tx, const Actor& actor, const NewMessage& message, Instant now) {
  TRY(auto client, store::client_of(tx, message.client));
  TRY_DO(check_client(client));
  MessageRow row;
  row.client_id = message.client;
  row.recipient = *client->phone;
  row.kind = message.kind;
  domain::FieldErrors errors;
  TRY_DO(check_text(message, errors, row));
  TRY_DO(check_template(tx, message, errors, row));
  TRY_DO(check_channel(tx, message, errors, row));
  TRY_DO(check_time(tx, message, errors, row, now));
  if (message.subscription) {
    TRY(auto owner, storage::template_store::client_of(tx, *message.subscription));
    if (owner != message.client)
      errors.add("/subscription_id", "not_found", "the client has no such subscription");
  }
  TRY_DO(errors.finish());
  row.subscription_id = message.subscription;
  if (row.template_id && !row.subscription_id) {
    TRY(row.subscription_id, store::first_subscription(tx, message.client));
  }
  bool ahead = message.not_before && *message.not_before > now;
  row.state = ahead ? MessageState::planned : MessageState::queued;
  TRY(auto made, insert(tx, std::move(row), now));
  TRY_DO(
      record(tx, now, actor, {"message_created", "message", made.id.str(), {}, live_data(made, made.state)}));
  return made;
}

result<std::optional<MessageId>> enqueue_kind(TenantTransaction& tx, domain::MessageKind kind,
                                              ClientId client, SubscriptionId subscription, Instant now) {
  TRY(auto facts, store::client_of(tx, client));
  if (check_client(facts).has_error()) return std::optional<MessageId>();
  TRY(auto templates, storage::sender_store::templates(tx));
  bool wanted = std::any_of(templates.begin(), templates.end(), [&](const auto& row) {
    return row.kind == kind && row.enabled && !row.stopped_reason;
  });
  if (!wanted) return std::optional<MessageId>();
  MessageRow row;
  row.client_id = client;
  row.subscription_id = subscription;
  row.recipient = *facts->phone;
  row.kind = kind;
  row.priority = domain::priority_of(kind);
  TRY(row.not_before, in_window(tx, now));
  TRY(auto channels, storage::planner_store::channels(tx));
  row.channel_id = choose_channel({}, channels);
  if (!row.channel_id) row.detail = std::string(to_text(MessageReason::no_channel));
  TRY(auto made, insert(tx, std::move(row), now));
  return std::optional(made.id);
}

result<MessageRow> cancel(TenantTransaction& tx, const Actor& actor, MessageId id, Instant now) {
  TRY(auto row, load(tx, id));
  return decide(tx, actor, row, MessageEvent::cancel, {{}, MessageReason::by_user, {}, {}},
                "message_cancelled", now);
}

result<MessageRow> retry(TenantTransaction& tx, const Actor& actor, MessageId id, Instant now) {
  TRY(auto row, load(tx, id));
  auto event = row.state == MessageState::planned ? MessageEvent::enqueue : MessageEvent::retry;
  TRY(Instant not_before, in_window(tx, now));
  return decide(tx, actor, row, event, {{}, MessageReason::none, "retry", not_before}, "message_retried",
                now);
}

std::string_view to_text(Resolution resolution) {
  switch (resolution) {
    case Resolution::sent:
      return "sent";
    case Resolution::resend:
      return "resend";
    case Resolution::drop:
      return "drop";
  }
  return "";
}

bool from_text(std::string_view text, Resolution& out) {
  for (auto one : {Resolution::sent, Resolution::resend, Resolution::drop}) {
    if (text == to_text(one)) return out = one, true;
  }
  return false;
}

result<MessageRow> resolve(TenantTransaction& tx, const Actor& actor, MessageId id, Resolution as,
                           Instant now) {
  TRY(auto row, load(tx, id));
  switch (as) {
    case Resolution::sent:
      return decide(tx, actor, row, MessageEvent::resolve_sent, {{}, MessageReason::none, "by_user", {}},
                    "message_resolved", now);
    case Resolution::resend: {
      TRY(Instant not_before, in_window(tx, now));
      return decide(tx, actor, row, MessageEvent::resolve_resend,
                    {{}, MessageReason::none, "by_user", not_before}, "message_resolved", now);
    }
    case Resolution::drop:
      break;
  }
  return decide(tx, actor, row, MessageEvent::resolve_drop, {{}, MessageReason::by_user, {}, {}},
                "message_resolved", now);
}

result<int> cancel_open(TenantTransaction& tx, ClientId client, MessageReason reason, Instant now) {
  TRY(auto rows, store::open_of_client(tx, client, reminders_only(reason)));
  return cancel_all(tx, rows, reason, now);
}

result<int> cancel_open(TenantTransaction& tx, SubscriptionId subscription, MessageReason reason,
                        Instant now) {
  TRY(auto rows, store::open_of_subscription(tx, subscription, reminders_only(reason)));
  return cancel_all(tx, rows, reason, now);
}

result<int> revive(TenantTransaction& tx, ClientId client, MessageReason reason, Instant now) {
  TRY(auto rows, store::stopped_of_client(tx, client, reason));
  return revive_all(tx, rows, now);
}

result<int> revive(TenantTransaction& tx, SubscriptionId subscription, MessageReason reason, Instant now) {
  TRY(auto rows, store::stopped_of_subscription(tx, subscription, reason));
  return revive_all(tx, rows, now);
}

result<QueueFigures> queue_figures(TenantTransaction& tx, Instant now) {
  TRY(auto tenant, sending_tenant(tx));
  TRY(auto counts, store::open_counts(tx));
  TRY(auto attempts, store::attempts_since(tx, now - std::chrono::minutes(1)));
  QueueFigures out;
  out.paused = tenant.queue_paused;
  out.rate_per_minute = static_cast<double>(attempts);
  for (const auto& count : counts) {
    auto channel = std::find_if(out.channels.begin(), out.channels.end(),
                                [&](const auto& one) { return one.channel == count.channel_id; });
    if (channel == out.channels.end()) {
      channel = out.channels.insert(channel, ChannelQueue{count.channel_id, 0, 0, 0, 0});
    }
    auto add = [&](std::int64_t& total, std::int64_t& own) { total += count.n, own += count.n; };
    if (count.state == MessageState::planned) add(out.planned, channel->planned);
    if (count.state == MessageState::sending) add(out.sending, channel->sending);
    if (count.state == MessageState::unknown) add(out.unknown, channel->unknown);
    if (count.state != MessageState::queued) continue;
    add(out.queued, channel->queued);
    if (!out.oldest || count.oldest < *out.oldest) out.oldest = count.oldest;
  }
  if (out.oldest) out.oldest_age_s = std::max<std::int64_t>(0, (now - *out.oldest) / std::chrono::seconds(1));
  if (attempts > 0) out.eta_s = out.queued * 60 / attempts;
  return out;
}

result<void> set_queue_paused(TenantTransaction& tx, const Actor& actor, bool paused, Instant now) {
  TRY_DO(store::set_queue_paused(tx, paused));
  TRY_DO(record(tx, now, actor, {paused ? "queue_paused" : "queue_resumed", "queue", "", {}, {}}));
  announce(tx, "queue_updated", std::string(R"({"paused":)") + (paused ? "true}" : "false}"));
  return {};
}

result<Instant> in_window(TenantTransaction& tx, Instant at) {
  TRY(auto tenant, sending_tenant(tx));
  TRY(auto calendar, calendar_of(tenant));
  auto window = domain::next_window(at, calendar);
  if (!window) return field_error("/not_before", "no_window", "no sending window opens within 400 days");
  return *window;
}

} // namespace renova::services::messages

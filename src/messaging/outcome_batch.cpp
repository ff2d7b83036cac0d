#include "messaging/outcome_batch.hpp"

#include "base/json.hpp"
#include "services/channels.hpp"
#include "services/clients.hpp"
#include "services/live.hpp"

namespace renova::messaging {
namespace {

using domain::MessageState;
using storage::TenantTransaction;
namespace store = storage::sender_store;

std::string_view event_of(MessageState state) {
  switch (state) {
    case MessageState::accepted:
      return "message_sent";
    case MessageState::failed:
      return "message_failed";
    case MessageState::unknown:
      return "message_unknown";
    default:
      return "queue_updated";
  }
}

std::string live_data(const Outcome& outcome) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("id", outcome.message);
  if (!outcome.client.is_nil()) writer.field("client_id", outcome.client);
  writer.field("state", to_text(outcome.to));
  if (outcome.reason != domain::MessageReason::none) writer.field("reason", to_text(outcome.reason));
  writer.end_object();
  return out;
}

result<void> follow_up(TenantTransaction& tx, const Outcome& outcome, Instant now) {
  if (outcome.first_sent) TRY_DO(store::note_first_sent(tx, outcome.channel, now));
  if (!outcome.whatsapp_id.empty() && !outcome.client.is_nil()) {
    TRY_DO(store::note_whatsapp_id(tx, outcome.client, outcome.whatsapp_id));
  }
  if (outcome.opt_out && !outcome.client.is_nil()) {
    TRY_DO(opt_out(tx, outcome.client, "gateway", now));
  }
  if (outcome.stop_template) {
    TRY_DO(store::stop_template(tx, *outcome.stop_template, outcome.detail, now));
  }
  if (outcome.pause_channel) {
    TRY_DO(pause_channel(tx, outcome.channel, outcome.detail, outcome.pause_until, now));
  }
  return {};
}

} // namespace

result<void> record_all(storage::Transaction& tx, OutcomeBatch& batch) {
  batch.refused = 0;
  for (const auto& outcome : batch.outcomes) {
    TenantTransaction tenant = tx.tenant(storage::TenantScope(outcome.tenant)); // we claimed this message
    storage::OutcomeRow row{outcome.message,    outcome.attempt,    outcome.fence,
                            outcome.to,         outcome.reason,     outcome.detail,
                            outcome.gateway_id, outcome.not_before, outcome.give_back};
    TRY(bool recorded, store::record(tenant, row, batch.now));
    if (!recorded) ++batch.refused;
    TRY_DO(follow_up(tenant, outcome, batch.now));
    if (recorded) services::announce(tenant, std::string(event_of(outcome.to)), live_data(outcome));
  }
  return {};
}

result<void> opt_out(TenantTransaction& tx, ClientId client, std::string_view how, Instant now) {
  services::Actor actor = services::Actor::system();
  actor.name = "renova: " + std::string(how);
  services::ClientPatch patch;
  patch.opt_out = true;
  // One that is gone, or opted out already, is no trouble.
  auto done = services::clients::update(tx, actor, client, patch, std::nullopt, now);
  if (done.has_error() && done.error().code != ErrorCode::not_found) return done.error();
  return {};
}

result<void> pause_channel(TenantTransaction& tx, ChannelId channel, std::string_view reason,
                           std::optional<Instant> until, Instant now) {
  TRY_DO(store::pause_channel(tx, channel, reason.empty() ? "gateway" : reason, until, now));
  TRY_DO(services::record(
      tx, now, services::Actor::system(),
      {"channel_paused", "channel", channel.str(), {}, R"({"reason":)" + json_quoted(reason) + "}"}));
  services::announce(tx, "channel_updated", channel);
  return {};
}

} // namespace renova::messaging

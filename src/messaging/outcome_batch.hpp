// The database's part of an outcome.
#pragma once

#include "domain/outcome.hpp"
#include "storage/sender_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace renova::messaging {

// What became of one hand-over, with everything that follows from it.
struct Outcome {
  TenantId tenant;
  ChannelId channel;
  MessageId message;
  ClientId client;
  domain::MessageKind kind = domain::MessageKind::manual;
  int attempt = 1;
  std::int64_t fence = 0;
  domain::MessageState to = domain::MessageState::queued;
  domain::MessageReason reason = domain::MessageReason::none;
  std::string detail;
  std::string gateway_id;
  std::string whatsapp_id; // the vendor's form of the address, when it differs
  std::optional<Instant> not_before;
  bool give_back = false; // the attempt does not count
  bool opt_out = false;   // the recipient asked for no more
  std::optional<TemplateId> stop_template;
  bool pause_channel = false;
  std::optional<Instant> pause_until;
  bool first_sent = false; // of the channel
};

struct OutcomeBatch {
  std::vector<Outcome> outcomes;
  Instant now;
  int refused = 0; // out: not ours any more
};

// Records all; may run more than once.
result<void> record_all(storage::Transaction& tx, OutcomeBatch& batch);

// A recipient asked for no more messages: opt-out, what waits is cancelled, the timeline says so.
result<void> opt_out(storage::TenantTransaction& tx, ClientId client, std::string_view how, Instant now);
// A channel must stop; its owner is told.
result<void> pause_channel(storage::TenantTransaction& tx, ChannelId channel, std::string_view reason,
                           std::optional<Instant> until, Instant now);

} // namespace renova::messaging

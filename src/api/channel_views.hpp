// What goes in and out of /api/v1/channels.
#pragma once

#include "api/json_map.hpp"
#include "api/page.hpp"
#include "services/channels.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace renova::api {

struct PacingView {
  std::int64_t min_gap_ms = 0;
  std::int64_t jitter_ms = 0;
  std::optional<std::int64_t> per_minute;
  std::optional<std::int64_t> per_hour;
  std::optional<std::int64_t> per_day;
  bool warm_up = false;
  std::int64_t concurrency = 32;
};
BOOST_DESCRIBE_STRUCT(PacingView, (),
                      (min_gap_ms, jitter_ms, per_minute, per_hour, per_day, warm_up, concurrency))

struct BreakerView {
  std::int64_t failures = 5;
  std::int64_t recovery_s = 60;
};
BOOST_DESCRIBE_STRUCT(BreakerView, (), (failures, recovery_s))

// config, pacing and breaker are read by services::channel_config, which knows each type's settings.
struct ChannelInput {
  std::string name;
  std::string type; // "simulator", "cloud_api"
  std::optional<bool> enabled;
  std::optional<Raw> config;
  std::optional<Raw> pacing;
  std::optional<Raw> breaker;
};
BOOST_DESCRIBE_STRUCT(ChannelInput, (), (name, type, enabled, config, pacing, breaker))

struct ChannelPatchInput {
  PatchRequired<std::string> name;
  PatchRequired<domain::ChannelType> type; // only as it is: a channel does not change its kind
  PatchRequired<bool> enabled;
  PatchRequired<Raw> config;
  Patch<Raw> pacing;
  Patch<Raw> breaker;
};
BOOST_DESCRIBE_STRUCT(ChannelPatchInput, (), (name, type, enabled, config, pacing, breaker))

struct ChannelView {
  ChannelId id;
  std::string name;
  domain::ChannelType type = domain::ChannelType::simulator;
  bool enabled = true;
  Raw config; // secrets are {"set":true} or {"set":false}
  PacingView pacing;
  BreakerView breaker;
  bool paused = false;
  std::optional<std::string> pause_reason;
  std::optional<Instant> paused_until;
  std::string webhook_url; // what the vendor is told
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(ChannelView, (),
                      (id, name, type, enabled, config, pacing, breaker, paused, pause_reason, paused_until,
                       webhook_url, version, created_at, updated_at))

struct ChannelsQuery : PageQuery {
  std::optional<domain::ChannelType> type;
  std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(ChannelsQuery, (PageQuery), (type, enabled))

struct DeleteChannelQuery {
  std::optional<ChannelId> move_to;
  std::optional<bool> cancel;
};
BOOST_DESCRIBE_STRUCT(DeleteChannelQuery, (), (move_to, cancel))

// The number under either name: the one of clients, or the one of messages.
struct TestInput {
  std::optional<std::string> phone;
  std::optional<std::string> to;
  std::optional<std::string> body;
};
BOOST_DESCRIBE_STRUCT(TestInput, (), (phone, to, body))

struct QrView {
  bool required = false; // this type is paired by scanning a code
  std::optional<std::string> qr;
};
BOOST_DESCRIBE_STRUCT(QrView, (), (required, qr))

struct LeaseView {
  std::string instance;
  Instant expires_at;
};
BOOST_DESCRIBE_STRUCT(LeaseView, (), (instance, expires_at))

struct LastErrorView {
  MessageId message_id;
  std::string state;
  std::optional<std::string> reason;
  std::optional<std::string> detail;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(LastErrorView, (), (message_id, state, reason, detail, at))

struct ChannelHealthView {
  std::string state; // usable, disabled, paused, queue_paused, circuit_open
  bool usable = false;
  std::optional<std::string> detail;
  std::optional<std::string> party;
  std::optional<domain::CircuitState> circuit;
  std::optional<LeaseView> lease;
  std::map<std::string, std::int64_t> today; // messages by state
  std::optional<Instant> oldest_queued;
  std::optional<LastErrorView> last_error;
  bool webhook_ready = false;
};
BOOST_DESCRIBE_STRUCT(ChannelHealthView, (),
                      (state, usable, detail, party, circuit, lease, today, oldest_queued, last_error,
                       webhook_ready))

ChannelView view_of(const services::Channel& channel, const std::string& public_url);
ChannelHealthView view_of(const services::channels::Health& health);

// Errors: wrong_type at /config, /pacing or /breaker, unless each is an object.
result<services::channels::NewChannel> new_channel_of(const ChannelInput& input);
result<services::channels::ChannelPatch> patch_of(const ChannelPatchInput& input);

} // namespace renova::api

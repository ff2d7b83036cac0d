// Channels: the numbers and accounts that a tenant sends from. Secrets go in and never come out.
#pragma once

#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/breaker.hpp"
#include "domain/message.hpp"
#include "domain/openings.hpp"
#include "domain/pacing.hpp"
#include "services/audit.hpp"
#include "services/channel_config.hpp"
#include "storage/channel_store.hpp"
#include "storage/message_store.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace renova::services {

struct Channel {
  ChannelId id;
  std::string name;
  domain::ChannelType type = domain::ChannelType::simulator;
  bool enabled = true;
  boost::json::object config; // as shown: secrets are {"set":bool}
  domain::PacingPolicy pacing;
  domain::BreakerPolicy breaker;
  bool paused = false;
  std::optional<std::string> pause_reason;
  std::optional<Instant> paused_until;
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};

namespace channels {

inline constexpr std::int64_t kMaxChannels = 50; // of one tenant
inline constexpr int kCancelMax = 10'000;        // messages that one deletion may cancel
inline constexpr std::string_view kPausedByUser = "by_user";

struct Context {
  const SecretBox& secrets;
  channel_config::Rules rules;
};

struct NewChannel {
  std::string name;
  std::string type; // "simulator", "cloud_api"; another is unsupported at /type
  bool enabled = true;
  boost::json::object config;
  boost::json::object pacing; // merge patches on the type's defaults
  boost::json::object breaker;
};
// Absent members stay as they are; the objects are merge patches, and null ones give the type's default.
struct ChannelPatch {
  std::optional<std::string> name;
  std::optional<domain::ChannelType> type; // must be the present one
  std::optional<bool> enabled;
  std::optional<boost::json::object> config;
  std::optional<std::optional<boost::json::object>> pacing;
  std::optional<std::optional<boost::json::object>> breaker;
};

// Errors: validation_failed (/name, /type, /config/…, /pacing/…, /breaker/…), limit_exceeded.
result<Channel> create(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                       const Context& context, const NewChannel& channel);
// Error: not_found.
result<Channel> get(storage::TenantTransaction& tx, const Context& context, ChannelId id);
result<std::vector<Channel>> list(storage::TenantTransaction& tx, const Context& context,
                                  const storage::ChannelPageQuery& query);
// Of all pages.
result<std::int64_t> count(storage::TenantTransaction& tx, const storage::ChannelPageQuery& query);
// Errors: not_found, version_mismatch, validation_failed.
result<Channel> update(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                       const Context& context, ChannelId id, std::optional<std::int64_t> expected,
                       const ChannelPatch& patch);

// What becomes of the messages that wait in a channel which goes away.
struct Farewell {
  std::optional<ChannelId> move_to; // another channel takes them, and its place in rules
  bool cancel = false;              // they are cancelled
};
// Errors: not_found, version_mismatch, validation_failed at move_to (no such channel, or this one), conflict:
// messages are open or a rule names it (`about`: the rule) and the farewell says nothing of it; or a message
// is being handed over.
result<void> remove(storage::TenantTransaction& tx, Instant now, const Actor& actor, ChannelId id,
                    std::optional<std::int64_t> expected, const Farewell& farewell);

// Stops handing over (what waits stays), and goes on. Error: not_found.
result<Channel> pause(storage::TenantTransaction& tx, Instant now, const Actor& actor, const Context& context,
                      ChannelId id);
result<Channel> resume(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                       const Context& context, ChannelId id);
// Brings a channel into use: enabled and not paused. The types of this program have no session to open, so
// that is all; what stands in the way is in its health. Error: not_found.
result<Channel> connect(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                        const Context& context, ChannelId id);

// Puts a test message (kind test) for `phone` (any human form) into this channel's queue; it goes out at
// once, whatever the sending windows say. Errors: not_found, validation_failed at /phone, /body, conflict
// (channel disabled or paused).
result<storage::MessageRow> send_test(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                                      ChannelId id, std::string_view phone, std::optional<std::string> body);

struct LastError {
  MessageId message;
  std::string state;
  std::optional<std::string> reason;
  std::optional<std::string> detail;
  Instant at;
};
struct Health {
  bool usable = false;
  std::string reason; // why not: disabled, paused, queue_paused, circuit_open; empty: usable
  std::string detail; // the same in English
  std::string party;  // scheme, host and port; empty: the type has none
  std::optional<domain::CircuitState> circuit;   // of that party; none: not called yet
  std::optional<storage::ChannelLeaseRow> lease; // who sends for it now
  std::vector<storage::StateCountRow> today;     // what was created since the tenant's midnight
  std::optional<Instant> oldest_queued;          // since when the oldest message that could go waits
  std::optional<LastError> last_error;           // within 7 days
  bool webhook_ready = false;                    // receipts can come in
};
using CircuitOf = std::function<std::optional<domain::CircuitState>(const std::string& party)>;
// Error: not_found.
result<Health> health(storage::TenantTransaction& tx, Instant now, const Context& context, ChannelId id,
                      const CircuitOf& circuit_of);

// A row's settings with its secrets opened. Error: internal (another key, or a damaged row).
result<channel_config::Config> open_config(const storage::ChannelRow& row, const SecretBox& secrets);
// Stored pacing and breaker. Error: internal.
result<domain::PacingPolicy> read_pacing(const storage::ChannelRow& row);
result<domain::BreakerPolicy> read_breaker(const storage::ChannelRow& row);

} // namespace channels
} // namespace renova::services

// Webhooks of gateways: verified, stored, answered; understood later by the engine (PROTOCOLS.md §0.3).
#pragma once

#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "messaging/gateway/gateway.hpp"
#include "storage/database.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace renova::messaging::hooks {

inline constexpr std::size_t kBodyMax = 4 * 1024 * 1024; // bytes

struct Dependencies {
  storage::Database& database;
  Clock& clock;
  Metrics& metrics;
  const SecretBox& secrets;
  std::function<void()> stored; // Engine::inbox_arrived
};

// GET: the vendor checks that the address is ours. `query_value` gives a decoded query parameter by its exact
// name
// ("hub.mode"), or nothing. The answer is the body for 200 text/plain.
// Errors: not_found (no such channel, or its type has no webhooks), forbidden (wrong token or mode).
using QueryValue = std::function<std::optional<std::string>(std::string_view name)>;
using Challenge = std::function<void(result<std::string>)>;
void answer_challenge(const Dependencies& dependencies, ChannelId channel, const QueryValue& query_value,
                      Challenge done);

// POST: checks `signature` (X-Hub-Signature-256) over the raw body, stores its items in one transaction, then
// calls `done`: success means 200, and that everything is on disk. A repeated delivery changes nothing.
// Errors: not_found, unauthenticated (counted, nothing stored), malformed, payload_too_large, unavailable.
void verify_and_store(const Dependencies& dependencies, ChannelId channel, std::string body,
                      std::string signature, std::function<void(result<void>)> done);

// Puts items into the inbox; how many were new. For the simulator, which needs no signature.
result<int> store_items(storage::TenantTransaction& tx, ChannelId channel, std::span<const InboxItem> items,
                        Instant now);

} // namespace renova::messaging::hooks

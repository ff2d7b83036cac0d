// Idempotency-Key: one effect for any number of the same request
// (draft-ietf-httpapi-idempotency-key-header-07).
#pragma once

#include "api/call.hpp"
#include "api/reply.hpp"
#include "api/route.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace renova::api {

inline constexpr std::chrono::hours kIdempotencyLifetime{24};
inline constexpr std::size_t kIdempotencyKeyMax = 255; // characters

// What identifies one request among repetitions.
struct IdempotencyKey {
  std::string principal; // "user:…" or "api_key:…"
  std::string route;     // operation id
  std::string key;
  std::string fingerprint; // SHA-256 of method, target and body
};

// From the header of an unsafe call; none when there is none. Error: malformed, when it is too long or not
// printable ASCII.
result<std::optional<IdempotencyKey>> idempotency_key(const Call& call, std::string_view operation_id);
inline result<std::optional<IdempotencyKey>> idempotency_key(const Call& call, const Route& route) {
  return idempotency_key(call, route.operation_id);
}

// Runs `unit` in this transaction unless the key has been used within its lifetime, and keeps the answer with
// the effect; a repetition gets the kept answer with `Idempotent-Replayed: true`. A unit that fails leaves
// nothing, so that the call can be repeated. Error: idempotency_mismatch, when the key was used for another
// request; those of the unit.
result<Reply> run_once(storage::TenantTransaction& tx, const IdempotencyKey& key, const Unit& unit,
                       Instant now);

} // namespace renova::api

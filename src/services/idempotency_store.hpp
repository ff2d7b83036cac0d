// The kept answers of calls with an Idempotency-Key.
#pragma once

#include "storage/database.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace renova::services {

struct IdempotencyName {
  std::string_view principal;
  std::string_view route;
  std::string_view key;
};
struct IdempotencyRow {
  storage::Bytes fingerprint;
  std::int64_t status = 0;
  std::string headers;
  std::string body;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(IdempotencyRow, (), (fingerprint, status, headers, body, created_at))
struct IdempotencyAnswer {
  std::string_view fingerprint;
  int status = 0;
  std::string_view headers;
  std::string_view body;
};

// True when nobody had the name: it belongs to this transaction. On PostgreSQL a concurrent claim waits for
// the other.
result<bool> claim_idempotency(storage::TenantTransaction& tx, const IdempotencyName& name,
                               std::string_view fingerprint, Instant now);
result<std::optional<IdempotencyRow>> find_idempotency(storage::TenantTransaction& tx,
                                                       const IdempotencyName& name);
result<void> finish_idempotency(storage::TenantTransaction& tx, const IdempotencyName& name,
                                const IdempotencyAnswer& answer, Instant now);

} // namespace renova::services

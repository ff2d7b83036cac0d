// Who may send through a channel (DESIGN.md §5, "Sender").
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace renova::storage {

struct LeaseRequest {
  std::string instance;  // the same after a restart
  Uuid epoch{};          // of this process
  bool at_start = false; // what an earlier epoch of this instance held is taken over at once
  Instant now;
  Instant expires_at;
};

namespace lease_store {

// The new fence, or none while somebody else holds the channel.
result<std::optional<std::int64_t>> take(TenantTransaction& tx, ChannelId channel,
                                         const LeaseRequest& request);
// False when it was taken by somebody else.
result<bool> renew(TenantTransaction& tx, ChannelId channel, const Uuid& epoch, std::int64_t fence,
                   Instant expires_at);
// True while the channel is ours; on PostgreSQL nobody can take it before this transaction ends.
result<bool> holds(TenantTransaction& tx, ChannelId channel, const Uuid& epoch, std::int64_t fence);
result<void> release(TenantTransaction& tx, ChannelId channel, const Uuid& epoch, std::int64_t fence);

} // namespace lease_store
} // namespace renova::storage

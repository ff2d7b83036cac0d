#include "storage/lease_store.hpp"

#include "storage/sql/leases.hpp"

namespace renova::storage::lease_store {

result<std::optional<std::int64_t>> take(TenantTransaction& tx, ChannelId channel,
                                         const LeaseRequest& request) {
  // A lease that ends later than any that is given now was given before the clock was set back.
  Instant absurd = request.expires_at + (request.expires_at - request.now);
  return tx.first<std::int64_t>(sql::lease_take, {{"channel_id", channel},
                                                  {"instance", request.instance},
                                                  {"epoch", request.epoch},
                                                  {"expires_at", request.expires_at},
                                                  {"now", request.now},
                                                  {"absurd", absurd},
                                                  {"at_start", request.at_start}});
}

result<bool> renew(TenantTransaction& tx, ChannelId channel, const Uuid& epoch, std::int64_t fence,
                   Instant expires_at) {
  TRY(auto changed,
      tx.run(sql::lease_renew,
             {{"expires_at", expires_at}, {"channel_id", channel}, {"epoch", epoch}, {"fence", fence}}));
  return changed > 0;
}

result<bool> holds(TenantTransaction& tx, ChannelId channel, const Uuid& epoch, std::int64_t fence) {
  TRY(auto found, tx.first<std::int64_t>(sql::lease_check,
                                         {{"channel_id", channel}, {"epoch", epoch}, {"fence", fence}}));
  return found.has_value();
}

result<void> release(TenantTransaction& tx, ChannelId channel, const Uuid& epoch, std::int64_t fence) {
  TRY_DO(tx.run(sql::lease_release, {{"channel_id", channel}, {"epoch", epoch}, {"fence", fence}}));
  return {};
}

} // namespace renova::storage::lease_store

// What becomes of stored webhook items: receipts move messages forward, opt-outs and warnings are obeyed.
// Idempotent, in any order (PROTOCOLS.md §0.3).
#pragma once

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "messaging/event_loop.hpp"
#include "storage/database.hpp"
#include "storage/inbox_store.hpp"

#include <memory>
#include <string>

namespace renova::messaging {

// A status whose message is not known (yet) is tried again for this long.
inline constexpr Duration kOrphanPatience = std::chrono::hours(1);
inline constexpr Duration kInboxKept = std::chrono::days(30);

// One item; its row is marked done, or as waiting for its message. `opaque_secret` belongs to the keys that
// come back.
result<void> process_item(storage::TenantTransaction& tx, const storage::InboxRow& row,
                          const std::string& opaque_secret, Instant now);

// Up to `limit` items, each under a savepoint: one that cannot be processed is set aside with its problem.
// How many.
result<int> process_inbox(storage::Transaction& tx, bool orphans, int limit, const std::string& opaque_secret,
                          Instant now);

// Keeps processing as items arrive. Lives on the loop.
class Receipts {
 public:
  Receipts(storage::Database& database, Clock& clock, Metrics& metrics, std::shared_ptr<EventLoop> loop,
           std::string opaque_secret);
  void arrived();       // items were stored
  void retry_orphans(); // and from now on again and again

 private:
  void run(bool orphans);

  storage::Database& database_;
  Clock& clock_;
  std::shared_ptr<EventLoop> loop_;
  std::string opaque_secret_;
  Metrics::Counter& processed_;
  bool running_ = false;
  bool again_ = false;
  bool orphans_again_ = false;
  Instant next_orphans_{INT64_MIN};
};

} // namespace renova::messaging

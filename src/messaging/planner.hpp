// The planner: turns what is due into rows of the queue. A thread of its own; every transaction is short.
#pragma once

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "storage/database.hpp"
#include "storage/planner_store.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace renova::messaging {

struct PlanFigures {
  std::int64_t inserted = 0; // rows, skipped ones included
  std::int64_t promoted = 0;
  std::int64_t routed = 0;
  PlanFigures& operator+=(const PlanFigures& other);
};

// What one tenant is planned from.
struct PlanRequest {
  storage::PlannerTenantRow tenant;
  Instant now;
  std::optional<Instant> since; // planned up to there already; none: look back as far as catch-up goes
  int chunk = 5000;             // subscriptions of one transaction
  std::function<bool()> stop;   // asked between transactions
};

// Plans one tenant; idempotent, and safe on any number of processes at once. Errors: those of the database;
// what was written until then stays.
result<std::int64_t> plan_tenant(storage::Database& database, const PlanRequest& request);

// Gives messages without a usable channel the one that they should have now; how many.
result<std::int64_t> route_messages(storage::TenantTransaction& tx, Instant now);

class Planner {
 public:
  struct Options {
    Duration every = std::chrono::minutes(1);
    int chunk = 5000;
  };
  // `after_run` is called on the planner's thread after each run.
  Planner(storage::Database& database, Clock& clock, Metrics& metrics, Options options,
          std::function<void(const PlanFigures&)> after_run);
  ~Planner(); // ends a run under way after its present transaction

  void start();
  void stop();

  // A run that begins after this call; `done` on the planner's thread when it has ended, also when planning
  // failed.
  void request(std::function<void()> done = {});
  // Messages of this tenant may have lost their channel, or found one.
  void routes_changed(TenantId tenant);

 private:
  struct Seen {
    std::optional<Instant> planned; // in this process
    Instant persisted{INT64_MIN / 2};
    std::string signature; // of settings and rules
  };
  void loop();
  PlanFigures run();
  result<std::int64_t> run_tenant(const storage::PlannerTenantRow& tenant, Instant now);
  result<std::string> signature(const storage::PlannerTenantRow& tenant, Instant& newest);
  result<void> persist(TenantId tenant, Instant now, Seen& seen, bool wrote);
  void loosen(TenantId tenant, Instant now, PlanFigures& figures);
  bool stopping();

  storage::Database& database_;
  Clock& clock_;
  Options options_;
  std::function<void(const PlanFigures&)> after_run_;
  Metrics::Histogram& run_seconds_;
  Metrics::Counter& planned_total_;
  std::map<TenantId, Seen> seen_; // planner's thread only

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> waiting_;
  std::set<TenantId> reroute_;
  bool requested_ = false;
  bool stopping_ = false;
  Instant last_run_{INT64_MIN / 2};
  std::thread thread_;
};

} // namespace renova::messaging

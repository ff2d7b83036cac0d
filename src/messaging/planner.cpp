#include "messaging/planner.hpp"

#include "base/log.hpp"
#include "messaging/plan_groups.hpp"

#include <algorithm>

namespace renova::messaging {
namespace {

using storage::TenantScope;

// Planning is remembered in the database this often when nothing was due.
constexpr Duration kPersistEvery = std::chrono::minutes(5);
// Real time between two looks at the clock.
constexpr std::chrono::milliseconds kNap{1000};
const std::vector<double> kRunBounds{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60};

} // namespace

PlanFigures& PlanFigures::operator+=(const PlanFigures& other) {
  inserted += other.inserted;
  promoted += other.promoted;
  routed += other.routed;
  return *this;
}

Planner::Planner(storage::Database& database, Clock& clock, Metrics& metrics, Options options,
                 std::function<void(const PlanFigures&)> after_run)
    : database_(database),
      clock_(clock),
      options_(options),
      after_run_(std::move(after_run)),
      run_seconds_(metrics.histogram("planner_run_seconds", "Duration of planning all tenants", kRunBounds)),
      planned_total_(metrics.counter("messages_planned_total",
                                     "Reminders put into the ledger, skipped ones included")) {}

Planner::~Planner() { stop(); }

void Planner::start() {
  thread_ = std::thread([this] { loop(); });
}

void Planner::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Planner::stopping() {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void Planner::request(std::function<void()> done) {
  {
    std::lock_guard lock(mutex_);
    requested_ = true;
    if (done) waiting_.push_back(std::move(done));
  }
  changed_.notify_all();
}

void Planner::routes_changed(TenantId tenant) {
  std::lock_guard lock(mutex_);
  reroute_.insert(tenant);
  requested_ = true;
  changed_.notify_all();
}

void Planner::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    Instant now = clock_.now();
    bool due = now - last_run_ >= options_.every || now < last_run_;
    if (!requested_ && !due) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(options_.every - (now - last_run_));
      changed_.wait_for(lock, std::clamp(left, std::chrono::milliseconds(1), kNap));
      continue;
    }
    requested_ = false;
    last_run_ = now;
    auto waiting = std::exchange(waiting_, {});
    lock.unlock();
    auto began = std::chrono::steady_clock::now();
    PlanFigures figures = run();
    run_seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    planned_total_.add(static_cast<double>(figures.inserted));
    after_run_(figures);
    for (auto& done : waiting) done();
    lock.lock();
  }
  auto waiting = std::exchange(waiting_, {});
  lock.unlock();
  for (auto& done : waiting) done();
}

PlanFigures Planner::run() {
  PlanFigures figures;
  Instant now = clock_.now();
  auto tenants =
      database_.read_now([](storage::Transaction& tx) { return storage::planner_store::tenants(tx); });
  auto loose =
      database_.read_now([](storage::Transaction& tx) { return storage::planner_store::loose_tenants(tx); });
  if (tenants.has_error() || loose.has_error()) {
    log::error("planner_failed",
               {{"error", tenants.has_error() ? tenants.error().detail : loose.error().detail}});
    return figures;
  }
  for (const auto& tenant : *tenants) {
    if (stopping()) return figures;
    auto inserted = run_tenant(tenant, now);
    if (inserted.has_error()) {
      log::error("planner_failed", {{"tenant", tenant.tenant_id}, {"error", inserted.error().detail}});
      continue;
    }
    figures.inserted += *inserted;
  }
  std::set<TenantId> again(loose->begin(), loose->end());
  {
    std::lock_guard lock(mutex_);
    again.insert(reroute_.begin(), reroute_.end());
    reroute_.clear();
  }
  for (const auto& tenant : again) loosen(tenant, now, figures);
  return figures;
}

result<std::string> Planner::signature(const storage::PlannerTenantRow& tenant, Instant& newest) {
  TRY(auto rules, database_.read_now([&](storage::Transaction& tx) {
    auto scoped = tx.tenant(TenantScope(tenant.tenant_id));
    return storage::planner_store::rules(scoped);
  }));
  newest = tenant.updated_at;
  std::string out = std::to_string(tenant.updated_at.us);
  for (const auto& rule : rules) {
    out += ":" + std::to_string(rule.updated_at.us);
    newest = std::max(newest, rule.updated_at);
  }
  return out;
}

// What this process or another has planned already is not looked at again, unless rules or settings changed,
// or the clock was set back.
result<std::int64_t> Planner::run_tenant(const storage::PlannerTenantRow& tenant, Instant now) {
  Seen& seen = seen_[tenant.tenant_id];
  Instant newest;
  TRY(std::string signature_now, signature(tenant, newest));
  PlanRequest request{tenant, now, seen.planned, options_.chunk, [this] { return stopping(); }};
  bool first = !seen.planned;
  if (first) request.since = tenant.planned_at;
  bool changed = first ? request.since && newest > *request.since - std::chrono::minutes(10)
                       : signature_now != seen.signature;
  if (changed || (request.since && *request.since > now)) request.since.reset();
  bool set_back = tenant.planned_at && *tenant.planned_at > now;
  TRY(auto inserted, plan_tenant(database_, request));
  if (stopping()) return inserted;
  seen.planned = now;
  seen.signature = std::move(signature_now);
  TRY_DO(persist(tenant.tenant_id, now, seen, inserted > 0 || set_back));
  return inserted;
}

result<void> Planner::persist(TenantId tenant, Instant now, Seen& seen, bool wrote) {
  if (!wrote && now >= seen.persisted && now - seen.persisted < kPersistEvery) return {};
  TRY_DO(database_.write_now([&](storage::Transaction& tx) {
    auto scoped = tx.tenant(TenantScope(tenant));
    return storage::planner_store::set_watermark(scoped, now);
  }));
  seen.persisted = now;
  return {};
}

void Planner::loosen(TenantId tenant, Instant now, PlanFigures& figures) {
  auto done = database_.write_now([&](storage::Transaction& tx) -> result<PlanFigures> {
    auto scoped = tx.tenant(TenantScope(tenant));
    PlanFigures here;
    TRY(here.promoted, storage::planner_store::promote(scoped, now));
    TRY(here.routed, route_messages(scoped, now));
    return here;
  });
  if (done.has_error()) {
    log::error("planner_failed", {{"tenant", tenant}, {"error", done.error().detail}});
  } else {
    figures += *done;
  }
}

} // namespace renova::messaging

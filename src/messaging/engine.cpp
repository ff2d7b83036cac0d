#include "messaging/engine.hpp"

#include "base/log.hpp"
#include "messaging/event_loop.hpp"
#include "messaging/gateway/cloud_api.hpp"
#include "messaging/gateway/simulator.hpp"
#include "messaging/hooks.hpp"
#include "messaging/planner.hpp"
#include "messaging/receipts.hpp"
#include "messaging/sender.hpp"
#include "services/live.hpp"
#include "storage/inbox_store.hpp"
#include "storage/lease_store.hpp"

#include <array>
#include <future>
#include <mutex>
#include <set>

namespace renova::messaging {
namespace {

using storage::TenantScope;

constexpr Duration kGaugesEvery = std::chrono::seconds(15);
constexpr Duration kPurgeEvery = std::chrono::hours(1);
constexpr int kPurgeMax = 1000; // rows of one transaction
// The simulator's receipts are stored together, this long after the first.
constexpr std::chrono::milliseconds kGather{20};

double system_random() { return static_cast<double>(random_below(1u << 30)) / static_cast<double>(1u << 30); }

} // namespace

struct Engine::Impl : services::LiveSink {
  Impl(EngineDependencies given, EngineOptions wanted)
      : dependencies(std::move(given)),
        options(std::move(wanted)),
        loop(std::make_shared<EventLoop>(dependencies.clock)),
        epoch(make_uuid(dependencies.clock.now())),
        opaque_secret(dependencies.secrets.derive("renova.opaque-key")),
        sender(context()),
        receipts(dependencies.database, dependencies.clock, dependencies.metrics, loop, opaque_secret),
        planner(dependencies.database, dependencies.clock, dependencies.metrics,
                {options.plan_every, options.plan_chunk},
                [this](const PlanFigures& figures) { planned(figures); }) {}

  Sender::Context context() {
    auto random = dependencies.random ? dependencies.random : std::function<double()>(system_random);
    auto gateways = dependencies.gateways
                        ? dependencies.gateways
                        : GatewayFactory([this](std::string_view type, const ChannelConfig& config) {
                            return make_gateway(type, config);
                          });
    return {dependencies.database,
            dependencies.clock,
            dependencies.metrics,
            dependencies.secrets,
            loop,
            options,
            gateways,
            random,
            dependencies.pix_copy,
            epoch,
            opaque_secret,
            [this] { moved(); }};
  }

  std::shared_ptr<Gateway> make_gateway(std::string_view type, const ChannelConfig& config) {
    if (type == "simulator") {
      return make_simulator(config, dependencies.clock, *runner,
                            [this](TenantId tenant, ChannelId channel, InboxItem item) {
                              gather(tenant, channel, std::move(item));
                            });
    }
    if (type == "cloud_api" && dependencies.outgoing != nullptr) {
      return cloud_api::make(config, *dependencies.outgoing);
    }
    return nullptr;
  }

  // --- live events: what others changed ---
  void publish(TenantId tenant, std::string_view type, std::string_view data) override {
    if (type == "channel_updated") {
      planner.routes_changed(tenant);
      loop->post([this] { sender.refresh(); });
      return;
    }
    if (type != "message_queued" && type != "queue_updated") return;
    if (data.find("\"paused\"") != std::string_view::npos) pause_changed = true;
    bool first = false;
    {
      std::lock_guard lock(mutex);
      first = woken.empty();
      woken.insert(tenant);
    }
    if (first) loop->post([this] { wake_tenants(); });
  }
  void wake_tenants() {
    std::set<TenantId> tenants;
    {
      std::lock_guard lock(mutex);
      tenants.swap(woken);
    }
    for (const auto& tenant : tenants) sender.wake(tenant);
    if (pause_changed.exchange(false)) sender.refresh();
  }

  // --- the simulator's receipts ---
  void gather(TenantId tenant, ChannelId channel, InboxItem item) {
    bool first = false;
    {
      std::lock_guard lock(mutex);
      first = gathered.empty();
      gathered[{tenant, channel}].push_back(std::move(item));
    }
    if (first) runner->after(kGather, [this] { store_gathered(); });
  }
  void store_gathered() {
    auto items = std::make_shared<std::map<std::pair<TenantId, ChannelId>, std::vector<InboxItem>>>();
    {
      std::lock_guard lock(mutex);
      items->swap(gathered);
    }
    Instant now = dependencies.clock.now();
    dependencies.database.write(
        [items, now](storage::Transaction& tx) -> result<void> {
          for (const auto& [whose, list] : *items) {
            auto scoped = tx.tenant(TenantScope(whose.first)); // the simulator's own channel
            TRY_DO(hooks::store_items(scoped, whose.second, list, now));
          }
          return {};
        },
        [this, loop = loop](const result<void>& done) {
          if (done.has_error()) log::warning("simulator_receipts_lost", {{"error", done.error().detail}});
          loop->post([this] { receipts.arrived(); });
        });
  }

  // --- planner ---
  void planned(const PlanFigures& figures) {
    if (figures.inserted + figures.promoted + figures.routed > 0) {
      log::info("planned",
                {{"inserted", figures.inserted}, {"promoted", figures.promoted}, {"routed", figures.routed}});
    }
    loop->post([this] { sender.set_ready(true); });
  }

  void moved() {
    loop->post([this] {
      sender.set_ready(false); // nothing goes out before the planner has run for the new instant
      loop->fire_all();
      sender.clock_moved();
      planner.request();
    });
  }

  // --- figures ---
  void gauges() {
    auto totals = std::make_shared<std::vector<storage::StateTotalRow>>();
    dependencies.database.read(
        storage::Database::Cost::scan,
        [totals](storage::Transaction& tx) -> result<void> {
          TRY(*totals, storage::sender_store::state_totals(tx));
          return {};
        },
        [this, loop = loop, totals](const result<void>& done) {
          if (done.has_error()) return;
          loop->post([this, totals] { show(*totals); });
        });
    again(next_gauges, kGaugesEvery, [this] { gauges(); });
  }
  void show(const std::vector<storage::StateTotalRow>& totals) {
    using domain::MessageState;
    auto& metrics = dependencies.metrics;
    Instant now = dependencies.clock.now();
    double queued = 0;
    double age = 0;
    for (auto state :
         {MessageState::planned, MessageState::queued, MessageState::sending, MessageState::unknown}) {
      double n = 0;
      for (const auto& total : totals) {
        if (total.state != state) continue;
        n = static_cast<double>(total.n);
        if (state != MessageState::queued) continue;
        queued = n;
        if (n > 0) age = std::max(0.0, std::chrono::duration<double>(now - total.oldest).count());
      }
      metrics.gauge("messages", "Messages by open state", {{"state", to_text(state)}}).set(n);
    }
    metrics.gauge("messages", "Messages by open state", {{"state", "sending"}})
        .set(static_cast<double>(sender.in_flight()));
    metrics.gauge("queue_size", "Messages that wait to be handed over").set(queued);
    metrics.gauge("queue_oldest_age_seconds", "How long the oldest queued message could have gone").set(age);
    std::array<double, 3> circuits{};
    for (const auto& party : sender.parties()) circuits[static_cast<std::size_t>(party.state)] += 1;
    for (auto state :
         {domain::CircuitState::closed, domain::CircuitState::open, domain::CircuitState::half_open}) {
      metrics.gauge("circuits", "Remote parties by the state of their circuit", {{"state", to_text(state)}})
          .set(circuits[static_cast<std::size_t>(state)]);
    }
  }

  void purge() {
    Instant before = dependencies.clock.now() - kInboxKept;
    for (const auto& [tenant, claimer] : sender.owned()) {
      dependencies.database.write(
          [tenant = tenant, channel = claimer.channel, before](storage::Transaction& tx) -> result<void> {
            auto scoped = tx.tenant(TenantScope(tenant)); // housekeeping of every tenant's channels
            TRY_DO(storage::inbox_store::purge(scoped, channel, before, kPurgeMax));
            return {};
          },
          [](const result<void>&) {});
    }
    again(next_purge, kPurgeEvery, [this] { purge(); });
  }

  void again(Instant& slot, Duration every, std::function<void()> run) {
    Instant next = dependencies.clock.now() + every;
    slot = next;
    loop->at(next, [&slot, next, run = std::move(run)] {
      if (slot == next) run();
    });
  }

  EngineDependencies dependencies;
  EngineOptions options;
  std::shared_ptr<EventLoop> loop;
  Uuid epoch;
  std::string opaque_secret;
  std::optional<DelayedRunner> runner{std::in_place};
  Sender sender;
  Receipts receipts;
  Planner planner;
  std::optional<services::LiveRegistration> registration;
  Clock::Subscription clock_moves;

  std::mutex mutex;
  std::set<TenantId> woken;
  std::map<std::pair<TenantId, ChannelId>, std::vector<InboxItem>> gathered;
  std::atomic<bool> pause_changed{false};
  Instant next_gauges{INT64_MIN};
  Instant next_purge{INT64_MIN};
  bool started = false;
};

Engine::Engine(EngineDependencies dependencies, EngineOptions options)
    : impl_(std::make_unique<Impl>(std::move(dependencies), std::move(options))) {}

Engine::~Engine() {
  impl_->clock_moves = {};
  impl_->registration.reset();
  impl_->loop->stop();
  impl_->planner.stop();
  impl_->runner.reset();
}

void Engine::start() {
  Impl& impl = *impl_;
  impl.started = true;
  impl.registration.emplace(impl);
  impl.clock_moves = impl.dependencies.clock.on_move([&impl] { impl.moved(); });
  impl.loop->start();
  std::promise<void> taken;
  impl.loop->post([&impl, &taken] {
    impl.sender.start([&taken] { taken.set_value(); });
    impl.receipts.arrived();
    impl.receipts.retry_orphans();
    impl.gauges();
    impl.purge();
  });
  taken.get_future().wait();
  impl.planner.start(); // its first run lets the sender go
}

void Engine::stop() {
  Impl& impl = *impl_;
  if (!impl.started) return;
  impl.started = false;
  impl.planner.stop();
  auto stopped = std::make_shared<std::promise<void>>();
  auto future = stopped->get_future();
  impl.loop->post([&impl, stopped] { impl.sender.begin_stop([stopped] { stopped->set_value(); }); });
  if (future.wait_for(impl.options.drain) == std::future_status::timeout) {
    impl.loop->post([&impl] { impl.sender.give_up(); });
    // Outcomes are recorded as long as the database takes them at all.
    if (future.wait_for(std::chrono::seconds(2)) == std::future_status::timeout) {
      log::error("outcomes_left", {});
    }
  }
  impl.clock_moves = {};
  impl.registration.reset();
  impl.loop->stop();
  for (const auto& owned : impl.sender.owned()) {
    const auto& tenant = owned.first; // clang 14 captures no structured binding
    const auto& claimer = owned.second;
    auto released = impl.dependencies.database.write_now([&](storage::Transaction& tx) {
      auto scoped = tx.tenant(TenantScope(tenant)); // a lease of ours
      return storage::lease_store::release(scoped, claimer.channel, claimer.epoch, claimer.fence);
    });
    if (released.has_error()) log::warning("lease_not_released", {{"channel", claimer.channel}});
  }
}

void Engine::plan_now() {
  std::promise<void> done;
  plan_soon([&done] { done.set_value(); });
  done.get_future().wait();
}

void Engine::plan_soon(std::function<void()> done) {
  impl_->planner.request([loop = impl_->loop, done = std::move(done)] {
    if (done) done();
  });
}

void Engine::wake() {
  impl_->planner.request();
  impl_->loop->post([impl = impl_.get()] { impl->sender.refresh(); });
}

void Engine::inbox_arrived() {
  impl_->loop->post([impl = impl_.get()] { impl->receipts.arrived(); });
}

std::vector<Engine::Party> Engine::parties() const { return impl_->sender.parties(); }

} // namespace renova::messaging

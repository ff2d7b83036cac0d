// The sender: every channel's lane, from claim to recorded outcome. All functions run on the loop's thread;
// what the database runs elsewhere gets copies.
#pragma once

#include "domain/breaker.hpp"
#include "messaging/claim_batch.hpp"
#include "messaging/engine.hpp"
#include "messaging/event_loop.hpp"
#include "messaging/lane.hpp"
#include "messaging/outcome_batch.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace renova::messaging {

class Sender {
 public:
  struct Context {
    storage::Database& database;
    Clock& clock;
    Metrics& metrics;
    const SecretBox& secrets;
    std::shared_ptr<EventLoop> loop;
    EngineOptions options;
    GatewayFactory gateways;
    std::function<double()> random;
    PixCopy pix_copy;
    Uuid epoch{};
    std::string opaque_secret;
    std::function<void()> on_jump; // the clock does not show what it should after the time that passed
  };
  explicit Sender(Context context);

  // Looks for channels and takes them over; `done` when that has been tried once. Then again and again by
  // itself.
  void start(std::function<void()> done);
  // Handing over begins (the planner has run) or is held back (it runs for a new instant).
  void set_ready(bool ready);
  // Channels, or what tenants say about sending, have changed.
  void refresh();
  void wake(TenantId tenant);
  void wake_all();
  void clock_moved();

  // No further claims; what was claimed and not handed over goes back. `done` when everything is recorded.
  void begin_stop(std::function<void()> done);
  // What is still in flight becomes unknown; then as above.
  void give_up();

  std::vector<Engine::Party> parties() const; // from any thread
  std::vector<std::pair<TenantId, storage::Claimer>> owned() const;
  std::size_t in_flight() const;

 private:
  struct LeaseRound;
  using Lanes = std::unordered_map<ChannelId, std::unique_ptr<Lane>>;

  // sender_lanes.cpp
  void apply(std::vector<storage::SenderChannelRow> rows);
  void configure(Lane& lane, storage::SenderChannelRow row);
  void lease_round();
  void lease_done(const LeaseRound& round);
  void sweep(Lane& lane);
  void after_refresh();

  // sender.cpp
  Lane* find(ChannelId id);
  bool jumped(Instant now);
  void schedule(Lane& lane, Instant when);
  void step(Lane& lane);
  void step_soon(Lane& lane);
  void count(Lane& lane, const InFlight& flight, const Answer& answer);
  std::optional<int> room(Lane& lane, Instant now, Instant& when);
  int budget(const Lane& lane, Instant now) const;
  domain::Breaker* breaker_of(const Lane& lane);
  void release_probe(Lane& lane);
  void look(Lane& lane, int count, bool only_tests, Instant now);
  void found(ChannelId id, const FindRequest& request, result<Found> outcome);
  void claimed(const std::shared_ptr<ClaimBatch>& batch, const result<void>& committed);
  void launch(Lane& lane, ClaimBatch& batch);
  void hand_over(Lane& lane, Claim& claim);
  void database_failed(Lane& lane, std::string_view during, const Error& error);
  void check_stopped();

  // sender_outcome.cpp
  void answered(ChannelId id, MessageId message, int attempt, Answer answer);
  void judge_channel(Lane& lane, const Answer& answer, const InFlight& flight,
                     const domain::Verdict& verdict);
  void put_back(Lane& lane, const Claim& claim);
  void enqueue(Outcome outcome);
  void flush();
  void flushed(const std::shared_ptr<OutcomeBatch>& batch, const result<void>& committed);

  Context context_;
  Lanes lanes_;
  bool ready_ = false;
  std::optional<Instant> last_now_;
  std::chrono::steady_clock::time_point last_steady_;
  bool first_round_ = true;
  bool refreshing_ = false;
  bool refresh_again_ = false;
  Instant next_refresh_{INT64_MIN};
  std::function<void()> started_;

  std::deque<Outcome> outcomes_;
  std::size_t pending_outcomes_ = 0; // waiting and being written
  bool flushing_ = false;
  bool one_by_one_ = false; // after a batch that the database refused

  bool stopping_ = false;
  std::function<void()> stopped_;

  mutable std::mutex breakers_mutex_;
  std::map<std::string, domain::Breaker> breakers_;

  Metrics::Counter& sent_;
  Metrics::Counter& refused_;
};

} // namespace renova::messaging

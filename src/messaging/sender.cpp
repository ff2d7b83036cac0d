#include "messaging/sender.hpp"

#include "base/log.hpp"
#include "messaging/opaque_key.hpp"

#include <algorithm>

namespace renova::messaging {
namespace {

using domain::CircuitState;
using storage::TenantScope;

// So many outcomes may wait for the database before nothing more is claimed.
constexpr std::size_t kOutcomesMax = 4096;
// A claim's lease in the row, for whoever looks at it by hand: ownership goes by epoch and fence.
constexpr Duration kClaimLease = std::chrono::seconds(30);
constexpr int kWorthwhile = 8; // a share of the concurrency
constexpr Duration kJump = std::chrono::minutes(1);
constexpr Duration kDatabasePause = std::chrono::milliseconds(250);
const Instant kUntilAnswered{INT64_MAX / 2};

} // namespace

Sender::Sender(Context context)
    : context_(std::move(context)),
      sent_(context_.metrics.counter("messages_sent_total", "Messages that a gateway accepted")),
      refused_(context_.metrics.counter("message_outcomes_refused_total",
                                        "Outcomes that came after the channel had changed its owner")) {}

Lane* Sender::find(ChannelId id) {
  auto found = lanes_.find(id);
  return found == lanes_.end() ? nullptr : found->second.get();
}

void Sender::set_ready(bool ready) {
  ready_ = ready;
  if (ready) wake_all();
}

void Sender::wake(TenantId tenant) {
  for (auto& [id, lane] : lanes_) {
    if (lane->tenant != tenant) continue;
    lane->maybe_tests = true;
    step(*lane);
  }
}

void Sender::wake_all() {
  for (auto& [id, lane] : lanes_) {
    lane->maybe_tests = true;
    step(*lane);
  }
}

void Sender::clock_moved() {
  Instant now = context_.clock.now();
  for (auto& [id, lane] : lanes_) {
    if (lane->pacer) lane->pacer->clock_moved(now);
    std::erase_if(lane->held, [&](const auto& entry) { return entry.second != kUntilAnswered; });
  }
  refresh();
}

void Sender::schedule(Lane& lane, Instant when) {
  if (when >= lane.next_at && lane.next_at > context_.clock.now()) return;
  lane.next_at = when;
  context_.loop->at(when, [this, id = lane.id, when] {
    Lane* found = find(id);
    if (found == nullptr || found->next_at != when) return;
    found->next_at = Instant{INT64_MAX};
    step(*found);
  });
}

domain::Breaker* Sender::breaker_of(const Lane& lane) {
  if (lane.party.empty()) return nullptr;
  auto found = breakers_.find(lane.party);
  return found == breakers_.end() ? nullptr : &found->second;
}

std::vector<Engine::Party> Sender::parties() const {
  std::lock_guard lock(breakers_mutex_);
  std::vector<Engine::Party> out;
  for (const auto& [name, breaker] : breakers_) out.push_back({name, breaker.state(context_.clock.now())});
  return out;
}

void Sender::release_probe(Lane& lane) {
  if (!lane.probing) return;
  lane.probing = false;
  std::lock_guard lock(breakers_mutex_);
  if (auto* breaker = breaker_of(lane)) breaker->on_neutral();
}

// How many messages the caps leave room for.
int Sender::budget(const Lane& lane, Instant now) const {
  const auto& policy = lane.pacer->policy();
  if (policy.min_gap_ms > 0 || policy.jitter_ms > 0) return 1;
  int room = context_.options.batch_max;
  auto limit = [&](std::optional<int> cap, Duration window) {
    if (!cap) return;
    auto sent = static_cast<int>(lane.pacer->sent_in(window + domain::kWindowSlack, now));
    room = std::min(room, std::max(0, *cap - sent));
  };
  limit(policy.per_minute, std::chrono::minutes(1));
  limit(policy.per_hour, std::chrono::hours(1));
  limit(policy.per_day, std::chrono::hours(24));
  if (policy.warm_up) {
    limit(domain::warm_up_cap(now - lane.row.channel.first_sent_at.value_or(now)), std::chrono::hours(24));
  }
  return room;
}

// How many messages may be claimed now; nothing when none, and then `when` says when to ask again (INT64_MAX:
// something will wake the lane).
std::optional<int> Sender::room(Lane& lane, Instant now, Instant& when) {
  const auto& row = lane.row;
  when = Instant{INT64_MAX};
  if (stopping_ || !ready_ || lane.fence == 0 || lane.claiming || !lane.gateway || !lane.pacer)
    return std::nullopt;
  if (!row.channel.enabled || row.queue_paused || row.suspended_at) return std::nullopt;
  if (row.channel.paused) {
    if (!row.channel.paused_until) return std::nullopt;
    when = *row.channel.paused_until;
    if (when > now) return std::nullopt;
  }
  if (pending_outcomes_ >= kOutcomesMax) {
    when = now + kDatabasePause;
    return std::nullopt;
  }
  Instant allowed = lane.pacer->next_allowed(now);
  when = allowed > now ? allowed : Instant{INT64_MAX};
  if (allowed > now || !lane.pacer->has_room()) return std::nullopt;
  int concurrency = lane.pacer->policy().concurrency;
  int count = concurrency - static_cast<int>(lane.pacer->in_flight());
  // Many messages share one look and one commit: a few free places wait for more, which answers under way
  // will bring.
  if (count < concurrency / kWorthwhile && !lane.in_flight.empty()) return std::nullopt;
  count = std::min(count, budget(lane, now));
  if (count <= 0) {
    when = now + kDatabasePause;
    return std::nullopt;
  }
  std::lock_guard lock(breakers_mutex_);
  if (auto* breaker = breaker_of(lane)) {
    if (breaker->state(now) == CircuitState::half_open) count = std::min(count, 1);
    if (!breaker->try_acquire(now)) {
      when = breaker->retry_at(now);
      return std::nullopt;
    }
    lane.probing = breaker->state(now) == CircuitState::half_open;
  }
  return count;
}

// A suspended computer wakes up days later, or somebody set the clock: what is queued may be out of date, so
// the planner goes first.
bool Sender::jumped(Instant now) {
  auto steady = std::chrono::steady_clock::now();
  auto passed = std::chrono::duration_cast<Duration>(steady - last_steady_);
  auto shown = last_now_ ? now - *last_now_ : passed;
  last_now_ = now;
  last_steady_ = steady;
  return shown - passed > kJump || passed - shown > kJump;
}

void Sender::step(Lane& lane) {
  Instant now = context_.clock.now();
  if (jumped(now) && ready_ && context_.on_jump) {
    ready_ = false;
    context_.on_jump();
  }
  if (lane.claiming) {
    lane.again = true;
    return;
  }
  Instant when;
  auto count = room(lane, now, when);
  if (!count) {
    if (when.us < INT64_MAX / 2) schedule(lane, std::max(when, now + Duration(1000)));
    return;
  }
  bool open = domain::window_end(now, lane.calendar).has_value();
  if (!open) {
    if (auto next = domain::next_window(now, lane.calendar)) schedule(lane, *next);
    if (!std::exchange(lane.maybe_tests, false)) return release_probe(lane);
  }
  look(lane, *count, !open, now);
}

// After what is in the loop's queue already: many answers, one look.
void Sender::step_soon(Lane& lane) {
  if (std::exchange(lane.stepping, true)) return;
  context_.loop->post([this, id = lane.id] {
    Lane* found = find(id);
    if (found == nullptr) return;
    found->stepping = false;
    step(*found);
  });
}

void Sender::look(Lane& lane, int count, bool only_tests, Instant now) {
  lane.claiming = true;
  lane.again = false;
  std::erase_if(lane.held, [&](const auto& entry) { return entry.second <= now; });
  auto request = std::make_shared<FindRequest>();
  *request = {lane.id, now, count, only_tests, lane.held, lane.templates};
  auto found_rows = std::make_shared<Found>();
  context_.database.read(
      storage::Database::Cost::point,
      [request, found_rows, tenant = lane.tenant](storage::Transaction& tx) -> result<void> {
        auto scoped = tx.tenant(TenantScope(tenant)); // the lane's own tenant
        TRY(*found_rows, find_candidates(scoped, *request));
        return {};
      },
      [this, loop = context_.loop, request, found_rows, id = lane.id](result<void> done) {
        loop->post([this, request, found_rows, id, done = std::move(done)] {
          if (done.has_error()) return found(id, *request, done.error());
          found(id, *request, std::move(*found_rows));
        });
      });
}

void Sender::found(ChannelId id, const FindRequest& request, result<Found> outcome) {
  Lane* lane = find(id);
  if (lane == nullptr) return;
  if (outcome.has_error()) return database_failed(*lane, "find", outcome.error());
  auto batch = std::make_shared<ClaimBatch>();
  batch->tenant = lane->tenant;
  batch->claimer = {lane->id, context_.epoch, lane->fence};
  batch->channel_version = lane->row.channel.version;
  batch->now = context_.clock.now();
  if (!request.only_tests && !domain::window_end(batch->now, lane->calendar)) {
    outcome->candidates.clear(); // the window has closed since
    lane->again = true;
  }
  batch->lease_until = batch->now + kClaimLease;
  if (outcome->templates) lane->templates = outcome->templates;
  for (auto& candidate : outcome->candidates) {
    ComposeInput input{candidate.message,
                       candidate.subject,
                       outcome->tenant,
                       *outcome->templates,
                       outcome->rules,
                       lane->calendar.zone.today(batch->now),
                       batch->now,
                       candidate.newer_rule_waits,
                       lane->row.channel.type == domain::ChannelType::cloud_api,
                       &context_.pix_copy};
    auto made = compose(input);
    if (auto* composed = std::get_if<Composed>(&made)) {
      batch->claims.push_back({std::move(candidate.message), std::move(*composed), false});
    } else {
      batch->stops.push_back({std::move(candidate.message), std::get<NotComposed>(std::move(made))});
    }
  }
  if (batch->claims.empty() && batch->stops.empty()) {
    lane->claiming = false;
    release_probe(*lane);
    check_stopped();
    if (lane->again) return step(*lane);
    if (outcome->next_at && !request.only_tests) schedule(*lane, *outcome->next_at);
    return;
  }
  lane->again = true; // what comes after this batch is not known yet
  context_.database.write(
      [batch](storage::Transaction& tx) {
        auto scoped = tx.tenant(TenantScope(batch->tenant)); // the lane's own tenant
        return claim_all(scoped, *batch);
      },
      [this, loop = context_.loop, batch](result<void> done) {
        loop->post([this, batch, done = std::move(done)] { claimed(batch, done); });
      });
}

void Sender::claimed(const std::shared_ptr<ClaimBatch>& batch, const result<void>& committed) {
  Lane* lane = find(batch->claimer.channel);
  if (lane == nullptr) return;
  if (committed.has_error()) {
    lane->uncertain = true;
    return database_failed(*lane, "claim", committed.error());
  }
  lane->claiming = false;
  lane->failures = 0;
  if (batch->outcome != ClaimBatch::Result::done) {
    if (batch->outcome == ClaimBatch::Result::lost_channel) {
      log::warning("channel_lost", {{"channel", lane->id}});
      lane->fence = 0;
    }
    release_probe(*lane);
    check_stopped();
    return refresh();
  }
  launch(*lane, *batch);
  check_stopped();
  step(*lane);
}

void Sender::launch(Lane& lane, ClaimBatch& batch) {
  bool any = false;
  for (auto& claim : batch.claims) {
    if (!claim.claimed) continue;
    if (stopping_ || !lane.gateway) {
      put_back(lane, claim);
      continue;
    }
    any = true;
    hand_over(lane, claim);
  }
  if (!any) release_probe(lane);
  lane.probing = false; // the answer settles it now
}

void Sender::hand_over(Lane& lane, Claim& claim) {
  HandOver& message = claim.composed.hand_over;
  message.opaque = make_opaque_key({lane.tenant, message.message, message.attempt}, context_.opaque_secret);
  InFlight flight;
  flight.client = claim.message.client_id;
  flight.recipient = message.to;
  flight.template_id = claim.composed.template_id;
  flight.kind = claim.composed.kind;
  flight.attempt = message.attempt;
  flight.template_possible = claim.composed.template_possible;
  flight.began = std::chrono::steady_clock::now();
  lane.pacer->started(message.to, context_.clock.now(), context_.random());
  lane.held[message.to] = kUntilAnswered;
  lane.in_flight.emplace(message.message, std::move(flight));
  lane.gateway->hand_over(message, [this, loop = context_.loop, id = lane.id, message_id = message.message,
                                    attempt = message.attempt](Answer answer) {
    loop->post([this, id, message_id, attempt, answer = std::move(answer)]() mutable {
      answered(id, message_id, attempt, std::move(answer));
    });
  });
}

void Sender::database_failed(Lane& lane, std::string_view during, const Error& error) {
  lane.claiming = false;
  release_probe(lane);
  check_stopped();
  ++lane.failures;
  log::warning("sender_database", {{"channel", lane.id}, {"during", during}, {"error", error.detail}});
  Duration pause = kDatabasePause * std::min(1 << std::min(lane.failures, 6), 64);
  schedule(lane, context_.clock.now() + std::min(pause, Duration(std::chrono::seconds(5))));
}

void Sender::begin_stop(std::function<void()> done) {
  stopping_ = true;
  stopped_ = std::move(done);
  check_stopped();
}

void Sender::check_stopped() {
  if (!stopping_ || !stopped_ || pending_outcomes_ > 0) return;
  for (const auto& [id, lane] : lanes_) {
    if (lane->claiming || !lane->in_flight.empty()) return;
  }
  std::exchange(stopped_, nullptr)();
}

} // namespace renova::messaging

// From a gateway's answer to the recorded outcome.
#include "base/log.hpp"
#include "base/text.hpp"
#include "messaging/sender.hpp"

#include <algorithm>
#include <set>

namespace renova::messaging {
namespace {

using domain::MessageEvent;
using domain::MessageReason;
using domain::MessageState;

constexpr std::size_t kBatchMax = 1000; // outcomes of one transaction
constexpr std::size_t kTextMax = 400;   // code points of a detail
constexpr Duration kDatabasePause = std::chrono::milliseconds(250);

// What a vendor says goes into text columns: valid UTF-8 without NUL.
std::string storable(std::string_view text) {
  std::string clean = strip_control(text);
  if (!is_utf8(clean)) return {};
  return std::string(prefix(clean, kTextMax));
}

std::string detail_of(const domain::Outcome& outcome) {
  const auto* note = domain::note_of(outcome);
  if (note == nullptr) return {};
  std::string out = note->code;
  if (!note->detail.empty()) out += (out.empty() ? "" : ": ") + note->detail;
  return storable(out);
}

// A wish to come back at a certain time that is no failure of the message: it does not count as an attempt.
bool gives_back(const domain::Outcome& outcome) {
  if (std::holds_alternative<domain::PauseChannel>(outcome)) return true;
  const auto* retry = std::get_if<domain::Retry>(&outcome);
  return retry != nullptr && retry->hold_channel;
}

domain::Verdict verdict_of(const domain::Outcome& outcome, const InFlight& flight, double random,
                           const domain::BackoffPolicy& policy) {
  const auto* retry = std::get_if<domain::Retry>(&outcome);
  if (retry != nullptr && retry->hold_channel) {
    auto wait = retry->after.value_or(policy.first);
    auto jitter = Duration(static_cast<std::int64_t>(static_cast<double>(wait.count()) * 0.1 * random));
    return {MessageEvent::requeue, retry->reason, wait + jitter};
  }
  if (const auto* limited = std::get_if<domain::RetryRecipient>(&outcome);
      limited != nullptr && !limited->after) {
    domain::RetryRecipient waits = *limited;
    waits.after = domain::pair_backoff(flight.attempt - 1);
    auto verdict = domain::judge(waits, flight.attempt, random, policy);
    if (verdict.event == MessageEvent::requeue) verdict.wait = *waits.after;
    return verdict;
  }
  return domain::judge(outcome, flight.attempt, random, policy, flight.template_possible);
}

} // namespace

void Sender::answered(ChannelId id, MessageId message, int attempt, Answer answer) {
  Lane* lane = find(id);
  if (lane == nullptr) return;
  auto found = lane->in_flight.find(message);
  if (found == lane->in_flight.end() || found->second.attempt != attempt) return; // given up already
  InFlight flight = std::move(found->second);
  lane->in_flight.erase(found);
  lane->pacer->finished(flight.recipient);
  lane->held.erase(flight.recipient);
  count(*lane, flight, answer);
  Instant now = context_.clock.now();
  auto verdict = verdict_of(answer.outcome, flight, context_.random(), context_.options.backoff);
  Outcome out;
  out.tenant = lane->tenant;
  out.channel = id;
  out.message = message;
  out.client = flight.client;
  out.kind = flight.kind;
  out.attempt = attempt;
  out.fence = lane->fence;
  out.to = domain::next(MessageState::sending, verdict.event).value_or(MessageState::unknown);
  out.reason = verdict.reason;
  out.detail = detail_of(answer.outcome);
  if (out.to == MessageState::queued) out.not_before = now + verdict.wait;
  if (verdict.reason == MessageReason::needs_template && out.to == MessageState::queued) {
    out.detail = std::string(kUseTemplate);
  }
  out.give_back = gives_back(answer.outcome);
  if (const auto* accepted = std::get_if<domain::Accepted>(&answer.outcome)) {
    out.gateway_id = storable(accepted->gateway_id);
    std::string canonical = digits_of(accepted->canonical_address);
    if (canonical != flight.recipient && canonical.size() <= 20) out.whatsapp_id = canonical;
    out.first_sent = !std::exchange(lane->first_sent_noted, true);
    sent_.add();
  }
  if (const auto* refused = std::get_if<domain::FailRecipient>(&answer.outcome))
    out.opt_out = refused->opt_out;
  if (std::holds_alternative<domain::FailTemplate>(answer.outcome)) out.stop_template = flight.template_id;
  if (const auto* pause = std::get_if<domain::PauseChannel>(&answer.outcome)) {
    out.pause_channel = !lane->row.channel.paused; // the others in flight say the same
    if (pause->pause) out.pause_until = now + *pause->pause;
  }
  judge_channel(*lane, answer, flight, verdict);
  if (out.to == MessageState::failed) {
    context_.metrics
        .counter("messages_failed_total", "Messages that failed for good", {{"reason", to_text(out.reason)}})
        .add();
  }
  enqueue(std::move(out));
  step_soon(*lane);
}

void Sender::count(Lane& lane, const InFlight& flight, const Answer& answer) {
  auto type = to_text(lane.row.channel.type);
  if (lane.latency == nullptr) {
    lane.latency =
        &context_.metrics.histogram("gateway_latency_seconds", "From hand-over to the gateway's answer",
                                    Metrics::latency_bounds(), {{"type", type}});
  }
  auto*& counter = lane.answers[answer.outcome.index()];
  if (counter == nullptr) {
    counter = &context_.metrics.counter("gateway_answers_total", "Answers of gateways",
                                        {{"type", type}, {"outcome", domain::outcome_name(answer.outcome)}});
  }
  lane.latency->observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - flight.began).count());
  counter->add();
}

// What the answer says about the party, the number and the recipient.
void Sender::judge_channel(Lane& lane, const Answer& answer, const InFlight& flight,
                           const domain::Verdict& verdict) {
  Instant now = context_.clock.now();
  {
    std::lock_guard lock(breakers_mutex_);
    if (auto* breaker = breaker_of(lane)) {
      if (answer.party_failed) {
        breaker->on_failure(now);
      } else {
        breaker->on_success();
      }
    }
  }
  const auto* retry = std::get_if<domain::Retry>(&answer.outcome);
  if (retry != nullptr && retry->hold_channel) {
    lane.pacer->hold(now + retry->after.value_or(context_.options.backoff.first));
  }
  if (std::holds_alternative<domain::RetryRecipient>(answer.outcome) &&
      verdict.event == MessageEvent::requeue) {
    lane.held[flight.recipient] = now + verdict.wait;
  }
  int pair_gap = lane.pacer->policy().pair_gap_ms;
  if (pair_gap > 0) {
    Instant until = now + std::chrono::milliseconds(pair_gap);
    Instant& held = lane.held[flight.recipient];
    held = std::max(held, until);
  }
  if (const auto* pause = std::get_if<domain::PauseChannel>(&answer.outcome)) {
    // At once, without waiting for the database.
    lane.row.channel.paused = true;
    lane.row.channel.paused_until.reset();
    if (pause->pause) lane.row.channel.paused_until = now + *pause->pause;
  }
}

// Claimed, but nothing was handed over: as if it had not been claimed.
void Sender::put_back(Lane& lane, const Claim& claim) {
  Outcome out;
  out.tenant = lane.tenant;
  out.channel = lane.id;
  out.message = claim.message.id;
  out.client = claim.message.client_id;
  out.attempt = claim.message.attempt + 1;
  out.fence = lane.fence;
  out.to = MessageState::queued;
  out.detail = "not_handed_over";
  out.give_back = true;
  enqueue(std::move(out));
}

void Sender::enqueue(Outcome outcome) {
  ++pending_outcomes_;
  outcomes_.push_back(std::move(outcome));
  if (!flushing_) flush();
}

void Sender::flush() {
  if (outcomes_.empty()) return check_stopped();
  flushing_ = true;
  auto batch = std::make_shared<OutcomeBatch>();
  batch->now = context_.clock.now();
  std::size_t count = std::min(outcomes_.size(), one_by_one_ ? std::size_t{1} : kBatchMax);
  batch->outcomes.assign(std::make_move_iterator(outcomes_.begin()),
                         std::make_move_iterator(outcomes_.begin() + static_cast<std::ptrdiff_t>(count)));
  outcomes_.erase(outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(count));
  context_.database.write([batch](storage::Transaction& tx) { return record_all(tx, *batch); },
                          [this, loop = context_.loop, batch](result<void> done) {
                            loop->post([this, batch, done = std::move(done)] { flushed(batch, done); });
                          });
}

void Sender::flushed(const std::shared_ptr<OutcomeBatch>& batch, const result<void>& committed) {
  if (committed.has_value()) {
    pending_outcomes_ -= batch->outcomes.size();
    flushing_ = false;
    if (batch->refused > 0) refused_.add(batch->refused);
    if (one_by_one_ && outcomes_.empty()) one_by_one_ = false;
    flush();
    // What waited for these recipients can go now.
    std::set<ChannelId> channels;
    for (const auto& outcome : batch->outcomes) channels.insert(outcome.channel);
    for (const auto& channel : channels) {
      if (Lane* lane = find(channel)) step_soon(*lane);
    }
    return;
  }
  // Nothing of an outcome may be lost: it is tried until the database takes it.
  Error error = committed.error();
  log::error("outcome_not_recorded", {{"error", error.detail}, {"outcomes", batch->outcomes.size()}});
  bool temporary = error.code == ErrorCode::unavailable || error.code == ErrorCode::storage_full;
  if (!temporary && batch->outcomes.size() == 1) {
    // The database refuses what follows from it: keep the plain fact.
    auto& outcome = batch->outcomes.front();
    outcome.stop_template.reset();
    outcome.whatsapp_id.clear();
    outcome.opt_out = outcome.pause_channel = false;
    outcome.detail = "not_recorded";
  }
  one_by_one_ = one_by_one_ || !temporary;
  outcomes_.insert(outcomes_.begin(), std::make_move_iterator(batch->outcomes.begin()),
                   std::make_move_iterator(batch->outcomes.end()));
  context_.loop->at(context_.clock.now() + kDatabasePause, [this] { flush(); });
}

void Sender::give_up() {
  for (auto& [id, lane] : lanes_) {
    auto flights = std::exchange(lane->in_flight, {});
    for (auto& [message, flight] : flights) {
      Outcome out;
      out.tenant = lane->tenant;
      out.channel = id;
      out.message = message;
      out.client = flight.client;
      out.attempt = flight.attempt;
      out.fence = lane->fence;
      out.to = MessageState::unknown;
      out.reason = MessageReason::answer_lost;
      out.detail = "the program was stopped before the answer came";
      enqueue(std::move(out));
    }
  }
  check_stopped();
}

} // namespace renova::messaging

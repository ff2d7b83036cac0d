#include "domain/pacing.hpp"

#include "domain/field_errors.hpp"

#include <algorithm>
#include <cmath>

namespace renova::domain {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kDay = std::chrono::hours(24);
constexpr int kWarmUpFirst = 20;
constexpr double kWarmUpGrowth = 1.5;
constexpr int kWarmUpDays = 14;
constexpr std::size_t kSweepFloor = 1024;

const Instant kNever{INT64_MIN / 2};

void check_range(FieldErrors& errors, const char* pointer, int value, int min, int max) {
  if (value >= min && value <= max) return;
  errors.add(pointer, "out_of_range", "must be from " + std::to_string(min) + " to " + std::to_string(max));
}

std::optional<int> smaller(std::optional<int> a, std::optional<int> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

} // namespace

result<PacingPolicy> check_pacing(PacingPolicy policy) {
  FieldErrors errors;
  check_range(errors, "/min_gap_ms", policy.min_gap_ms, 0, kMaxGapMs);
  check_range(errors, "/jitter_ms", policy.jitter_ms, 0, kMaxGapMs);
  check_range(errors, "/pair_gap_ms", policy.pair_gap_ms, 0, kMaxGapMs);
  if (policy.per_minute) check_range(errors, "/per_minute", *policy.per_minute, 1, kMaxPerDay);
  if (policy.per_hour) check_range(errors, "/per_hour", *policy.per_hour, 1, kMaxPerDay);
  if (policy.per_day) check_range(errors, "/per_day", *policy.per_day, 1, kMaxPerDay);
  check_range(errors, "/concurrency", policy.concurrency, 1, kMaxConcurrency);
  TRY_DO(errors.finish());
  return policy;
}

std::optional<int> warm_up_cap(Duration age) {
  std::int64_t days = std::max<std::int64_t>(0, age / kDay);
  if (days >= kWarmUpDays) return std::nullopt;
  return static_cast<int>(kWarmUpFirst * std::pow(kWarmUpGrowth, static_cast<double>(days)));
}

Pacer::Pacer(const PacingPolicy& policy, Instant started_at) : policy_(policy), started_at_(started_at) {}

std::optional<int> Pacer::day_cap(Instant now) const {
  return smaller(policy_.per_day, policy_.warm_up ? warm_up_cap(now - started_at_) : std::nullopt);
}

Instant Pacer::after_cap(std::optional<int> cap, Duration window, Instant now) const {
  auto size = static_cast<std::size_t>(cap.value_or(0));
  if (!cap || history_.size() < size) return now;
  // The cap-th latest hand-over must have left the window.
  return std::max(now, history_[history_.size() - size] + window + kWindowSlack);
}

Instant Pacer::next_allowed(Instant now) const {
  Instant earliest = std::max({now, gap_until_, held_until_});
  earliest = std::max(earliest, after_cap(policy_.per_minute, kMinute, now));
  earliest = std::max(earliest, after_cap(policy_.per_hour, kHour, now));
  return std::max(earliest, after_cap(day_cap(now), kDay, now));
}

std::optional<Instant> Pacer::recipient_allowed(std::string_view recipient, Instant now) const {
  auto found = recipients_.find(std::string(recipient));
  if (found == recipients_.end()) return now;
  const Recipient& r = found->second;
  if (r.in_flight) return std::nullopt;
  Instant paired =
      policy_.pair_gap_ms > 0 ? r.last_start + std::chrono::milliseconds(policy_.pair_gap_ms) : now;
  return std::max({now, r.held_until, paired});
}

void Pacer::started(std::string_view recipient, Instant now, double random) {
  forget(now);
  history_.push_back(now);
  auto gap = static_cast<double>(policy_.min_gap_ms) + static_cast<double>(policy_.jitter_ms) * random;
  gap_until_ = now + Duration(static_cast<std::int64_t>(gap * 1000.0));
  Recipient& r = recipients_[std::string(recipient)];
  r.last_start = now;
  r.in_flight = true;
  ++in_flight_;
}

void Pacer::finished(std::string_view recipient) {
  auto found = recipients_.find(std::string(recipient));
  if (found == recipients_.end() || !found->second.in_flight) return;
  found->second.in_flight = false;
  --in_flight_;
}

void Pacer::recall(Instant started_at) {
  history_.push_back(started_at);
  gap_until_ = std::max(gap_until_, started_at + std::chrono::milliseconds(policy_.min_gap_ms));
}

void Pacer::hold(Instant until) { held_until_ = std::max(held_until_, until); }

void Pacer::hold_recipient(std::string_view recipient, Instant until) {
  Recipient& r = recipients_[std::string(recipient)];
  r.held_until = std::max(r.held_until, until);
}

void Pacer::clock_moved(Instant now) {
  // A hold follows a start: only a clock that went back behind the last start makes it speak of what has not
  // been.
  const bool went_back = history_.empty() || history_.back() > now;
  while (!history_.empty() && history_.back() > now) history_.pop_back();
  // A gap or hold that was set later than now speaks of a time that has not been.
  gap_until_ = std::min(gap_until_, now + std::chrono::milliseconds(policy_.min_gap_ms + policy_.jitter_ms));
  if (went_back && held_until_ > now) held_until_ = kNever;
  for (auto& [key, r] : recipients_) {
    if (r.last_start > now) r.last_start = kNever;
    if (r.held_until > now) r.held_until = kNever;
  }
}

std::size_t Pacer::sent_in(Duration window, Instant now) const {
  auto first =
      std::partition_point(history_.begin(), history_.end(), [&](Instant at) { return at <= now - window; });
  return static_cast<std::size_t>(history_.end() - first);
}

// Keeps history for a day, but no more of it than the caps (present ones, or ones set later up to the largest
// number that a day's warm-up needs) can ask for; and drops recipients that nothing is remembered about.
void Pacer::forget(Instant now) {
  std::size_t kept =
      static_cast<std::size_t>(std::max({policy_.per_minute.value_or(0), policy_.per_hour.value_or(0),
                                         policy_.per_day.value_or(0), kHistoryFloor}));
  while (!history_.empty() && (history_.size() >= kept || history_.front() <= now - kDay - kWindowSlack)) {
    history_.pop_front();
  }
  if (recipients_.size() < sweep_at_) return;
  Instant pair_over = now - std::chrono::milliseconds(policy_.pair_gap_ms);
  std::erase_if(recipients_, [&](const auto& entry) {
    const Recipient& r = entry.second;
    return !r.in_flight && r.held_until <= now && r.last_start <= pair_over;
  });
  sweep_at_ = std::max(kSweepFloor, recipients_.size() * 2);
}

} // namespace renova::domain

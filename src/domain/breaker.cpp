#include "domain/breaker.hpp"

#include "domain/enum_text.hpp"
#include "domain/field_errors.hpp"

#include <algorithm>

namespace renova::domain {
namespace {

constexpr std::array<std::string_view, 3> kStates{"closed", "open", "half_open"};
constexpr int kMaxFailures = 100;
constexpr int kMaxRecoverySeconds = 3600;

} // namespace

result<BreakerPolicy> check_breaker(BreakerPolicy policy) {
  FieldErrors errors;
  if (policy.failures < 1 || policy.failures > kMaxFailures) {
    errors.add("/failures", "out_of_range", "must be from 1 to 100");
  }
  if (policy.recovery_s < 1 || policy.recovery_s > kMaxRecoverySeconds) {
    errors.add("/recovery_s", "out_of_range", "must be from 1 to 3600 seconds");
  }
  TRY_DO(errors.finish());
  return policy;
}

std::string_view to_text(CircuitState state) { return enum_to_text(kStates, state); }
bool from_text(std::string_view text, CircuitState& out) { return enum_from_text(kStates, text, out); }

// When it opened, but never in the future: a clock that was set back begins the recovery time anew.
Instant Breaker::opened(Instant now) const { return std::min(*opened_at_, now); }

CircuitState Breaker::state(Instant now) const {
  if (!opened_at_) return CircuitState::closed;
  return now - opened(now) >= recovery() ? CircuitState::half_open : CircuitState::open;
}

bool Breaker::try_acquire(Instant now) {
  if (opened_at_) opened_at_ = opened(now);
  switch (state(now)) {
    case CircuitState::closed:
      return true;
    case CircuitState::open:
      return false;
    case CircuitState::half_open:
      break;
  }
  bool probing = probe_at_ && now >= *probe_at_ && now - *probe_at_ < recovery();
  if (probing) return false;
  probe_at_ = now;
  return true;
}

Instant Breaker::retry_at(Instant now) const {
  switch (state(now)) {
    case CircuitState::closed:
      return now;
    case CircuitState::open:
      return opened(now) + recovery();
    case CircuitState::half_open:
      break;
  }
  return probe_at_ && *probe_at_ <= now ? std::max(now, *probe_at_ + recovery()) : now;
}

void Breaker::on_success() {
  failures_ = 0;
  opened_at_.reset();
  probe_at_.reset();
}

void Breaker::on_failure(Instant now) {
  failures_ = std::min(failures_ + 1, kMaxFailures);
  bool probe_failed = opened_at_ && probe_at_;
  if (!opened_at_ && failures_ < policy_.failures) return;
  // Calls that were under way when it opened do not open it again: only the probe's failure does.
  if (!opened_at_ || probe_failed) opened_at_ = now;
  probe_at_.reset();
}

void Breaker::on_neutral() { probe_at_.reset(); }

} // namespace renova::domain

// A circuit breaker for one remote party: after repeated failures it is left alone for a while, then asked
// once.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace renova::domain {

struct BreakerPolicy {
  int failures = 5;    // consecutive, 1–100
  int recovery_s = 60; // 1–3600
  friend bool operator==(const BreakerPolicy&, const BreakerPolicy&) = default;
};
result<BreakerPolicy> check_breaker(BreakerPolicy policy); // out_of_range at "/failures", "/recovery_s"

enum class CircuitState { closed, open, half_open };
std::string_view to_text(CircuitState state); // "closed", "open", "half_open"
bool from_text(std::string_view text, CircuitState& out);

// Not thread-safe. A clock that is set back never makes it wait longer than one recovery time from then.
class Breaker {
 public:
  explicit Breaker(BreakerPolicy policy = {}) : policy_(policy) {}

  void set_policy(BreakerPolicy policy) { policy_ = policy; }

  // open turns to half_open by time alone.
  CircuitState state(Instant now) const;

  // True when a call may be made now. In half_open that is one probe; it counts as lost when no result came
  // within the recovery time, and the next may go.
  bool try_acquire(Instant now);
  // When try_acquire is worth asking again; `now` when it is at once.
  Instant retry_at(Instant now) const;

  void on_success();
  void on_failure(Instant now);
  // The call ended without saying anything about the party (cancelled): a probe is given back.
  void on_neutral();

  int consecutive_failures() const { return failures_; }

 private:
  Duration recovery() const { return std::chrono::seconds(policy_.recovery_s); }
  Instant opened(Instant now) const;

  BreakerPolicy policy_;
  int failures_ = 0;
  std::optional<Instant> opened_at_;
  std::optional<Instant> probe_at_;
};

} // namespace renova::domain

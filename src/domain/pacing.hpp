// How fast one sending number may go. The pacer keeps no clock and no randomness: it is asked with `now`, and
// told what was done (DESIGN.md §5, PROTOCOLS.md §1.5).
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace renova::domain {

inline constexpr int kMaxGapMs = 3'600'000;
inline constexpr int kMaxPerDay = 1'000'000;
inline constexpr int kMaxConcurrency = 256;
// So many hand-overs are remembered at least, so that a cap that is set later finds a past to hold in.
inline constexpr int kHistoryFloor = 20'000;
// Caps are kept a little wider than their length, so that they also hold as seen by a receiver whose
// network delay varies.
inline constexpr Duration kWindowSlack = std::chrono::milliseconds(250);

struct PacingPolicy {
  int min_gap_ms = 0;
  int jitter_ms = 0; // up to this much is added to each gap
  std::optional<int> per_minute;
  std::optional<int> per_hour;
  std::optional<int> per_day;
  bool warm_up = false;
  int concurrency = 32;
  int pair_gap_ms = 0; // between two messages to the same recipient
  friend bool operator==(const PacingPolicy&, const PacingPolicy&) = default;
};
// Limits: gaps 0–3,600,000 ms, caps 1–1,000,000, concurrency 1–256. Pointers are "/per_minute" and so on.
result<PacingPolicy> check_pacing(PacingPolicy policy);

// What a number of `age` may send in a day while it warms up: 20 on its first day, half as much again each
// day, nothing (no limit of its own) from the fifteenth day.
std::optional<int> warm_up_cap(Duration age);

class Pacer {
 public:
  // `started_at`: when the number sent its first message; what its warm-up counts from.
  Pacer(const PacingPolicy& policy, Instant started_at);

  // Holds at once for whatever is asked next.
  void set_policy(const PacingPolicy& policy) { policy_ = policy; }
  const PacingPolicy& policy() const { return policy_; }

  // The earliest instant, not before `now`, at which the next message may be handed over; `now` means: at
  // once. Does not look at concurrency: see has_room().
  Instant next_allowed(Instant now) const;
  // The same for one recipient, apart from the channel: the pair gap and holds. Nothing while one of theirs
  // is in flight.
  std::optional<Instant> recipient_allowed(std::string_view recipient, Instant now) const;
  bool has_room() const { return in_flight_ < static_cast<std::size_t>(policy_.concurrency); }

  // A hand-over begins. The gap after it is min_gap + jitter · `random`, random in [0, 1).
  void started(std::string_view recipient, Instant now, double random);
  // It ended, however it did.
  void finished(std::string_view recipient);
  // A hand-over of an earlier process, so that caps survive a restart; oldest first, before any started().
  void recall(Instant started_at);

  // Nothing goes out (to this recipient) before `until`. A later hold wins.
  void hold(Instant until);
  void hold_recipient(std::string_view recipient, Instant until);
  // The clock was moved by hand: what now lies in the future is forgotten.
  void clock_moved(Instant now);

  std::size_t in_flight() const { return in_flight_; }
  // Hand-overs within the last minute, for the queue's rate.
  std::size_t sent_in(Duration window, Instant now) const;

 private:
  struct Recipient {
    Instant last_start{INT64_MIN / 2};
    Instant held_until{INT64_MIN / 2};
    bool in_flight = false;
  };
  std::optional<int> day_cap(Instant now) const;
  Instant after_cap(std::optional<int> cap, Duration window, Instant now) const;
  void forget(Instant now);

  PacingPolicy policy_;
  Instant started_at_;
  std::deque<Instant> history_; // starts of the longest capped window, oldest first
  Instant gap_until_{INT64_MIN / 2};
  Instant held_until_{INT64_MIN / 2};
  std::size_t in_flight_ = 0;
  std::unordered_map<std::string, Recipient> recipients_;
  std::size_t sweep_at_ = 1024; // recipients_ is swept when it has grown to this
};

} // namespace renova::domain

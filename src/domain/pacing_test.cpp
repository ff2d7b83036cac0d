#include "domain/pacing.hpp"

#include "domain/breaker.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Instant kStart{1'800'000'000'000'000};

PacingPolicy free_policy() { return {}; }

TEST(Pacing, PoliciesAreChecked) {
  PacingPolicy bad;
  bad.min_gap_ms = -1;
  bad.per_minute = 0;
  bad.per_day = 1'000'001;
  bad.concurrency = 0;
  Error error = check_pacing(bad).error();
  ASSERT_EQ(error.fields.size(), 4u);
  EXPECT_EQ(error.fields[1].pointer, "/per_minute");
  EXPECT_TRUE(check_pacing({}));
}

TEST(Pacing, WithoutLimitsEverythingGoesAtOnce) {
  Pacer pacer(free_policy(), kStart);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(pacer.next_allowed(kStart), kStart);
    pacer.started(std::to_string(i), kStart, 0.5);
  }
  EXPECT_FALSE(pacer.has_room());
  pacer.finished("0");
  pacer.finished("0");
  EXPECT_EQ(pacer.in_flight(), 999u);
}

TEST(Pacing, GapWithJitter) {
  PacingPolicy policy;
  policy.min_gap_ms = 8000;
  policy.jitter_ms = 12000;
  Pacer pacer(policy, kStart);
  pacer.started("a", kStart, 0.0);
  EXPECT_EQ(pacer.next_allowed(kStart), kStart + seconds(8));
  pacer.started("b", kStart + seconds(8), 0.5);
  EXPECT_EQ(pacer.next_allowed(kStart + seconds(9)), kStart + seconds(22));
  EXPECT_EQ(pacer.next_allowed(kStart + seconds(30)), kStart + seconds(30));
}

TEST(Pacing, OneInFlightAndPairGapPerRecipient) {
  PacingPolicy policy;
  policy.pair_gap_ms = 6000;
  Pacer pacer(policy, kStart);
  EXPECT_EQ(pacer.recipient_allowed("a", kStart), kStart);
  pacer.started("a", kStart, 0);
  EXPECT_EQ(pacer.recipient_allowed("a", kStart + hours(1)), std::nullopt);
  EXPECT_EQ(pacer.recipient_allowed("b", kStart), kStart);
  pacer.finished("a");
  EXPECT_EQ(pacer.recipient_allowed("a", kStart + seconds(1)), kStart + seconds(6));
  EXPECT_EQ(pacer.recipient_allowed("a", kStart + seconds(7)), kStart + seconds(7));
  pacer.hold_recipient("a", kStart + minutes(5));
  pacer.hold_recipient("a", kStart + minutes(1));
  EXPECT_EQ(pacer.recipient_allowed("a", kStart + seconds(7)), kStart + minutes(5));
}

TEST(Pacing, HoldsAndRecall) {
  PacingPolicy policy;
  policy.per_minute = 2;
  Pacer pacer(policy, kStart);
  pacer.recall(kStart - seconds(50));
  pacer.recall(kStart - seconds(10));
  EXPECT_EQ(pacer.next_allowed(kStart), kStart + seconds(10) + kWindowSlack);
  EXPECT_EQ(pacer.sent_in(minutes(1), kStart), 2u);
  EXPECT_EQ(pacer.sent_in(seconds(30), kStart), 1u);
  pacer.hold(kStart + minutes(3));
  EXPECT_EQ(pacer.next_allowed(kStart), kStart + minutes(3));
  // A change of the policy holds at once.
  policy.per_minute.reset();
  pacer.set_policy(policy);
  EXPECT_EQ(pacer.next_allowed(kStart + minutes(3)), kStart + minutes(3));
  policy.per_hour = 1;
  pacer.set_policy(policy);
  EXPECT_EQ(pacer.next_allowed(kStart + minutes(3)), kStart - seconds(10) + hours(1) + kWindowSlack);
}

TEST(Pacing, ANumberWarmsUp) {
  EXPECT_EQ(warm_up_cap(seconds(-5)), 20);
  EXPECT_EQ(warm_up_cap(hours(23)), 20);
  EXPECT_EQ(warm_up_cap(hours(24)), 30);
  EXPECT_EQ(warm_up_cap(hours(24 * 13)), 3892);
  EXPECT_EQ(warm_up_cap(hours(24 * 14)), std::nullopt);
  PacingPolicy policy;
  policy.warm_up = true;
  Pacer pacer(policy, kStart);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pacer.next_allowed(kStart), kStart);
    pacer.started(std::to_string(i), kStart, 0);
  }
  EXPECT_EQ(pacer.next_allowed(kStart), kStart + hours(24) + kWindowSlack);
}

TEST(Pacing, AClockSetBackDoesNotBlock) {
  PacingPolicy policy;
  policy.per_minute = 1;
  policy.pair_gap_ms = 6000;
  Pacer pacer(policy, kStart);
  pacer.started("a", kStart, 0);
  pacer.finished("a");
  pacer.hold(kStart + hours(1));
  Instant earlier = kStart - hours(48);
  pacer.clock_moved(earlier);
  EXPECT_EQ(pacer.next_allowed(earlier), earlier);
  EXPECT_EQ(pacer.recipient_allowed("a", earlier), earlier);
}

// Simulated time: whoever obeys next_allowed never breaks a cap in any window of its length, nor the gap, and
// is not held longer than the caps ask for.
RC_GTEST_PROP(PacingProperty, CapsHoldInAnyWindow, ()) {
  PacingPolicy policy;
  policy.min_gap_ms = *rc::gen::inRange(0, 3000);
  policy.jitter_ms = *rc::gen::inRange(0, 2000);
  policy.per_minute = *rc::gen::inRange(1, 20);
  policy.per_hour = *rc::gen::inRange(1, 60);
  policy.per_day = *rc::gen::inRange(1, 200);
  Pacer pacer(policy, kStart);
  std::vector<Instant> sent;
  Instant now = kStart;
  for (int i = 0; i < 400; ++i) {
    now = now + milliseconds(*rc::gen::inRange(0, 4000));
    now = pacer.next_allowed(now);
    RC_ASSERT(pacer.next_allowed(now) == now);
    pacer.started("r" + std::to_string(i % 50), now, (i % 10) / 10.0);
    pacer.finished("r" + std::to_string(i % 50));
    sent.push_back(now);
  }
  auto holds = [&](int cap, Duration window) {
    for (std::size_t i = static_cast<std::size_t>(cap); i < sent.size(); ++i) {
      if (sent[i] - sent[i - static_cast<std::size_t>(cap)] < window) return false;
    }
    return true;
  };
  RC_ASSERT(holds(*policy.per_minute, minutes(1)));
  RC_ASSERT(holds(*policy.per_hour, hours(1)));
  RC_ASSERT(holds(*policy.per_day, hours(24)));
  RC_ASSERT(holds(1, milliseconds(policy.min_gap_ms)));
}

TEST(Breaker, OpensAfterFailuresInARow) {
  Breaker breaker;
  for (int i = 0; i < 4; ++i) breaker.on_failure(kStart);
  breaker.on_success();
  for (int i = 0; i < 4; ++i) breaker.on_failure(kStart);
  EXPECT_EQ(breaker.state(kStart), CircuitState::closed);
  EXPECT_TRUE(breaker.try_acquire(kStart));
  breaker.on_failure(kStart);
  EXPECT_EQ(breaker.state(kStart), CircuitState::open);
  EXPECT_FALSE(breaker.try_acquire(kStart + seconds(59)));
  EXPECT_EQ(breaker.retry_at(kStart + seconds(5)), kStart + seconds(60));
  // Calls that were under way fail too: the recovery time does not move.
  breaker.on_failure(kStart + seconds(10));
  EXPECT_EQ(breaker.retry_at(kStart + seconds(11)), kStart + seconds(60));
}

TEST(Breaker, HalfOpenLetsOneProbeThrough) {
  Breaker breaker({1, 60});
  breaker.on_failure(kStart);
  Instant later = kStart + seconds(60);
  EXPECT_EQ(breaker.state(later), CircuitState::half_open);
  EXPECT_TRUE(breaker.try_acquire(later));
  EXPECT_FALSE(breaker.try_acquire(later));
  breaker.on_failure(later + seconds(1));
  EXPECT_EQ(breaker.state(later + seconds(2)), CircuitState::open);
  EXPECT_EQ(breaker.retry_at(later + seconds(2)), later + seconds(61));
  Instant again = later + seconds(61);
  EXPECT_TRUE(breaker.try_acquire(again));
  breaker.on_success();
  EXPECT_EQ(breaker.state(again), CircuitState::closed);
  EXPECT_EQ(breaker.consecutive_failures(), 0);
}

TEST(Breaker, ALostOrCancelledProbeDoesNotLockIt) {
  Breaker breaker({1, 60});
  breaker.on_failure(kStart);
  Instant later = kStart + seconds(60);
  EXPECT_TRUE(breaker.try_acquire(later));
  EXPECT_EQ(breaker.retry_at(later + seconds(1)), later + seconds(60));
  EXPECT_FALSE(breaker.try_acquire(later + seconds(59)));
  EXPECT_TRUE(breaker.try_acquire(later + seconds(60)));
  breaker.on_neutral();
  EXPECT_TRUE(breaker.try_acquire(later + seconds(61)));
}

TEST(Breaker, AClockSetBackWaitsOneRecoveryTimeAtMost) {
  Breaker breaker({1, 60});
  breaker.on_failure(kStart);
  Instant earlier = kStart - hours(10);
  EXPECT_FALSE(breaker.try_acquire(earlier));
  EXPECT_TRUE(breaker.try_acquire(earlier + seconds(60)));
}

TEST(Breaker, PolicyAndTexts) {
  EXPECT_FALSE(check_breaker({0, 60}));
  EXPECT_FALSE(check_breaker({101, 60}));
  EXPECT_FALSE(check_breaker({5, 0}));
  EXPECT_TRUE(check_breaker({5, 60}));
  EXPECT_EQ(to_text(CircuitState::half_open), "half_open");
  CircuitState state{};
  EXPECT_TRUE(from_text("open", state));
  EXPECT_FALSE(from_text("broken", state));
}

} // namespace
} // namespace renova::domain

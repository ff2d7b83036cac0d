#include "app/housekeeping.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace renova::app {
namespace {

TEST(HousekeepingTest, RunsAtOnceOnDemandAndWhenTheClockMoves) {
  TestClock clock(Instant{0}, TestClock::Flow::frozen);
  std::atomic<int> runs{0};
  std::promise<void> moved;
  std::atomic<bool> seen{false};
  Housekeeping housekeeping(clock, {{"count", [&](Instant now) -> result<void> {
                                       ++runs;
                                       if (now >= Instant{60'000'000} && !seen.exchange(true))
                                         moved.set_value();
                                       return {};
                                     }}});
  housekeeping.run_now();
  EXPECT_GE(runs, 1);
  int before = runs;
  housekeeping.run_now();
  EXPECT_GT(runs, before);
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(moved.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(HousekeepingTest, AFailingChoreStopsNeitherItselfNorTheOthers) {
  TestClock clock(Instant{0}, TestClock::Flow::frozen);
  std::atomic<int> good{0};
  std::atomic<int> bad{0};
  Housekeeping housekeeping(clock, {{"bad",
                                     [&](Instant) -> result<void> {
                                       ++bad;
                                       return Error(ErrorCode::unavailable, "the database is away");
                                     }},
                                    {"good", [&](Instant) -> result<void> {
                                       ++good;
                                       return {};
                                     }}});
  housekeeping.run_now();
  housekeeping.run_now();
  EXPECT_GE(bad, 2);
  EXPECT_GE(good, 2);
}

} // namespace
} // namespace renova::app

// Deaths, restarts, takeovers: nothing is lost, nothing goes out twice (RELIABILITY.md §7, cases 3–6, 8, 17).
#include "tests/messaging/fixture.hpp"

namespace renova::test {
namespace {

using namespace std::chrono_literals;

class Crash : public Flow {
 protected:
  MessageId in_flight() {
    world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
    auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
    world.start();
    EXPECT_TRUE(eventually([&] { return world.gateway.held() == 1; }));
    return id;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Crash, kBothEngines, engine_name);

TEST_P(Crash, WhatADeadProcessWasHandingOverIsUnknownAtOnce) {
  auto id = in_flight();
  EXPECT_EQ(world.message(id).state, MessageState::sending); // the intent is on disk before the call
  world.crash();
  world.gateway.respond_with([](const HandOver& message) { return accepted(message); });
  world.start();
  EXPECT_EQ(world.message(id).state, MessageState::unknown);
  EXPECT_EQ(world.message(id).reason, "process_lost");
  EXPECT_EQ(world.states(id), (std::vector<std::string>{"queued", "sending", "unknown"}));
  world.move_to(kMorning + 3h);
  EXPECT_EQ(world.gateway.times(id), 1);
}

TEST_P(Crash, AReceiptSettlesWhatTheCrashLeftOpen) {
  auto id = in_flight();
  world.crash();
  world.start();
  ASSERT_EQ(world.message(id).state, MessageState::unknown);
  world.receipt(id, 1, "delivered", "wamid.from.webhook");
  ASSERT_TRUE(world.reaches(id, MessageState::delivered));
  EXPECT_EQ(world.message(id).gateway_id, "wamid.from.webhook");
  EXPECT_EQ(world.gateway.times(id), 1);
}

TEST_P(Crash, TheOwnerCanSendAnUnknownOneAgainOrLetItBe) {
  auto id = in_flight();
  world.crash();
  world.gateway.respond_with([](const HandOver& message) { return accepted(message); });
  world.start();
  auto resolve = [&](services::messages::Resolution as) {
    return world.db->write_now([&](storage::Transaction& tx) {
      auto scoped = tx.tenant(storage::TenantScope(world.tenant));
      return services::messages::resolve(scoped, services::Actor::system(), id, as, world.clock.now());
    });
  };
  must(resolve(services::messages::Resolution::resend));
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
  EXPECT_EQ(world.gateway.times(id), 2);
  EXPECT_EQ(world.message(id).attempt, 2);
  auto again = resolve(services::messages::Resolution::drop);
  ASSERT_TRUE(again.has_error());
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  EXPECT_EQ(again.error().about, "accepted");
}

TEST_P(Crash, SigtermWaitsForAnswersAndLeavesNothingSending) {
  world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
  for (int i = 0; i < 50; ++i) {
    world.send(world.add_client("Cliente " + std::to_string(i), "1196123" + std::to_string(1000 + i)));
  }
  world.start();
  ASSERT_TRUE(eventually([&] { return world.gateway.held() == 32; }));
  std::thread answers([&] {
    // Whatever is claimed while the engine stops goes back without a call.
    ASSERT_TRUE(eventually([&] {
      world.gateway.answer_all();
      return world.count(MessageState::accepted) == 32;
    }));
  });
  world.stop();
  answers.join();
  EXPECT_EQ(world.count(MessageState::sending), 0u);
  EXPECT_EQ(world.count(MessageState::accepted) + world.count(MessageState::queued), 50u);
  EXPECT_EQ(world.gateway.count(), world.count(MessageState::accepted));
  world.gateway.respond_with([](const HandOver& message) { return accepted(message); });
  world.start();
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 50; }));
  EXPECT_EQ(world.gateway.count(), 50u);
}

TEST_P(Crash, AnAnswerThatDoesNotComeBeforeTheEndIsUnknown) {
  world.options.drain = 50ms;
  auto id = in_flight();
  world.stop();
  EXPECT_EQ(world.message(id).state, MessageState::unknown);
  EXPECT_EQ(world.message(id).reason, "answer_lost");
}

TEST_P(Crash, AnotherInstanceWaitsForTheLeaseAndAZombieIsRefused) {
  world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
  // Its clock stands still: as if the process were stopped.
  TestClock stopped(kMorning, TestClock::Flow::frozen);
  auto zombie = world.engine("one", &stopped);
  zombie->start();
  ASSERT_TRUE(eventually([&] { return world.gateway.held() == 1; }));
  world.start("two");
  EXPECT_EQ(world.message(id).state, MessageState::sending); // the lease holds
  world.move_to(kMorning + 14s);
  EXPECT_EQ(world.message(id).state, MessageState::sending);
  world.move_to(kMorning + 16s);
  ASSERT_TRUE(world.reaches(id, MessageState::unknown));
  world.gateway.answer_all(); // the zombie hears that all went well; its word counts no more
  zombie->wake();
  auto next = world.send(world.add_client("Bruno Lima", "11 96123-0002"));
  ASSERT_TRUE(eventually([&] { return world.gateway.times(next) == 1; }));
  world.gateway.answer_all();
  ASSERT_TRUE(world.reaches(next, MessageState::accepted));
  EXPECT_EQ(world.message(id).state, MessageState::unknown);
  EXPECT_EQ(world.states(id), (std::vector<std::string>{"queued", "sending", "unknown"}));
  EXPECT_EQ(world.gateway.times(id), 1);
}

TEST_P(Crash, TwoInstancesNeverHandOverTheSameMessage) {
  std::vector<MessageId> ids;
  for (int i = 0; i < 120; ++i) {
    ids.push_back(
        world.send(world.add_client("Cliente " + std::to_string(i), "1196123" + std::to_string(1000 + i))));
  }
  auto other = world.engine("two");
  world.start("one");
  other->start();
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 120; }));
  for (const auto& id : ids) EXPECT_EQ(world.gateway.times(id), 1);
  other->stop();
}

TEST_P(Crash, SurvivesAnyNumberOfDeathsWithoutLossOrRepetition) {
  std::vector<MessageId> ids;
  for (int i = 0; i < 90; ++i) {
    ids.push_back(
        world.send(world.add_client("Cliente " + std::to_string(i), "1196123" + std::to_string(1000 + i))));
  }
  std::atomic<int> calls{0};
  world.gateway.respond_with([&](const HandOver& message) -> std::optional<Answer> {
    if (++calls % 7 == 0) return std::nullopt; // its answer never comes
    return accepted(message);
  });
  for (int death = 0; death < 8; ++death) {
    world.start();
    std::size_t before = world.gateway.count();
    eventually([&] { return world.gateway.count() > before + 3 || world.count(MessageState::queued) == 0; });
    world.crash();
  }
  world.start();
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::queued) == 0; }));
  for (const auto& id : ids) {
    EXPECT_LE(world.gateway.times(id), 1);
    auto state = world.message(id).state;
    EXPECT_TRUE(state == MessageState::accepted || state == MessageState::unknown ||
                state == MessageState::sending)
        << to_text(state);
  }
}

} // namespace
} // namespace renova::test

// From the queue to the recorded outcome: every kind of answer, order, pauses, caps.
#include "tests/messaging/fixture.hpp"

#include <set>

namespace renova::test {
namespace {

using namespace std::chrono_literals;
using domain::VendorNote;

class Sending : public Flow {
 protected:
  // One message whose first hand-over is answered by `outcome`.
  MessageId one(domain::Outcome outcome, bool party_failed = false) {
    world.gateway.respond_with([=, first = true](const HandOver& message) mutable -> std::optional<Answer> {
      if (!std::exchange(first, false)) return accepted(message);
      return answered(outcome, party_failed);
    });
    auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
    world.start();
    return id;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Sending, kBothEngines, engine_name);

TEST_P(Sending, TakesAMessageFromTheQueueToAccepted) {
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"), "Olá {nome}");
  world.start();
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
  auto row = world.message(id);
  EXPECT_EQ(row.attempt, 1);
  EXPECT_EQ(row.gateway_id, "wamid." + id.str() + ".1");
  EXPECT_EQ(row.sent_at, kMorning);
  EXPECT_EQ(world.states(id), (std::vector<std::string>{"queued", "sending", "accepted"}));
  auto seen = world.gateway.handed_over();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].to, "5511961234567");
  EXPECT_EQ(seen[0].text, "Olá {nome}"); // a manual text is sent as it stands
  EXPECT_EQ(seen[0].opaque, world.opaque(id, 1));
}

TEST_P(Sending, RequeuesWhatWasNotSentWithBackOff) {
  auto id =
      one(domain::Retry{{}, {}, false, MessageReason::unreachable, VendorNote{"connect", "refused"}}, true);
  ASSERT_TRUE(eventually([&] { return world.message(id).reason == "unreachable"; }));
  auto row = world.message(id);
  EXPECT_EQ(row.state, MessageState::queued);
  EXPECT_EQ(row.attempt, 1);
  EXPECT_EQ(row.not_before, kMorning + 30s);
  EXPECT_EQ(row.detail, "connect: refused");
  world.move_to(kMorning + 31s);
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
  EXPECT_EQ(world.message(id).attempt, 2);
}

TEST_P(Sending, GivesUpAfterTheLastAttempt) {
  world.options.backoff.max_attempts = 3;
  world.gateway.party = "";
  world.gateway.respond_with([](const HandOver&) { return answered(domain::Retry{}); });
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
  world.start();
  for (int attempt = 1; attempt <= 3; ++attempt) {
    ASSERT_TRUE(eventually([&] {
      auto row = world.message(id);
      return row.attempt == attempt && row.state != MessageState::sending;
    }));
    world.move_to(world.clock.now() + 2h);
  }
  EXPECT_EQ(world.message(id).state, MessageState::failed);
  EXPECT_EQ(world.message(id).reason, "attempts_exhausted");
  EXPECT_EQ(world.gateway.count(), 3u);
}

TEST_P(Sending, HoldsALostAnswerAsUnknownAndNeverResendsIt) {
  auto id = one(domain::Unknown{VendorNote{"timeout", ""}}, true);
  ASSERT_TRUE(world.reaches(id, MessageState::unknown));
  EXPECT_EQ(world.message(id).reason, "answer_lost");
  world.move_to(kMorning + 1h);
  world.crash();
  world.start();
  EXPECT_EQ(world.message(id).state, MessageState::unknown);
  EXPECT_EQ(world.gateway.times(id), 1);
}

TEST_P(Sending, FailsForGoodWhatCannotArrive) {
  auto id = one(domain::FailRecipient{false, VendorNote{"131026", "Message undeliverable"}});
  ASSERT_TRUE(world.reaches(id, MessageState::failed));
  auto row = world.message(id);
  EXPECT_EQ(row.reason, "recipient_problem");
  EXPECT_EQ(row.detail, "131026: Message undeliverable");
  EXPECT_EQ(row.failed_at, kMorning);
}

TEST_P(Sending, ObeysARecipientWhoAskedForNoMore) {
  auto client = world.add_client("Ana Souza", "11 96123-4567");
  world.gateway.respond_with([](const HandOver&) {
    return answered(domain::FailRecipient{true, {"131050", ""}});
  });
  auto first = world.send(client);
  world.clock.set(world.clock.now() + 1ms); // ids grow with time
  auto second = world.send(client);
  world.start();
  ASSERT_TRUE(world.reaches(first, MessageState::failed));
  ASSERT_TRUE(world.reaches(second, MessageState::cancelled));
  EXPECT_EQ(world.message(second).reason, "opted_out");
  EXPECT_EQ(world.gateway.count(), 1u);
}

TEST_P(Sending, PausesTheChannelAndKeepsTheMessage) {
  auto id = one(domain::PauseChannel{{}, VendorNote{"190", "token expired"}});
  ASSERT_TRUE(eventually([&] { return world.message(id).reason == "channel_problem"; }));
  EXPECT_EQ(world.message(id).state, MessageState::queued);
  EXPECT_EQ(world.message(id).attempt, 0); // it does not count
  auto channel = [&] {
    return *world.read(
        [&](storage::TenantTransaction& tx) { return storage::channel_store::get(tx, world.channel); });
  };
  EXPECT_TRUE(channel().paused);
  EXPECT_EQ(channel().pause_reason, "190: token expired");
  world.move_to(kMorning + 1h);
  EXPECT_EQ(world.gateway.count(), 1u);
  world.write([&](storage::TenantTransaction& tx) {
    services::channels::Context context{world.secrets, {}};
    return services::channels::resume(tx, world.clock.now(), services::Actor::system(), context,
                                      world.channel);
  });
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
}

TEST_P(Sending, EndsATimedPauseByItself) {
  auto id = one(domain::PauseChannel{60s, VendorNote{"131057", ""}});
  ASSERT_TRUE(eventually([&] { return world.message(id).reason == "channel_problem"; }));
  world.move_to(kMorning + 59s);
  EXPECT_EQ(world.gateway.count(), 1u);
  world.move_to(kMorning + 2min);
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
}

TEST_P(Sending, HoldsTheWholeChannelWhenItIsLimitedWithoutBurningAttempts) {
  domain::Retry limited{20s, {}, true, MessageReason::rate_limited, VendorNote{"130429", ""}};
  auto id = one(limited);
  ASSERT_TRUE(eventually([&] { return world.message(id).reason == "rate_limited"; }));
  auto other = world.send(world.add_client("Bruno Lima", "11 96123-0002"));
  world.move_to(kMorning + 10s);
  EXPECT_EQ(world.gateway.count(), 1u);
  world.move_to(kMorning + 25s);
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
  ASSERT_TRUE(world.reaches(other, MessageState::accepted));
  EXPECT_EQ(world.message(id).attempt, 1);
}

TEST_P(Sending, LimitsOnlyTheRecipient) {
  auto id = one(domain::RetryRecipient{{}, {}, VendorNote{"131056", ""}});
  ASSERT_TRUE(eventually([&] { return world.message(id).reason == "recipient_limited"; }));
  auto other = world.send(world.add_client("Bruno Lima", "11 96123-0002"));
  ASSERT_TRUE(world.reaches(other, MessageState::accepted));
  EXPECT_EQ(world.message(id).not_before, kMorning + 1s); // 4^0
}

TEST_P(Sending, KeepsOneInFlightAndTheOrderPerRecipient) {
  world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
  auto client = world.add_client("Ana Souza", "11 96123-4567");
  std::vector<MessageId> ids;
  for (int i = 0; i < 5; ++i) {
    world.clock.set(world.clock.now() + 1ms); // ids grow with time
    ids.push_back(world.send(client, std::to_string(i)));
  }
  auto other = world.send(world.add_client("Bruno Lima", "11 96123-0002"));
  world.start();
  ASSERT_TRUE(eventually([&] { return world.gateway.held() == 2; }));
  for (std::size_t i = 1; i < ids.size(); ++i) {
    world.gateway.answer_all();
    ASSERT_TRUE(eventually([&] { return world.gateway.times(ids[i]) == 1; })) << i;
    EXPECT_EQ(world.gateway.held(), 1u);
  }
  world.gateway.answer_all();
  ASSERT_TRUE(world.reaches(ids.back(), MessageState::accepted));
  std::vector<MessageId> order;
  for (const auto& one : world.gateway.handed_over()) {
    if (one.message != other) order.push_back(one.message);
  }
  EXPECT_EQ(order, ids);
}

TEST_P(Sending, AnOlderMessageGoesFirstEvenWhenANewerIsMoreUrgent) {
  world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
  auto client = world.add_client("Ana Souza", "11 96123-4567");
  auto make = [&](int priority) {
    world.clock.set(world.clock.now() + 1ms);
    return world.write([&](storage::TenantTransaction& tx) -> result<MessageId> {
      services::messages::NewMessage wanted;
      wanted.client = client;
      wanted.body = "x";
      wanted.priority = priority;
      TRY(auto made, services::messages::create(tx, services::Actor::system(), wanted, world.clock.now()));
      return made.id;
    });
  };
  auto older = make(9);
  make(0);
  world.start();
  ASSERT_TRUE(eventually([&] { return world.gateway.count() == 1; }));
  EXPECT_EQ(world.gateway.handed_over()[0].message, older);
}

TEST_P(Sending, UrgentMessagesGoFirstAndOthersDoNotStarve) {
  world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
  world.write([&](storage::TenantTransaction& tx) {
    services::channels::Context context{world.secrets, {}};
    services::channels::ChannelPatch patch;
    patch.pacing = boost::json::object{{"concurrency", 1}};
    return services::channels::update(tx, world.clock.now(), services::Actor::system(), context,
                                      world.channel, {}, patch);
  });
  auto make = [&](std::string_view phone, int priority) {
    auto client = world.add_client("Cliente " + std::string(phone), phone);
    return world.write([&](storage::TenantTransaction& tx) -> result<MessageId> {
      services::messages::NewMessage wanted;
      wanted.client = client;
      wanted.body = "x";
      wanted.priority = priority;
      TRY(auto made, services::messages::create(tx, services::Actor::system(), wanted, world.clock.now()));
      return made.id;
    });
  };
  auto low = make("11961230001", 5);
  auto urgent = make("11961230002", 1);
  world.start();
  ASSERT_TRUE(eventually([&] { return world.gateway.count() == 1; }));
  EXPECT_EQ(world.gateway.handed_over()[0].message, urgent);
  world.clock.set(kMorning + 1h); // the other has aged by six steps
  make("11961230003", 1);
  world.gateway.answer_all();
  ASSERT_TRUE(eventually([&] { return world.gateway.count() == 2; }));
  EXPECT_EQ(world.gateway.handed_over()[1].message, low);
}

TEST_P(Sending, BoundsWhatIsInFlight) {
  world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
  for (int i = 0; i < 60; ++i) {
    world.send(world.add_client("Cliente " + std::to_string(i), "1196123" + std::to_string(1000 + i)));
  }
  world.start();
  ASSERT_TRUE(eventually([&] { return world.gateway.held() == 32; }));
  EXPECT_EQ(world.count(MessageState::sending), 32u); // nothing is claimed ahead of its hand-over
  EXPECT_EQ(world.count(MessageState::queued), 28u);
  while (world.count(MessageState::accepted) < 60) {
    world.gateway.answer_all();
    ASSERT_TRUE(
        eventually([&] { return world.gateway.held() > 0 || world.count(MessageState::accepted) == 60; }));
  }
  EXPECT_EQ(world.gateway.peak(), 32u);
  EXPECT_EQ(world.gateway.count(), 60u);
}

TEST_P(Sending, CapsHoldInEveryWindowAndAcrossARestart) {
  world.write([&](storage::TenantTransaction& tx) {
    services::channels::Context context{world.secrets, {}};
    services::channels::ChannelPatch patch;
    patch.pacing = boost::json::object{{"per_minute", 5}};
    return services::channels::update(tx, world.clock.now(), services::Actor::system(), context,
                                      world.channel, {}, patch);
  });
  for (int i = 0; i < 20; ++i) {
    world.send(world.add_client("Cliente " + std::to_string(i), "1196123" + std::to_string(1000 + i)));
  }
  world.start();
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 5; }));
  world.crash();
  world.clock.set(kMorning + 30s);
  world.start();
  EXPECT_EQ(world.gateway.count(), 5u);
  world.move_to(kMorning + 59s);
  EXPECT_EQ(world.gateway.count(), 5u);
  world.move_to(kMorning + 61s);
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 10; }));
  EXPECT_EQ(world.gateway.count(), 10u);
}

TEST_P(Sending, WaitsForTheSendingWindow) {
  auto evening = *parse_instant("2026-11-26T00:30:00Z"); // 21:30 on Wednesday
  world.clock.set(evening);
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
  world.start();
  EXPECT_EQ(world.message(id).not_before, *parse_instant("2026-11-26T11:00:00Z"));
  world.move_to(*parse_instant("2026-11-26T10:59:00Z"));
  EXPECT_EQ(world.gateway.count(), 0u);
  world.move_to(*parse_instant("2026-11-26T11:00:01Z"));
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
}

TEST_P(Sending, AWindowThatClosesStopsWhatIsLeft) {
  world.gateway.respond_with([](const HandOver&) { return answered(domain::Retry{}); });
  world.clock.set(*parse_instant("2026-11-25T22:59:50Z")); // 19:59:50
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
  world.start();
  ASSERT_TRUE(eventually([&] { return world.message(id).reason == "unreachable"; }));
  world.gateway.respond_with([](const HandOver& message) { return accepted(message); });
  world.move_to(*parse_instant("2026-11-25T23:01:00Z")); // the back-off is over, the window too
  EXPECT_EQ(world.gateway.count(), 1u);
  world.move_to(*parse_instant("2026-11-26T11:00:00Z"));
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
}

TEST_P(Sending, APausedQueuePlansButDoesNotHandOver) {
  world.start();
  auto pause = [&](bool on) {
    world.write([&](storage::TenantTransaction& tx) -> result<bool> {
      TRY_DO(services::messages::set_queue_paused(tx, services::Actor::system(), on, world.clock.now()));
      return on;
    });
  };
  pause(true);
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
  world.move_to(kMorning + 10min);
  EXPECT_EQ(world.message(id).state, MessageState::queued);
  EXPECT_EQ(world.gateway.count(), 0u);
  pause(false);
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
}

TEST_P(Sending, OpensTheCircuitAfterFiveFailuresAndProbesOnce) {
  std::atomic<bool> broken{true};
  world.gateway.respond_with([&](const HandOver& message) -> std::optional<Answer> {
    if (broken) return answered(domain::Retry{}, true);
    return accepted(message);
  });
  world.write([&](storage::TenantTransaction& tx) {
    services::channels::Context context{world.secrets, {}};
    services::channels::ChannelPatch patch;
    patch.pacing = boost::json::object{{"concurrency", 1}};
    return services::channels::update(tx, world.clock.now(), services::Actor::system(), context,
                                      world.channel, {}, patch);
  });
  for (int i = 0; i < 12; ++i) {
    world.send(world.add_client("Cliente " + std::to_string(i), "1196123" + std::to_string(1000 + i)));
  }
  world.start();
  auto circuit = [&] {
    auto parties = world.running->parties();
    return parties.empty() ? domain::CircuitState::closed : parties[0].state;
  };
  ASSERT_TRUE(eventually([&] { return circuit() == domain::CircuitState::open; }));
  EXPECT_EQ(world.gateway.count(), 5u);
  world.move_to(kMorning + 25s);
  EXPECT_EQ(world.gateway.count(), 5u);
  world.move_to(kMorning + 61s); // half open: one probe, which fails
  ASSERT_TRUE(eventually([&] { return world.gateway.count() == 6; }));
  ASSERT_TRUE(eventually([&] { return circuit() == domain::CircuitState::open; }));
  broken = false;
  world.move_to(kMorning + 3min);
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 12; }));
  EXPECT_EQ(circuit(), domain::CircuitState::closed);
}

TEST_P(Sending, AnOptOutBeforeTheClaimWins) {
  auto client = world.add_client("Ana Souza", "11 96123-4567");
  auto id = world.send(client);
  world.write([&](storage::TenantTransaction& tx) {
    services::ClientPatch patch;
    patch.opt_out = true;
    return services::clients::update(tx, services::Actor::system(), client, patch, {}, world.clock.now());
  });
  world.start();
  EXPECT_EQ(world.message(id).state, MessageState::cancelled);
  EXPECT_EQ(world.message(id).reason, "opted_out");
  EXPECT_EQ(world.gateway.count(), 0u);
}

} // namespace
} // namespace renova::test

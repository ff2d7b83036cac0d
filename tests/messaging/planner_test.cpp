// The planner's SQL against the pure rules, on random businesses; and what it must do at particular moments.
#include "messaging/planner.hpp"

#include "domain/reminder.hpp"
#include "domain/subscription.hpp"
#include "services/reminder_preview.hpp"
#include "services/sending_calendar.hpp"
#include "storage/client_store.hpp"
#include "storage/planner_store.hpp"
#include "storage/rule_store.hpp"
#include "storage/subscription_store.hpp"
#include "tests/messaging/fixture.hpp"

#include <map>
#include <random>
#include <tuple>

namespace renova::test {
namespace {

using namespace std::chrono_literals;
using domain::ReminderDecision;
using storage::TenantTransaction;

struct Planned {
  std::string state;
  std::string reason;
  std::string kind;
  Instant not_before;
  friend bool operator==(const Planned&, const Planned&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Planned& p) {
    return out << p.state << " " << p.reason << " " << p.kind << " " << to_string(p.not_before);
  }
};
using Key = std::pair<SubscriptionId, RuleId>;
using Plan = std::map<Key, Planned>;

class Planning : public Flow {
 protected:
  void drop_rules() {
    world.write([&](TenantTransaction& tx) -> result<int> {
      TRY(auto rules, storage::planner_store::rules(tx));
      for (const auto& one : rules) TRY_DO(storage::rule_store::remove(tx, one.id, one.version));
      return 0;
    });
  }
  void add_rule(int offset, std::optional<int> at, std::string plan_types, Instant enabled_at) {
    world.write([&](TenantTransaction& tx) -> result<int> {
      storage::RuleRow row;
      row.id = RuleId::make(enabled_at);
      row.name = "rule " + std::to_string(offset);
      row.offset_days = offset;
      row.at_minutes = at;
      row.plan_types = std::move(plan_types);
      TRY_DO(storage::rule_store::insert(tx, row, enabled_at));
      return 0;
    });
  }
  SubscriptionId add(int number, const storage::ClientRow& given, storage::SubscriptionRow subscription) {
    return world.write([&](TenantTransaction& tx) -> result<SubscriptionId> {
      storage::ClientRow client = given;
      client.id = ClientId::make(kMorning);
      client.name = "Cliente " + std::to_string(number);
      client.phone = "55119" + std::to_string(60000000 + number);
      client.created_at = client.updated_at = subscription.created_at;
      TRY_DO(storage::insert_client(tx, client, {}));
      subscription.id = SubscriptionId::make(kMorning);
      subscription.client_id = client.id;
      subscription.updated_at = subscription.created_at;
      TRY_DO(storage::insert_subscription(tx, subscription));
      return subscription.id;
    });
  }
  void plan(Instant now, std::optional<Instant> since = {}, int chunk = 7) {
    auto tenants = must(
        world.db->read_now([](storage::Transaction& tx) { return storage::planner_store::tenants(tx); }));
    auto mine = std::find_if(tenants.begin(), tenants.end(),
                             [&](const auto& one) { return one.tenant_id == world.tenant; });
    messaging::PlanRequest request{*mine, now, since, chunk, {}};
    must(messaging::plan_tenant(*world.db, request));
  }
  Plan ledger() {
    Plan out;
    for (const auto& row : world.messages()) {
      out[{*row.subscription_id, *row.rule_id}] = {std::string(to_text(row.state)), row.reason.value_or(""),
                                                   std::string(to_text(row.kind)), row.not_before};
    }
    return out;
  }
  // What the pure rules make of everything at `now`, as far back as the planner looks.
  Plan oracle(Instant now);
};
INSTANTIATE_TEST_SUITE_P(Engines, Planning, kBothEngines, engine_name);

std::vector<domain::ReminderRule> read_rules(TenantTransaction& tx) {
  std::vector<domain::ReminderRule> out;
  auto rows = must(storage::planner_store::rules(tx));
  for (const auto& row : rows) {
    auto rule = must(services::rules::from_row(row));
    out.push_back({rule.id, rule.content.offset_days, *domain::parse_rule_time(*rule.content.at),
                   rule.content.plan_types, rule.content.enabled, rule.enabled_at});
  }
  return out;
}

Plan Planning::oracle(Instant now) {
  return world.read([&](TenantTransaction& tx) -> result<Plan> {
    Plan out;
    auto rules = read_rules(tx);
    TRY(auto tenant, services::sending_tenant(tx));
    TRY(auto calendar, services::calendar_of(tenant));
    for (Date due = kToday - 400; due < kToday + 400; due = due + 1) {
      TRY(auto rows, storage::planner_store::subjects(tx, due));
      for (const auto& row : rows) {
        domain::ReminderSubject subject{row.id,
                                        row.expires_on,
                                        row.plan_type,
                                        row.created_at,
                                        false,
                                        row.opted_out_at.has_value(),
                                        row.archived_at.has_value(),
                                        row.muted,
                                        row.before_at,
                                        row.due_at};
        subject.settled =
            domain::is_settled({row.expires_on, row.prepaid_until, row.owed_amount, row.owed_on}, due);
        for (const auto& one : domain::plan_reminders(subject, rules, calendar, now, now)) {
          if (one.decision == ReminderDecision::not_caught_up) continue;
          if (one.nominal <= now - domain::kCatchUp - std::chrono::days(1)) continue;
          bool skipped = one.decision == ReminderDecision::skipped;
          out[{row.id, one.rule}] = {skipped ? "skipped" : "queued", std::string(to_text(one.reason)),
                                     std::string(to_text(one.kind)), one.not_before};
        }
      }
    }
    return out;
  });
}

TEST_P(Planning, EqualsTheOracleOnRandomBusinesses) {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    Instant now = kMorning + std::chrono::minutes(below(10 * 24 * 60));
    world.add_business();
    drop_rules();
    static constexpr const char* kTypes[] = {R"([])", R"(["IPTV"])", R"(["VPN","IPTV"])", R"(["GAMING"])"};
    for (int i = 2 + below(5); i > 0; --i) {
      std::optional<int> at;
      if (below(4) > 0) at = below(24) * 60 + below(3) * 20;
      add_rule(below(9) - 5, at, kTypes[below(4)], now - std::chrono::hours(below(2) ? 2000 : below(100)));
    }
    for (int i = 0; i < 60; ++i) {
      storage::ClientRow client;
      if (below(12) == 0) client.opted_out_at = kMorning;
      if (below(12) == 0) client.archived_at = kMorning;
      storage::SubscriptionRow one;
      one.plan_type = std::array{"IPTV", "VPN", "GAMING"}[static_cast<std::size_t>(below(3))];
      one.price_amount = 5000;
      one.price_currency = "BRL";
      one.expires_on = kToday + (below(30) - 12);
      if (below(5) == 0) one.prepaid_until = one.expires_on + (below(3) - 1);
      if (below(8) == 0) {
        one.owed_amount = 100;
        one.owed_on = kToday;
      }
      one.muted = below(12) == 0;
      if (below(4) == 0) one.before_at = below(24) * 60;
      if (below(4) == 0) one.due_at = below(24) * 60;
      if (below(20) == 0) one.ended_at = kMorning;
      one.created_at = now - std::chrono::hours(below(3) ? 3000 : below(300));
      add(i, client, one);
    }
    plan(now);
    Plan expected = oracle(now);
    EXPECT_EQ(ledger(), expected) << "seed " << seed << " at " << to_string(now);
    EXPECT_GT(expected.size(), 5u) << "seed " << seed;
    plan(now + 1s); // nothing is due twice
    EXPECT_EQ(ledger().size(), expected.size());
  }
}

TEST_P(Planning, StepByStepGivesTheSameAsAllAtOnce) {
  drop_rules();
  for (auto [offset, at] : {std::pair(-3, 9 * 60), {0, 10 * 60}, {1, 10 * 60}}) {
    add_rule(offset, at, "[]", kMorning - std::chrono::hours(5000));
  }
  storage::SubscriptionRow one;
  one.plan_type = "IPTV";
  one.price_amount = 5000;
  one.price_currency = "BRL";
  one.created_at = kMorning - std::chrono::hours(5000);
  for (int i = 0; i < 20; ++i) {
    one.expires_on = kToday + (i - 5);
    add(i, {}, one);
  }
  // Every minute around nine and ten o'clock of three days.
  std::optional<Instant> since;
  for (int day = 0; day < 3; ++day) {
    for (int minute = -2; minute < 70; ++minute) {
      Instant now = kMorning + std::chrono::hours(24 * day) + std::chrono::minutes(minute) + 30s;
      plan(now, since);
      since = now;
    }
  }
  auto rows = world.messages();
  std::map<std::pair<Date, Date>, int> by_day; // due date, day of hand-over
  domain::TimeZone zone = *domain::TimeZone::find("America/Sao_Paulo");
  for (const auto& row : rows) {
    if (row.state == MessageState::queued) ++by_day[{*row.due_on, zone.today(row.not_before)}];
  }
  for (int day = 0; day < 3; ++day) {
    Date today = kToday + day;
    EXPECT_EQ((by_day[{today + 3, today}]), 1);
    EXPECT_EQ((by_day[{today, today}]), 1);
    EXPECT_EQ((by_day[{today - 1, today}]), 1);
  }
}

TEST_P(Planning, CatchesUpWithTheNewestRuleOnly) {
  auto client = world.add_client("Ana Souza", "11 96123-4567", kToday + 3);
  (void)client;
  // The program was off from before the first rule until the due date.
  world.clock.set(*parse_instant("2026-11-28T14:00:00Z"));
  world.start();
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 1; }));
  auto rows = world.messages();
  ASSERT_EQ(rows.size(), 2u);
  for (const auto& row : rows) {
    if (row.state == MessageState::accepted) {
      EXPECT_EQ(row.kind, domain::MessageKind::due_today);
    } else {
      EXPECT_EQ(row.state, MessageState::skipped);
      EXPECT_EQ(row.reason, "superseded");
    }
  }
  EXPECT_EQ(world.gateway.count(), 1u);
}

TEST_P(Planning, SendsEachReminderOnceThroughDaysAndRestarts) {
  for (int i = 0; i < 8; ++i)
    world.add_client("Cliente " + std::to_string(i), "1196123" + std::to_string(4000 + i), kToday + i);
  world.start();
  for (int hour = 0; hour < 24 * 8; hour += 3) {
    if (hour % 12 == 0) {
      world.crash();
      world.clock.set(kMorning + std::chrono::hours(hour));
      world.start();
    } else {
      world.move_to(kMorning + std::chrono::hours(hour));
    }
    ASSERT_TRUE(eventually([&] { return world.count(MessageState::sending) == 0; }));
  }
  std::map<std::tuple<SubscriptionId, RuleId, Date>, int> seen;
  for (const auto& row : world.messages()) {
    ++seen[{*row.subscription_id, *row.rule_id, *row.due_on}];
    EXPECT_LE(world.gateway.times(row.id), 1);
  }
  for (const auto& [key, times] : seen) EXPECT_EQ(times, 1);
}

TEST_P(Planning, WhatComesDueOnASundayGoesOutOnMonday) {
  // 2026-11-29 is a Sunday without a window: the reminder of Wednesday's due date waits.
  world.add_client("Ana Souza", "11 96123-4567", Date::of(2026, 12, 2));
  world.clock.set(*parse_instant("2026-11-29T15:00:00Z"));
  world.start();
  auto rows = world.messages();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].state, MessageState::queued);
  EXPECT_EQ(rows[0].not_before, *parse_instant("2026-11-30T11:00:00Z"));
  EXPECT_EQ(world.gateway.count(), 0u);
  world.move_to(*parse_instant("2026-11-30T11:00:01Z"));
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 1; }));
}

TEST_P(Planning, AReminderThatWasHeldUpGivesWayToANewerOne) {
  world.add_client("Ana Souza", "11 96123-4567", kToday + 3);
  world.write([&](TenantTransaction& tx) -> result<int> {
    TRY_DO(services::messages::set_queue_paused(tx, services::Actor::system(), true, world.clock.now()));
    return 0;
  });
  world.start();
  world.move_to(kMorning + 1min);
  world.move_to(*parse_instant("2026-11-28T13:30:00Z")); // Saturday, the due date
  ASSERT_EQ(world.count(MessageState::queued), 2u);
  world.write([&](TenantTransaction& tx) -> result<int> {
    TRY_DO(services::messages::set_queue_paused(tx, services::Actor::system(), false, world.clock.now()));
    return 0;
  });
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 1; }));
  EXPECT_EQ(world.gateway.count(), 1u);
  auto skipped = world.messages(MessageState::skipped);
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_EQ(skipped[0].reason, "superseded");
}

TEST_P(Planning, RendersAtHandOverWithTodaysWords) {
  world.add_client("Ana Souza", "11 96123-4567", kToday);
  world.clock.set(kMorning + 2h);
  world.start();
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 1; }));
  auto seen = world.gateway.handed_over();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_NE(seen[0].text.find("Ana"), std::string::npos) << seen[0].text;
  EXPECT_EQ(seen[0].text.find('{'), std::string::npos) << seen[0].text;
}

TEST_P(Planning, HoldsAMessageWithAMissingValueUntilItIsThere) {
  auto client = world.add_client("Ana Souza", "11 96123-4567", kToday + 3);
  auto templ = world.write([&](TenantTransaction& tx) -> result<TemplateId> {
    services::TemplateContent content;
    content.name = "Pix";
    content.kind = domain::MessageKind::custom;
    content.body = "Olá {nome}, a chave é {pix}";
    TRY(auto made, services::templates::create(tx, world.clock.now(), services::Actor::system(), content));
    return made.id;
  });
  auto id = world.write([&](TenantTransaction& tx) -> result<MessageId> {
    services::messages::NewMessage wanted;
    wanted.client = client;
    wanted.template_id = templ;
    TRY(auto made, services::messages::create(tx, services::Actor::system(), wanted, world.clock.now()));
    return made.id;
  });
  world.start();
  ASSERT_TRUE(eventually([&] { return world.message(id).reason == "missing_value"; }));
  EXPECT_EQ(world.message(id).state, MessageState::planned);
  EXPECT_EQ(world.message(id).detail, "pix");
  EXPECT_EQ(world.gateway.times(id), 0);
  world.move_to(world.clock.now() + 2min);
  EXPECT_EQ(world.message(id).state, MessageState::planned);
  world.write([&](TenantTransaction& tx) {
    return services::templates::update(tx, world.clock.now(), services::Actor::system(), templ, {},
                                       [](services::TemplateContent& content) -> result<void> {
                                         content.body = "Olá {nome}";
                                         return {};
                                       });
  });
  world.move_to(world.clock.now() + 2min);
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
}

TEST_P(Planning, AMessageForLaterWaitsAsPlanned) {
  auto client = world.add_client("Ana Souza", "11 96123-4567");
  auto id = world.write([&](TenantTransaction& tx) -> result<MessageId> {
    services::messages::NewMessage wanted;
    wanted.client = client;
    wanted.body = "Olá";
    wanted.not_before = kMorning + 2h;
    TRY(auto made, services::messages::create(tx, services::Actor::system(), wanted, world.clock.now()));
    return made.id;
  });
  world.start();
  world.move_to(kMorning + 1h);
  EXPECT_EQ(world.message(id).state, MessageState::planned);
  world.move_to(kMorning + 2h);
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
}

TEST_P(Planning, FindsAChannelForWhatHadNone) {
  world.add_business();
  world.write([&](TenantTransaction& tx) -> result<int> {
    services::channels::Context context{world.secrets, {}};
    services::channels::ChannelPatch patch;
    patch.enabled = false;
    TRY_DO(services::channels::update(tx, world.clock.now(), services::Actor::system(), context,
                                      world.channel, {}, patch));
    return 0;
  });
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
  world.start();
  EXPECT_EQ(world.message(id).state, MessageState::queued);
  EXPECT_EQ(world.message(id).detail, "no_channel");
  world.add_channel("{}", "Outro");
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
}

} // namespace
} // namespace renova::test

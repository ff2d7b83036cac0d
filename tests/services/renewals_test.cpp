#include "services/bulk.hpp"
#include "services/message_service.hpp"
#include "tests/services/client_fixture.hpp"

#include <thread>

namespace renova::services {
namespace {

class Renewals : public ClientTest {
 protected:
  MessageId queue_reminder(const Client& client) {
    storage::MessageRow row;
    row.id = MessageId::make(now);
    row.client_id = client.id;
    row.subscription_id = client.subscriptions[0].id;
    row.rule_id = RuleId::make(now);
    row.kind = domain::MessageKind::reminder;
    row.recipient = *client.phone;
    row.due_on = client.subscriptions[0].expires_on;
    row.not_before = now + std::chrono::hours(1);
    row.created_at = row.updated_at = now;
    test::must(in([&](storage::TenantTransaction& tx) { return storage::message_store::insert(tx, row); }));
    return row.id;
  }
  domain::MessageState state_of(MessageId id) {
    return test::must(in([&](storage::TenantTransaction& tx) { return storage::message_store::get(tx, id); }))
        ->state;
  }
  Subscription subscription(ClientId id) { return get(id).subscriptions.at(0); }
};
INSTANTIATE_TEST_SUITE_P(Engines, Renewals, test::kBothEngines, test::engine_name);

TEST_P(Renewals, RefuseBadTermsAndChangeNothing) {
  const Client made = with_subscription("11987654321", "2026-12-01");
  const SubscriptionId id = made.subscriptions[0].id;
  std::vector<renewals::Request> bad(6);
  bad[0].days = 0;
  bad[1].days = 3651;
  bad[2].months = -1;
  bad[3].until = *parse_date("2026-12-01");
  bad[4].days = 30;
  bad[4].months = 1;
  bad[5].months = 1;
  bad[5].amount = PriceInput{std::nullopt, {}, "abc"};
  bad.push_back({}); // by the plan, and there is none
  for (std::size_t i = 0; i < bad.size(); ++i) {
    auto outcome = renew(id, bad[i]);
    ASSERT_TRUE(outcome.has_error()) << i;
    EXPECT_EQ(outcome.error().code, ErrorCode::validation_failed) << i;
  }
  EXPECT_EQ(get(made.id).version, made.version);
}

TEST_P(Renewals, ByMonthsTheAnchorDaySurvivesShortMonths) {
  const Client made = with_subscription("11987654321", "2027-01-31");
  const SubscriptionId id = made.subscriptions[0].id;
  std::vector<std::string> dates;
  for (int i = 0; i < 4; ++i) {
    dates.push_back(to_string(test::must(renew(id, by_months(1))).subscription.expires_on));
  }
  EXPECT_EQ(dates, (std::vector<std::string>{"2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"}));
  renewals::Request days;
  days.days = 30;
  EXPECT_EQ(test::must(renew(id, days)).subscription.anchor_day, 30);
}

TEST_P(Renewals, OnTrustTheAmountIsOwedAndPaidItIsAPayment) {
  const Client made = with_subscription("11987654321", "2026-12-01");
  renewals::Request trust = by_months(1);
  trust.paid = false;
  auto renewed = test::must(renew(made.subscriptions[0].id, trust));
  EXPECT_EQ(renewed.subscription.owed.amount, 5000);
  EXPECT_EQ(renewed.subscription.payment_status, domain::PaymentStatus::pending);
  auto settled = test::must(in([&](storage::TenantTransaction& tx) {
    return subscriptions::set_payment_status(tx, actor, made.subscriptions[0].id, domain::PaymentStatus::paid,
                                             now);
  }));
  EXPECT_EQ(settled.owed.amount, 0);
  EXPECT_EQ(settled.payment_status, domain::PaymentStatus::paid);
}

TEST_P(Renewals, CancelTheOldCyclesRemindersAndUndoRevivesThem) {
  const Client made = with_subscription("11987654321", "2026-11-25");
  const MessageId reminder = queue_reminder(made);
  auto renewed = test::must(renew(made.subscriptions[0].id, by_months(1)));
  EXPECT_EQ(state_of(reminder), domain::MessageState::cancelled);
  now = now + std::chrono::minutes(9);
  auto undone = test::must(
      in([&](storage::TenantTransaction& tx) { return renewals::undo(tx, actor, renewed.renewal.id, now); }));
  EXPECT_EQ(to_string(undone.subscription.expires_on), "2026-11-25");
  EXPECT_EQ(undone.subscription.payment_status, domain::PaymentStatus::pending);
  EXPECT_EQ(state_of(reminder), domain::MessageState::queued);
  auto again =
      in([&](storage::TenantTransaction& tx) { return renewals::undo(tx, actor, renewed.renewal.id, now); });
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
}

TEST_P(Renewals, CannotBeUndoneLateOrUnderALaterOne) {
  const Client made = with_subscription("11987654321", "2026-12-01");
  auto first = test::must(renew(made.subscriptions[0].id, by_months(1)));
  auto second = test::must(renew(made.subscriptions[0].id, by_months(1)));
  const auto undo = [&](RenewalId id) {
    return in([&](storage::TenantTransaction& tx) { return renewals::undo(tx, actor, id, now); });
  };
  EXPECT_EQ(undo(first.renewal.id).error().about, "renewed_since");
  test::must(undo(second.renewal.id));
  now = now + std::chrono::minutes(11);
  EXPECT_EQ(undo(first.renewal.id).error().about, "too_late");
  EXPECT_EQ(to_string(subscription(made.id).expires_on), "2027-01-01");
}

TEST_P(Renewals, OfParallelOnesThatSawTheSameVersionOneWins) {
  const Client made = with_subscription("11987654321", "2026-12-01");
  const Subscription before = made.subscriptions[0];
  std::atomic<int> won{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (renew(before.id, by_months(1), before.version).has_value()) ++won;
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(to_string(subscription(made.id).expires_on), "2027-01-01");
}

TEST_P(Renewals, ParallelOnesWithoutAVersionAllCount) {
  const Client made = with_subscription("11987654321", "2026-12-01");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { test::must(renew(made.subscriptions[0].id, by_months(1))); });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(to_string(subscription(made.id).expires_on), "2027-04-01");
}

TEST_P(Renewals, HappenByThemselvesOnceTheDateHasPassed) {
  NewClient input = person("Maria", "11987654321");
  input.subscription = monthly("2026-11-22");
  input.subscription->auto_renew = true;
  const Client made = test::must(create(input));
  const auto tick = [&] {
    return test::must(in([&](storage::TenantTransaction& tx) { return renewals::auto_renew_due(tx, now); }));
  };
  EXPECT_EQ(tick(), 1);
  EXPECT_EQ(tick(), 0) << "harmless to repeat";
  const Subscription after = subscription(made.id);
  EXPECT_EQ(to_string(after.expires_on), "2026-12-22");
  EXPECT_EQ(after.owed.amount, 5000);
  auto tenants = test::must(db->read_now([&](storage::Transaction& tx) {
    return renewals::auto_renew_tenants(tx, now + std::chrono::hours(24 * 40));
  }));
  EXPECT_EQ(tenants, std::vector<TenantId>{tenant});
}

TEST_P(Renewals, LongAfterTheDateTheyBeginAnewToday) {
  NewClient input = person("Maria", "11987654321");
  input.subscription = monthly("2026-05-10");
  input.subscription->auto_renew = true;
  const Client made = test::must(create(input));
  test::must(in([&](storage::TenantTransaction& tx) { return renewals::auto_renew_due(tx, now); }));
  const Subscription after = subscription(made.id);
  EXPECT_EQ(to_string(after.expires_on), "2026-12-23");
  EXPECT_EQ(after.owed.amount, 5000);
}

TEST_P(Renewals, InBulkEachClientHasItsOwnOutcomeAndADryRunChangesNothing) {
  const Client good = with_subscription("11987654321", "2026-12-01");
  const Client none = test::must(create(person("Sem plano", "11987654322")));
  const ClientId missing = ClientId::make(now);
  bulk::Command command;
  command.action = bulk::Action::renew;
  command.renewal = by_months(1);
  const std::vector<ClientId> ids{good.id, none.id, missing};
  const auto run = [&](bool dry_run) {
    auto items = test::must(in(
        [&](storage::TenantTransaction& tx) { return bulk::apply(tx, actor, ids, command, dry_run, now); }));
    std::vector<std::string> outcomes;
    for (const auto& item : items) outcomes.push_back(item.code.value_or(item.outcome));
    return outcomes;
  };
  const std::vector<std::string> expected{"done", "conflict", "not_found"};
  EXPECT_EQ(run(true), expected);
  EXPECT_EQ(to_string(subscription(good.id).expires_on), "2026-12-01");
  EXPECT_EQ(run(false), expected);
  EXPECT_EQ(to_string(subscription(good.id).expires_on), "2027-01-01");
}

} // namespace
} // namespace renova::services

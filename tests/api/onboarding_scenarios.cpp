// A new tenant, and the demonstration, on both engines.
#include "services/demo.hpp"
#include "services/onboarding.hpp"
#include "storage/message_store.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace renova {
namespace {

class Onboarding : public testing::TestWithParam<storage::Engine> {
 protected:
  test::TestDatabase database{GetParam()};
  SecretBox secrets{1, std::string(32, 'k')};
  Instant now = *parse_instant("2026-11-29T03:30:00Z"); // Sunday, 00:30 in São Paulo
};
INSTANTIATE_TEST_SUITE_P(Engines, Onboarding, test::kBothEngines, test::engine_name);

TEST_P(Onboarding, FindsATenantByItsName) {
  auto outcome = database->write_now([&](storage::Transaction& tx) -> result<std::optional<TenantId>> {
    auto refused = services::onboarding::new_tenant(tx, "x", domain::Locale::pt_br, now);
    if (refused.has_value()) return Error(ErrorCode::internal, "a name of one character was taken");
    TRY(TenantId made, services::onboarding::new_tenant(tx, "  Loja Exemplo ", domain::Locale::en, now));
    TRY(auto found, services::onboarding::find_tenant_by_name(tx, "Loja Exemplo"));
    if (found != made) return Error(ErrorCode::internal, "another tenant was found");
    return services::onboarding::find_tenant_by_name(tx, "loja exemplo");
  });
  ASSERT_TRUE(outcome.has_value()) << outcome.error().detail;
  EXPECT_FALSE(outcome->has_value());
}

TEST_P(Onboarding, MakesTheDemonstrationOnce) {
  auto make = [&] {
    return test::must(database->write_now(
        [&](storage::Transaction& tx) { return services::demo::create(tx, secrets, now); }));
  };
  auto first = make();
  EXPECT_TRUE(first.created);
  EXPECT_EQ(first.clients, 500);
  EXPECT_GE(first.messages, services::demo::kMessagesAtOnce);
  auto second = make();
  EXPECT_FALSE(second.created);
  EXPECT_EQ(second.tenant, first.tenant);

  // At half past midnight on a Sunday there is work at once.
  auto ready = test::must(database->read_now([&](storage::Transaction& tx) -> result<int> {
    storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(first.tenant));
    storage::MessagePageQuery query;
    query.limit = 100;
    query.state = domain::MessageState::queued;
    TRY(auto rows, storage::message_store::page(scoped, query));
    return static_cast<int>(std::count_if(rows.begin(), rows.end(), [&](const auto& row) {
      return row.not_before <= now && row.channel_id.has_value();
    }));
  }));
  EXPECT_GE(ready, services::demo::kMessagesAtOnce);
}

} // namespace
} // namespace renova

#include "services/notes.hpp"
#include "services/tags.hpp"
#include "tests/services/client_fixture.hpp"

#include <thread>

namespace renova::services {
namespace {

class Clients : public ClientTest {};
INSTANTIATE_TEST_SUITE_P(Engines, Clients, test::kBothEngines, test::engine_name);

TEST_P(Clients, RefuseWhatBreaksARuleAndNameEveryField) {
  NewClient input = person("A", "123");
  input.email = "nobody";
  input.tags = {""};
  input.subscription = SubscriptionInput{};
  input.subscription->before_at = "25:00";
  auto outcome = create(input);
  ASSERT_TRUE(outcome.has_error());
  const Error error = outcome.error();
  EXPECT_EQ(error.code, ErrorCode::validation_failed);
  for (const char* pointer : {"/name", "/phone", "/email", "/tags/0", "/subscription/plan_type",
                              "/subscription/price", "/subscription/expires_on", "/subscription/before_at"}) {
    EXPECT_TRUE(std::any_of(error.fields.begin(), error.fields.end(), [&](const FieldError& field) {
      return field.pointer == pointer;
    })) << pointer;
  }
  auto stored = in([&](storage::TenantTransaction& tx) { return clients::count(tx, {}, now); });
  EXPECT_EQ(test::must(std::move(stored)), 0);
}

TEST_P(Clients, ASecondOneWithThePhoneIsAConflictThatNamesTheFirst) {
  const Client first = test::must(create(person("Maria", "(11) 98765-4321")));
  auto second = create(person("Outra Maria", "+55 11 98765 4321"));
  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(second.error().about, first.id.str());
}

// Defect 2 of the original: of eight parallel additions one to four were stored.
TEST_P(Clients, EightParallelCreationsAreAllStored) {
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      if (create(person("Cliente " + std::to_string(i), "1198765432" + std::to_string(i))).has_error())
        ++failed;
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(failed, 0);
  auto stored = in([&](storage::TenantTransaction& tx) { return clients::count(tx, {}, now); });
  EXPECT_EQ(test::must(std::move(stored)), 8);
}

TEST_P(Clients, OfParallelCreationsWithOnePhoneOneIsStored) {
  std::vector<std::thread> threads;
  std::atomic<int> conflicts{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      auto outcome = create(person("Cliente " + std::to_string(i), "11987654321"));
      if (outcome.has_error() && outcome.error().code == ErrorCode::conflict &&
          !outcome.error().about.empty())
        ++conflicts;
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(conflicts, 7);
}

TEST_P(Clients, PatchChangesWhatIsThereAndClearsWhatIsNull) {
  NewClient input = person("Maria", "11987654321");
  input.email = "maria@example.com";
  input.tags = {"vip"};
  input.custom = {{"mac", "00:11"}, {"plano antigo", "ouro"}};
  const Client made = test::must(create(input));
  ClientPatch patch;
  patch.email = {true, std::nullopt};
  patch.custom = {true,
                  std::map<std::string, std::optional<std::string>>{{"mac", std::nullopt}, {"box", "2"}}};
  patch.tags = {true, std::vector<std::string>{"VIP", "novo"}};
  auto changed = test::must(in([&](storage::TenantTransaction& tx) {
    return clients::update(tx, actor, made.id, patch, made.version, now);
  }));
  EXPECT_EQ(changed.email, std::nullopt);
  EXPECT_EQ(changed.custom, (std::map<std::string, std::string>{{"plano antigo", "ouro"}, {"box", "2"}}));
  EXPECT_EQ(changed.tags, (std::vector<std::string>{"vip", "novo"})) << "the tag keeps its first spelling";
  EXPECT_EQ(changed.version, made.version + 1);
  EXPECT_EQ(get(made.id).tags, changed.tags);
  auto stale = in([&](storage::TenantTransaction& tx) {
    return clients::update(tx, actor, made.id, patch, made.version, now);
  });
  EXPECT_EQ(stale.error().code, ErrorCode::version_mismatch);
}

TEST_P(Clients, ErasingLeavesFiguresAndNoPerson) {
  NewClient input = person("Maria Segredo", "11987654321");
  input.notes = "mora perto da praça";
  input.tags = {"vip"};
  input.subscription = monthly("2026-12-01");
  const Client made = test::must(create(input));
  test::must(renew(made.subscriptions[0].id, by_months(1)));
  test::must(in([&](storage::TenantTransaction& tx) -> result<void> {
    return clients::erase(tx, actor, made.id, std::nullopt, now);
  }));
  auto found = in([&](storage::TenantTransaction& tx) { return clients::get(tx, made.id, now); });
  EXPECT_EQ(found.error().code, ErrorCode::not_found);
  test::must(in([&](storage::TenantTransaction& tx) -> result<void> {
    TRY(auto row, storage::get_client(tx, made.id));
    EXPECT_EQ(row.client.name, "");
    EXPECT_EQ(row.client.phone, std::nullopt);
    TRY(auto notes, storage::notes_of_client(tx, made.id, 10, {}));
    EXPECT_TRUE(notes.empty());
    TRY(auto renewals, storage::list_renewals(tx, made.id, true, 10, std::nullopt));
    EXPECT_EQ(renewals.size(), 1u) << "the figures stay";
    for (const char* q : {"segredo", "98765", "vip"}) {
      clients::ListFilter filter;
      filter.q = q;
      filter.which = storage::ClientFilter::Which::both;
      TRY(auto hits, clients::count(tx, filter, now));
      EXPECT_EQ(hits, 0) << q;
    }
    return {};
  }));
  EXPECT_TRUE(create(person("Outra", "11987654321")).has_value()) << "the number is free again";
}

TEST_P(Clients, AnotherTenantsClientDoesNotExist) {
  const Client made = with_subscription("11987654321", "2026-12-01");
  tenant = new_tenant("Outra Loja");
  const auto code = [&](auto work) { return in(work).error().code; };
  EXPECT_EQ(code([&](storage::TenantTransaction& tx) { return clients::get(tx, made.id, now); }),
            ErrorCode::not_found);
  EXPECT_EQ(code([&](storage::TenantTransaction& tx) {
              return clients::update(tx, actor, made.id, {}, std::nullopt, now);
            }),
            ErrorCode::not_found);
  EXPECT_EQ(renew(made.subscriptions[0].id, by_months(1)).error().code, ErrorCode::not_found);
  EXPECT_EQ(code([&](storage::TenantTransaction& tx) { return notes::add(tx, actor, made.id, "x", now); }),
            ErrorCode::not_found);
}

TEST_P(Clients, ATagIsRenamedAndDeletedEverywhere) {
  NewClient input = person("Maria", "11987654321");
  input.tags = {"vip", "novo"};
  const Client made = test::must(create(input));
  const auto with_tag = [&](const char* tag) {
    clients::ListFilter filter;
    filter.tag = tag;
    return test::must(in([&](storage::TenantTransaction& tx) { return clients::count(tx, filter, now); }));
  };
  const auto tag =
      test::must(in([&](storage::TenantTransaction& tx) { return storage::tag_by_name(tx, "VIP"); }));
  test::must(
      in([&](storage::TenantTransaction& tx) { return tags::rename(tx, actor, tag->id, "Ouro", now); }));
  EXPECT_EQ(get(made.id).tags, (std::vector<std::string>{"Ouro", "novo"}));
  EXPECT_EQ(with_tag("vip"), 0);
  EXPECT_EQ(with_tag("ouro"), 1);
  auto taken =
      in([&](storage::TenantTransaction& tx) { return tags::rename(tx, actor, tag->id, "NOVO", now); });
  EXPECT_EQ(taken.error().code, ErrorCode::conflict);
  test::must(in([&](storage::TenantTransaction& tx) { return tags::remove(tx, actor, tag->id, now); }));
  EXPECT_EQ(get(made.id).tags, (std::vector<std::string>{"novo"}));
  EXPECT_EQ(with_tag("ouro"), 0);
}

TEST_P(Clients, TheTimelineMergesEventsNotesAndRenewals) {
  const Client made = with_subscription("11987654321", "2026-12-01");
  now = now + std::chrono::minutes(1);
  test::must(
      in([&](storage::TenantTransaction& tx) { return notes::add(tx, actor, made.id, "ligou", now); }));
  now = now + std::chrono::minutes(1);
  test::must(renew(made.subscriptions[0].id, by_months(1)));
  std::vector<std::string> kinds;
  storage::MomentAfter after;
  while (true) { // one a page
    auto rows = test::must(
        in([&](storage::TenantTransaction& tx) { return notes::timeline(tx, made.id, 1, after); }));
    if (rows.empty()) break;
    if (rows[0].source != "message") kinds.push_back(rows[0].kind);
    after = {rows[0].at, rows[0].id};
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"renewed", "note", "client_created"}));
}

} // namespace
} // namespace renova::services

// What a transaction promises, on both engines: all or nothing, errors with names, callbacks once.
#include "tests/storage/fixture.hpp"

#include <future>
#include <latch>
#include <set>

namespace renova::storage {

class Transactions : public StorageTest {
 protected:
  Error error_of(const std::function<result<void>(TenantTransaction)>& work) {
    auto outcome = db->write_now([&](Transaction& tx) { return work(tx.tenant(scope)); });
    EXPECT_TRUE(outcome.has_error());
    return outcome.has_error() ? outcome.error() : Error();
  }
  Error insert_error(const Thing& made) {
    return error_of([&](TenantTransaction tx) -> result<void> {
      TRY_DO(insert(tx, made));
      return {};
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Transactions, test::kBothEngines, test::engine_name);

TEST_P(Transactions, ConflictsNameTheSameIndexOnBothEngines) {
  Thing first = thing("a");
  first.label = "l";
  first.day = Date{1};
  test::must(write_thing(first));
  Thing same_name = thing("a");
  EXPECT_EQ(insert_error(same_name).code, ErrorCode::conflict);
  EXPECT_EQ(insert_error(same_name).about, "things_name"); // CREATE UNIQUE INDEX
  Thing same_label = thing("b");
  same_label.label = "l";
  EXPECT_EQ(insert_error(same_label).about, "things_label_once"); // CONSTRAINT … UNIQUE
  Thing same_day = thing("c");
  same_day.day = Date{1};
  EXPECT_EQ(insert_error(same_day).about, "things_tenant_id_day_kind_key"); // UNIQUE without a name
  Thing same_id = thing("d");
  same_id.id = first.id;
  EXPECT_EQ(insert_error(same_id).about, "things_pkey");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_P(Transactions, BrokenRulesAreValidationErrors) {
  Error range = insert_error(thing("a", -1'500));
  EXPECT_EQ(range.code, ErrorCode::validation_failed);
  EXPECT_EQ(range.about, "things_amount_range");
  Thing orphan = thing("b");
  orphan.parent_id = ClientId::make(SystemClock().now());
  EXPECT_EQ(insert_error(orphan).code, ErrorCode::validation_failed);
  Error missing = error_of([&](TenantTransaction tx) -> result<void> {
    TRY_DO(tx.run(test_sql::thing_put, {{"id", ClientId::make(SystemClock().now())},
                                        {"name", std::optional<std::string>()},
                                        {"amount", 1}}));
    return {};
  });
  EXPECT_EQ(missing.code, ErrorCode::validation_failed);
  EXPECT_EQ(missing.about, "name");
  EXPECT_TRUE(names().empty());
}

TEST_P(Transactions, AFailedUnitLeavesNothing) {
  Error error = error_of([&](TenantTransaction tx) -> result<void> {
    TRY_DO(insert(tx, thing("a")));
    TRY_DO(insert(tx, thing("b")));
    return Error(ErrorCode::not_found, "changed my mind");
  });
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_TRUE(names().empty());
}

TEST_P(Transactions, AnExceptionIsInternalAndLeavesNothing) {
  Error error = error_of([&](TenantTransaction tx) -> result<void> {
    TRY_DO(insert(tx, thing("a")));
    throw std::runtime_error("bug");
  });
  EXPECT_EQ(error.code, ErrorCode::internal);
  EXPECT_TRUE(names().empty());
}

TEST_P(Transactions, AFailedStatementFailsTheUnitEvenIfItIsIgnored) {
  test::must(write_thing(thing("a")));
  Error error = error_of([&](TenantTransaction tx) -> result<void> {
    EXPECT_TRUE(insert(tx, thing("b")).has_value());
    EXPECT_TRUE(insert(tx, thing("a")).has_error());
    EXPECT_EQ(insert(tx, thing("c")).error().about, "things_name");
    return {};
  });
  EXPECT_EQ(error.code, ErrorCode::conflict);
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_P(Transactions, ASavepointFailsAlone) {
  test::must(write_thing(thing("a")));
  std::vector<std::string> called;
  std::promise<void> all_called;
  test::must(db->write_now([&](Transaction& system) -> result<void> {
    TenantTransaction tx = system.tenant(scope);
    TRY_DO(insert(tx, thing("b")));
    result<void> failed = tx.savepoint([&]() -> result<void> {
      TRY_DO(insert(tx, thing("c")));
      TRY_DO(system.run(test_sql::counter_set, {{"name", "n"}, {"value", 1}}));
      tx.after_commit([&] { called.push_back("c"); });
      TRY_DO(insert(tx, thing("a")));
      return {};
    });
    EXPECT_EQ(failed.error().about, "things_name");
    TRY_DO(tx.savepoint([&]() -> result<void> {
      tx.after_commit([&] { called.push_back("d"); });
      result<void> inner = tx.savepoint([&]() -> result<void> {
        TRY_DO(insert(tx, thing("e")));
        return Error(ErrorCode::not_found, "");
      });
      EXPECT_EQ(inner.error().code, ErrorCode::not_found);
      TRY_DO(insert(tx, thing("d")));
      return {};
    }));
    tx.after_commit([&] { all_called.set_value(); });
    return {};
  }));
  all_called.get_future().get();
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b", "d"}));
  EXPECT_EQ(called, std::vector<std::string>{"d"});
}

TEST_P(Transactions, AfterCommitSeesTheCommitAndNeverARollback) {
  std::atomic<int> calls = 0;
  std::vector<std::string> seen;
  test::must(db->write_now([&](Transaction& tx) -> result<void> {
    TRY_DO(insert(tx.tenant(scope), thing("a")));
    tx.after_commit([&] { ++calls; });
    return {};
  }));
  EXPECT_EQ(calls, 1); // before `done`
  error_of([&](TenantTransaction tx) -> result<void> {
    tx.after_commit([&] { ++calls; });
    return Error(ErrorCode::conflict, "");
  });
  EXPECT_EQ(calls, 1);
}

TEST_P(Transactions, ReadsSeeOnlyWhatIsCommitted) {
  std::latch inserted(1);
  std::latch looked(1);
  std::promise<result<void>> written;
  db->write(
      [&](Transaction& tx) -> result<void> {
        TRY_DO(insert(tx.tenant(scope), thing("a")));
        inserted.count_down();
        looked.wait();
        return {};
      },
      [&](result<void> outcome) { written.set_value(outcome); });
  inserted.wait();
  EXPECT_TRUE(names().empty());
  looked.count_down();
  test::must(written.get_future().get());
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_P(Transactions, AReadIsOneSnapshot) {
  test::must(write_thing(thing("a")));
  auto counts =
      test::must(db->read_now([&](Transaction& tx) -> result<std::pair<std::int64_t, std::int64_t>> {
        TRY(auto before, tx.tenant(scope).first<std::int64_t>(test_sql::thing_count, {}));
        std::thread([&] { test::must(write_thing(thing("b"))); }).join();
        TRY(auto after, tx.tenant(scope).first<std::int64_t>(test_sql::thing_count, {}));
        return std::pair(*before, *after);
      }));
  EXPECT_EQ(counts, (std::pair<std::int64_t, std::int64_t>(1, 1)));
}

TEST_P(Transactions, AReadCannotWrite) {
  auto outcome = db->read_now([&](Transaction& tx) { return insert(tx.tenant(scope), thing("a")); });
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code, ErrorCode::internal);
  EXPECT_TRUE(names().empty());
}

TEST_P(Transactions, RacingWritersLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  test::must(db->write_now([](Transaction& tx) {
    return tx.run(test_sql::counter_set, {{"name", "n"}, {"value", 0}});
  }));
  std::atomic<int> winners = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        test::must(db->write_now([](Transaction& tx) {
          return tx.run(test_sql::counter_add, {{"name", "n"}, {"by", 1}});
        }));
        auto won = write_thing(thing("only one " + std::to_string(i)));
        if (won.has_value())
          ++winners;
        else
          EXPECT_EQ(won.error().code, ErrorCode::conflict);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  auto value = test::must(db->read_now([](Transaction& tx) {
    return tx.first<std::int64_t>(test_sql::counter_get, {{"name", "n"}});
  }));
  EXPECT_EQ(value, kThreads * kEach);
  EXPECT_EQ(winners, kEach);
  EXPECT_EQ(names().size(), static_cast<std::size_t>(kEach));
}

TEST_P(Transactions, EveryClaimGoesToOne) {
  constexpr int kThings = 60;
  test::must(db->write_now([&](Transaction& tx) -> result<void> {
    for (int i = 0; i < kThings; ++i) TRY_DO(insert(tx.tenant(scope), thing("t" + std::to_string(i))));
    return {};
  }));
  std::mutex mutex;
  std::multiset<std::string> claimed;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      while (true) {
        auto mine = test::must(db->write_now([](Transaction& tx) {
          return tx.all<std::string>(test_sql::things_claim, {{"limit", 7}});
        }));
        if (mine.empty()) return;
        std::lock_guard lock(mutex);
        claimed.insert(mine.begin(), mine.end());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(claimed.size(), static_cast<std::size_t>(kThings));
  EXPECT_EQ(std::set<std::string>(claimed.begin(), claimed.end()).size(), static_cast<std::size_t>(kThings));
}

TEST_P(Transactions, TenantsSeeTheirOwnOnly) {
  TenantScope other(TenantId::make(SystemClock().now()));
  add_owner(other);
  test::must(write_thing(thing("mine")));
  test::must(db->write_now([&](Transaction& tx) -> result<void> {
    TRY_DO(insert(tx.tenant(other), thing("theirs")));
    TRY(auto all, tx.first<std::int64_t>(test_sql::everything, {}));
    EXPECT_EQ(all, 2);
    TRY(auto own, tx.tenant(scope).all<std::string>(test_sql::thing_names, {}));
    EXPECT_EQ(own, std::vector<std::string>{"mine"});
    return {};
  }));
}

// Fails the n-th statement for every n, and the commit: nothing may have changed.
class Faults : public StorageTest {
 protected:
  static inline std::atomic<int> fail_at = 0; // counts down; 0 fails nothing
  static inline std::atomic<bool> fail_commit = false;
  static DatabaseOptions faulty() {
    DatabaseOptions options;
    options.faults.before_statement = [](const Statement&) -> std::optional<Error> {
      if (fail_at > 0 && --fail_at == 0) return Error(ErrorCode::unavailable, "injected");
      return std::nullopt;
    };
    options.faults.before_commit = []() -> std::optional<Error> {
      if (fail_commit.exchange(false)) return Error(ErrorCode::unavailable, "injected");
      return std::nullopt;
    };
    return options;
  }
  Faults() : StorageTest(faulty()) {}
  ~Faults() override {
    fail_at = 0;
    fail_commit = false;
  }

  result<void> five_statements() {
    return db->write_now([&](Transaction& tx) -> result<void> {
      for (int i = 0; i < 4; ++i) TRY_DO(insert(tx.tenant(scope), thing("t" + std::to_string(i))));
      TRY_DO(tx.run(test_sql::counter_set, {{"name", "n"}, {"value", 7}}));
      return {};
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Faults, test::kBothEngines, test::engine_name);

TEST_P(Faults, FailingAnyStatementChangesNothing) {
  for (int n = 1; n <= 5; ++n) {
    fail_at = n;
    result<void> outcome = five_statements();
    ASSERT_TRUE(outcome.has_error()) << n;
    EXPECT_EQ(outcome.error().detail, "injected");
    EXPECT_TRUE(names().empty()) << n;
  }
  fail_commit = true;
  EXPECT_TRUE(five_statements().has_error());
  EXPECT_TRUE(names().empty());
  EXPECT_TRUE(five_statements().has_value());
  EXPECT_EQ(names().size(), 4u);
}

TEST_P(Faults, AFullQueueRefusesAtOnce) {
  DatabaseOptions options = with_test_schema();
  options.write_queue_max = 3;
  options.connections = 1;
  db.reopen(options);
  std::latch go_on(1);
  std::latch finished(3);
  for (int i = 0; i < 3; ++i) {
    db->write([&](Transaction&) -> result<void> { return go_on.wait(), result<void>(); },
              [&](result<void> outcome) {
                EXPECT_TRUE(outcome.has_value());
                finished.count_down();
              });
  }
  result<void> refused = db->write_now([](Transaction&) -> result<void> { return {}; });
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_GT(refused.error().retry_after_s, 0);
  go_on.count_down();
  finished.wait();
}

TEST_P(Faults, ClosingWaitsForWorkUnderWay) {
  std::promise<result<void>> written;
  db->write(
      [&](Transaction& tx) -> result<void> {
        return insert(tx.tenant(scope), thing("a")).has_value() ? result<void>()
                                                                : Error(ErrorCode::internal, "");
      },
      [&](result<void> outcome) { written.set_value(outcome); });
  db.close();
  test::must(written.get_future().get());
  db.reopen();
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

} // namespace renova::storage

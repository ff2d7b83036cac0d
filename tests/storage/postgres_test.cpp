// What only PostgreSQL has: row-level security, and connections that break.
#include "tests/storage/fixture.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/tcp_proxy.hpp"

#include <libpq-fe.h>

#include <future>
#include <latch>

namespace renova::storage {

namespace {

class Postgres : public StorageTest {
 protected:
  using StorageTest::StorageTest;

  test::PostgresServer& server() { return test::PostgresServer::shared(); }
  std::string sql(const std::string& text) { return server().run(db.postgres_name(), text); }
  void end_all_backends() {
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
        "'" +
        db.postgres_name() + "'");
  }
  void set_counter(std::int64_t value) {
    test::must(db->write_now([&](Transaction& tx) {
      return tx.run(test_sql::counter_set, {{"name", "n"}, {"value", value}});
    }));
  }
  std::int64_t counter() { return std::stoll(sql("SELECT value FROM counters WHERE name = 'n'")); }
};
INSTANTIATE_TEST_SUITE_P(Engines, Postgres, testing::Values(Engine::postgres), test::engine_name);

// A session of the role that the program works as, without the program.
class BareSession {
 public:
  BareSession(const std::string& url, const std::string& role)
      : connection_(PQconnectdb(url.c_str()), PQfinish) {
    if (!role.empty()) run("SET ROLE " + role);
  }
  std::string run(const std::string& text) {
    std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection_.get(), text.c_str()), PQclear);
    if (PQresultStatus(result.get()) == PGRES_TUPLES_OK && PQntuples(result.get()) > 0) {
      return PQgetvalue(result.get(), 0, 0);
    }
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    return state ? std::string("error ") + state : PQcmdTuples(result.get());
  }

 private:
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

} // namespace

TEST_P(Postgres, WithoutASettingTheRoleSeesNothing) {
  TenantScope other(TenantId::make(SystemClock().now()));
  add_owner(other);
  test::must(write_thing(thing("mine")));
  BareSession session(db.url(), "renova_app");
  EXPECT_EQ(session.run("SELECT count(*) FROM things"), "0");
  EXPECT_EQ(session.run("UPDATE things SET amount = 1"), "0");
  EXPECT_EQ(session.run("DELETE FROM things"), "0");
  EXPECT_EQ(session.run("INSERT INTO owners VALUES (gen_random_uuid(), 'x')"), "error 42501");
  session.run("SET app.tenant_id = '" + scope.tenant().str() + "'");
  EXPECT_EQ(session.run("SELECT count(*) FROM things"), "1");
  EXPECT_EQ(session.run("UPDATE things SET tenant_id = '" + other.tenant().str() + "'"), "error 42501");
  session.run("SET app.tenant_id = '" + other.tenant().str() + "'");
  EXPECT_EQ(session.run("SELECT count(*) FROM things"), "0");
  EXPECT_EQ(session.run("DROP TABLE notes"), "error 42501");
  EXPECT_EQ(session.run("DELETE FROM schema_migrations"), "error 42501");
  EXPECT_EQ(session.run("INSERT INTO notes SELECT '" + scope.tenant().str() + "', gen_random_uuid(), ''"),
            "error 42501");
}

TEST_P(Postgres, AStatementThatForgetsTheTenantStillSeesOneOnly) {
  TenantScope other(TenantId::make(SystemClock().now()));
  add_owner(other);
  test::must(write_thing(thing("mine")));
  auto counts = test::must(db->write_now([&](Transaction& tx) -> result<std::vector<std::int64_t>> {
    std::vector<std::int64_t> seen;
    for (TenantScope who : {other, scope, other}) {
      TRY(auto count, tx.tenant(who).first<std::int64_t>(test_sql::things_of_all_tenants_unguarded, {}));
      seen.push_back(*count);
      TRY(auto all, tx.first<std::int64_t>(test_sql::everything, {}));
      seen.push_back(*all);
    }
    return seen;
  }));
  EXPECT_EQ(counts, (std::vector<std::int64_t>{0, 1, 1, 1, 0, 1}));
}

TEST_P(Postgres, TheTenantIsRightAfterASavepointThatFailed) {
  TenantScope other(TenantId::make(SystemClock().now()));
  add_owner(other);
  test::must(write_thing(thing("mine")));
  auto seen = test::must(db->write_now([&](Transaction& tx) -> result<std::int64_t> {
    TRY_DO(tx.tenant(other).first<std::int64_t>(test_sql::things_of_all_tenants_unguarded, {}));
    result<void> failed = tx.savepoint([&]() -> result<void> {
      TRY_DO(tx.tenant(scope).first<std::int64_t>(test_sql::things_of_all_tenants_unguarded, {}));
      return Error(ErrorCode::not_found, "");
    });
    EXPECT_TRUE(failed.has_error());
    TRY(auto count, tx.tenant(scope).first<std::int64_t>(test_sql::things_of_all_tenants_unguarded, {}));
    return *count;
  }));
  EXPECT_EQ(seen, 1);
}

TEST_P(Postgres, AnOwnerWithoutRightsIsBoundToo) {
  std::string role = "owner_" + db.postgres_name();
  sql("CREATE ROLE " + role + " LOGIN");
  std::string name = server().create_database();
  server().run(name,
               "ALTER DATABASE " + name + " OWNER TO " + role + "; ALTER SCHEMA public OWNER TO " + role);
  {
    DatabaseOptions options = with_test_schema();
    options.url = server().url(name, role);
    auto plain = test::must(Database::open(options));
    test::must(plain->migrate());
    TenantScope other(TenantId::make(SystemClock().now()));
    test::must(plain->write_now([&](Transaction& tx) -> result<void> {
      TRY_DO(tx.tenant(scope).run(test_sql::owner_insert, {{"name", "Ana"}}));
      TRY_DO(insert(tx.tenant(scope), thing("mine")));
      TRY(auto mine, tx.tenant(scope).first<std::int64_t>(test_sql::things_of_all_tenants_unguarded, {}));
      EXPECT_EQ(*mine, 1);
      TRY(auto theirs, tx.tenant(other).first<std::int64_t>(test_sql::things_of_all_tenants_unguarded, {}));
      EXPECT_EQ(*theirs, 0);
      return {};
    }));
    BareSession session(options.url, "");
    EXPECT_EQ(session.run("SELECT count(*) FROM things"), "0");
  }
  server().drop_database(name);
  sql("DROP ROLE " + role);
}

TEST_P(Postgres, AKilledConnectionInTheMiddleRunsTheUnitAgain) {
  set_counter(0);
  int runs = 0;
  test::must(db->write_now([&](Transaction& tx) -> result<void> {
    ++runs;
    TRY_DO(tx.run(test_sql::counter_add, {{"name", "n"}, {"by", 1}}));
    if (runs == 1) end_all_backends();
    TRY_DO(tx.run(test_sql::counter_add, {{"name", "n"}, {"by", 1}}));
    return {};
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(counter(), 2);
}

TEST_P(Postgres, ConnectionsThatAreKilledAllTheTimeLoseAndDoubleNothing) {
  DatabaseOptions options = with_test_schema();
  options.retry_window = std::chrono::seconds(60);
  db.reopen(options);
  set_counter(0);
  constexpr int kThreads = 4;
  constexpr int kEach = 60;
  std::atomic<bool> stop = false;
  std::thread killer([&] {
    while (!stop) end_all_backends();
  });
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        auto outcome = db->write_now([](Transaction& tx) {
          return tx.run(test_sql::counter_add, {{"name", "n"}, {"by", 1}});
        });
        if (outcome.has_value()) ++done;
        if (done > 3 * kThreads) stop = true; // enough kills; let the rest finish in peace
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  killer.join();
  EXPECT_EQ(counter(), done);
  EXPECT_EQ(done, kThreads * kEach);
}

TEST_P(Postgres, ADeadlockIsResolvedByRepeating) {
  test::must(write_thing(thing("a", 0)));
  test::must(write_thing(thing("b", 0)));
  std::latch both(2);
  auto unit = [&](const char* first, const char* second, bool& met) {
    return db->write_now([&, first, second](Transaction& tx) -> result<void> {
      TRY_DO(tx.tenant(scope).run(test_sql::thing_update, {{"name", first}, {"amount", 1}}));
      if (!std::exchange(met, true)) both.arrive_and_wait();
      TRY_DO(tx.tenant(scope).run(test_sql::thing_update, {{"name", second}, {"amount", 2}}));
      return {};
    });
  };
  bool met_one = false;
  bool met_two = false;
  auto one = std::async(std::launch::async, [&] { return unit("a", "b", met_one); });
  auto two = std::async(std::launch::async, [&] { return unit("b", "a", met_two); });
  EXPECT_TRUE(one.get().has_value());
  EXPECT_TRUE(two.get().has_value());
}

TEST_P(Postgres, APlanThatIsOutOfDateIsPreparedAnew) {
  test::must(write_thing(thing("a", 7)));
  auto sum = [&] {
    return test::must(db->read_now(
        [&](Transaction& tx) { return tx.tenant(scope).first<std::int64_t>(test_sql::thing_sum, {}); }));
  };
  EXPECT_EQ(sum(), 7);
  sql("ALTER TABLE things ALTER COLUMN amount TYPE INTEGER"); // another result type: "cached plan must not
                                                              // change"
  EXPECT_EQ(sum(), 7);
}

namespace {

// The same database through a proxy that goes bad when the first COMMIT is about to be sent.
class BadNetwork : public Postgres {
 protected:
  static inline std::atomic<int> spoil_at = 0;
  static inline test::TcpProxy* proxy = nullptr;
  static inline test::TcpProxy::Mode mode = test::TcpProxy::Mode::forward;

  BadNetwork() {
    set_counter(0);
    std::string url = db.url();
    std::size_t host = url.find("@") + 1;
    std::size_t colon = url.find(':', host);
    std::size_t slash = url.find('/', host);
    own_proxy = std::make_unique<test::TcpProxy>(std::stoi(url.substr(colon + 1, slash - colon - 1)));
    proxy = own_proxy.get();
    DatabaseOptions options = with_test_schema();
    options.url = url.substr(0, colon + 1) + std::to_string(own_proxy->port()) + url.substr(slash);
    options.connections = 1;
    options.probe_after = std::chrono::milliseconds(200);
    options.faults.before_commit = []() -> std::optional<Error> {
      if (spoil_at > 0 && --spoil_at == 0) proxy->spoil(mode);
      return std::nullopt;
    };
    through = test::must(Database::open(options));
  }
  ~BadNetwork() override {
    through.reset();
    spoil_at = 0;
  }
  result<std::int64_t> add() {
    return through->write_now([&](Transaction& tx) {
      ++runs;
      return tx.run(test_sql::counter_add, {{"name", "n"}, {"by", 1}});
    });
  }

  std::unique_ptr<test::TcpProxy> own_proxy;
  std::unique_ptr<Database> through;
  int runs = 0;
};
INSTANTIATE_TEST_SUITE_P(Engines, BadNetwork, testing::Values(Engine::postgres), test::engine_name);

} // namespace

TEST_P(BadNetwork, ACommitWhoseAnswerIsLostIsLookedUpAndNotRepeated) {
  test::must(add());
  mode = test::TcpProxy::Mode::lose_answers;
  spoil_at = 1;
  test::must(add());
  EXPECT_EQ(counter(), 2);
  EXPECT_EQ(runs, 2);
}

TEST_P(BadNetwork, ACommitThatNeverArrivesIsEndedAndRepeated) {
  test::must(add());
  mode = test::TcpProxy::Mode::black_hole;
  spoil_at = 1;
  test::must(add());
  EXPECT_EQ(counter(), 2);
  EXPECT_EQ(runs, 3);
}

TEST_P(BadNetwork, AConnectionThatSwallowsEverythingIsNoticed) {
  test::must(add());
  own_proxy->spoil(test::TcpProxy::Mode::black_hole);
  auto begin = std::chrono::steady_clock::now();
  test::must(add());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(counter(), 2);
}

TEST_P(BadNetwork, ASlowStatementIsNotTakenForADeadConnection) {
  test::must(add());
  sql("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN new; "
      "END $$;"
      "CREATE TRIGGER slow BEFORE UPDATE ON counters FOR EACH ROW EXECUTE FUNCTION slow()");
  test::must(add());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(counter(), 2);
}

TEST(PostgresAway, IsUnavailableWhileItIsAwayAndWorksWhenItIsBack) {
  test::PostgresServer server;
  DatabaseOptions options = with_test_schema();
  options.url = server.url(server.create_database());
  options.retry_window = std::chrono::milliseconds(300);
  auto db = test::must(Database::open(options));
  test::must(db->migrate());
  auto set = [&] {
    return db->write_now([](Transaction& tx) {
      return tx.run(test_sql::counter_set, {{"name", "n"}, {"value", 1}});
    });
  };
  test::must(set());
  server.stop();
  auto refused = set();
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_GT(refused.error().retry_after_s, 0);
  EXPECT_TRUE(Database::open(options).has_error());
  server.start();
  test::must(set());
}

} // namespace renova::storage

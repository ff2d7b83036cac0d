// The schema moves forward, whole steps only, one migrator at a time.
#include "tests/storage/fixture.hpp"
#include "tests/support/postgres_server.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <future>

namespace renova::storage {

namespace {

class Migrations : public testing::TestWithParam<Engine> {
 protected:
  Migrations() {
    if (GetParam() == Engine::postgres) {
      name = test::PostgresServer::shared().create_database();
      url = test::PostgresServer::shared().url(name);
    } else {
      url = "sqlite:" + folder.file("test.db");
    }
  }
  ~Migrations() override {
    if (!name.empty()) test::PostgresServer::shared().drop_database(name);
  }
  std::unique_ptr<Database> open(std::span<const Migration> migrations) {
    DatabaseOptions options;
    options.url = url;
    options.migrations = migrations;
    options.lock_wait = std::chrono::seconds(60);
    return test::must(Database::open(options));
  }
  int applied() { return test::must(open(test_sql::migrations)->migration_status()).applied; }

  test::TempFolder folder;
  std::string name;
  std::string url;
};
INSTANTIATE_TEST_SUITE_P(Engines, Migrations, test::kBothEngines, test::engine_name);

std::vector<Migration> program() { return {test_sql::migrations.begin(), test_sql::migrations.end()}; }

} // namespace

TEST_P(Migrations, AFailingStepIsUndoneAndTheStepsBeforeItStay) {
  std::vector<Migration> broken = program();
  broken.push_back({3, "broken", "c3", "CREATE TABLE half (x INTEGER); INSERT INTO nowhere VALUES (1)",
                    "CREATE TABLE half (x BIGINT); INSERT INTO nowhere VALUES (1)"});
  auto outcome = open(broken)->migrate();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code, ErrorCode::internal);
  EXPECT_NE(outcome.error().detail.find("migration 3 (broken) failed and was undone"), std::string::npos);
  EXPECT_EQ(applied(), 2);
  // `half` is gone: the mended step can make it.
  broken.back() = {3, "mended", "c3b", "CREATE TABLE half (x INTEGER)", "CREATE TABLE half (x BIGINT)"};
  test::must(open(broken)->migrate());
  auto status = test::must(open(broken)->migration_status());
  EXPECT_EQ(status.applied, 3);
}

TEST_P(Migrations, AnOlderProgramRefusesANewerSchema) {
  std::vector<Migration> newer = program();
  newer.push_back({3, "later", "c3", "CREATE TABLE later (x INTEGER)", "CREATE TABLE later (x BIGINT)"});
  test::must(open(newer)->migrate());
  auto outcome = open(test_sql::migrations)->migrate();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code, ErrorCode::internal);
  EXPECT_NE(outcome.error().detail.find("the database has schema 3, this program knows 2"),
            std::string::npos);
}

TEST_P(Migrations, AChangedStepIsRefused) {
  test::must(open(test_sql::migrations)->migrate());
  std::vector<Migration> changed = program();
  changed[0].checksum = "another";
  auto outcome = open(changed)->migrate();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_NE(outcome.error().detail.find("migration 1 (things) of this program is not the one"),
            std::string::npos);
}

TEST_P(Migrations, RowsSurviveALaterStep) {
  test::must(open(std::span(test_sql::migrations).first(1))->migrate());
  TenantScope scope(TenantId::make(SystemClock().now()));
  auto insert = [&](Transaction& tx) {
    return tx.tenant(scope).run(test_sql::owner_insert, {{"name", "Ana"}});
  };
  test::must(open(std::span(test_sql::migrations).first(1))->write_now(insert));
  std::vector<Migration> moving = program();
  moving.push_back(
      {3, "moving", "c3", "UPDATE owners SET name = name || '!'", "UPDATE owners SET name = name || '!'"});
  auto db = open(moving);
  test::must(db->migrate());
  auto outcome = db->write_now(insert);
  ASSERT_TRUE(outcome.has_error()); // still there
  EXPECT_EQ(outcome.error().about, "owners_pkey");
}

TEST_P(Migrations, TwoMigratorsAtOnceTakeTurns) {
  std::vector<std::future<result<void>>> migrators;
  for (int i = 0; i < 4; ++i) {
    migrators.push_back(
        std::async(std::launch::async, [&] { return open(test_sql::migrations)->migrate(); }));
  }
  for (auto& migrator : migrators) test::must(migrator.get());
  EXPECT_EQ(applied(), 2);
}

// Not a test: what the next one runs in a process of its own, to be killed.
TEST(MigrationsChild, DISABLED_MigratesForEver) {
  const char* url = std::getenv("RENOVA_TEST_CHILD_URL");
  if (url == nullptr) GTEST_SKIP();
  std::vector<Migration> endless = program();
  endless.push_back(
      {3, "endless", "c3",
       "CREATE TABLE half (x INTEGER);"
       "INSERT INTO half WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
       "CREATE TABLE half (x BIGINT); INSERT INTO half SELECT 1; SELECT pg_sleep(600)"});
  DatabaseOptions options;
  options.url = url;
  options.migrations = endless;
  test::must(test::must(Database::open(options))->migrate());
}

TEST_P(Migrations, AKilledMigratorLeavesAWholeSchema) {
  pid_t child = fork();
  if (child == 0) {
    setenv("RENOVA_TEST_CHILD_URL", url.c_str(), 1);
    execl("/proc/self/exe", "storage_conformance_test", "--gtest_also_run_disabled_tests",
          "--gtest_filter=MigrationsChild.DISABLED_MigratesForEver", static_cast<char*>(nullptr));
    _exit(127);
  }
  // It is in the third step when two are visible; on SQLite the WAL of the third must have grown beyond what
  // two need.
  auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  auto in_third_step = [&] {
    if (GetParam() == Engine::sqlite) {
      std::error_code none;
      auto size = std::filesystem::file_size(folder.file("test.db-wal"), none);
      return !none && size > 40'000'000;
    }
    return test::PostgresServer::shared().run(
               "postgres", "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + name +
                               "' AND wait_event = 'PgSleep'") == "1";
  };
  while (!in_third_step() && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  EXPECT_TRUE(in_third_step());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  if (GetParam() == Engine::postgres) {
    // The server notices the loss when it next writes to the client; a restart of the machine would be the
    // same.
    test::PostgresServer::shared().run(
        "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
  }
  EXPECT_EQ(applied(), 2);
  std::vector<Migration> mended = program();
  mended.push_back({3, "mended", "c3", "CREATE TABLE half (x INTEGER)", "CREATE TABLE half (x BIGINT)"});
  test::must(open(mended)->migrate());
}

} // namespace renova::storage

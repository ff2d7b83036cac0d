// The program's own schema and statements: they fit each other, on both engines.
#include "storage/sql.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/test_database.hpp"

#include <libpq-fe.h>
#include <sqlite3.h>

namespace renova::storage {

namespace {

std::vector<const Statement*> every_statement() {
  std::vector<const Statement*> statements(sql::all_statements.begin(), sql::all_statements.end());
  for (const FamilyBase* family : sql::all_families) {
    for (const Statement* form : family->sample()) statements.push_back(form);
  }
  return statements;
}

} // namespace

class Schema : public testing::TestWithParam<Engine> {
 protected:
  test::TestDatabase db{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Engines, Schema, test::kBothEngines, test::engine_name);

TEST_P(Schema, IsUpToDateAfterMigrating) {
  auto status = test::must(db->migration_status());
  EXPECT_GE(status.available, 1);
  EXPECT_EQ(status.applied, status.available);
  test::must(db->migrate());
}

TEST(SchemaOfSqlite, EveryStatementCanBePrepared) {
  test::TestDatabase db(Engine::sqlite);
  std::string path = db.url().substr(std::string_view("sqlite:").size());
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle(raw, sqlite3_close);
  sqlite3_create_function(
      raw, "renova_uuid7", 1, SQLITE_UTF8, nullptr, [](sqlite3_context*, int, sqlite3_value**) {}, nullptr,
      nullptr);
  for (const Statement* statement : every_statement()) {
    sqlite3_stmt* prepared = nullptr;
    std::string text(statement->sqlite);
    EXPECT_EQ(sqlite3_prepare_v2(raw, text.c_str(), -1, &prepared, nullptr), SQLITE_OK)
        << statement->name << ": " << sqlite3_errmsg(raw) << "\n"
        << text;
    sqlite3_finalize(prepared);
  }
}

TEST(SchemaOfPostgres, EveryStatementCanBePrepared) {
  test::TestDatabase db(Engine::postgres);
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(db.url().c_str()), PQfinish);
  constexpr std::string_view kIndeterminate = "42P18"; // settled by the types that are bound
  for (const Statement* statement : every_statement()) {
    std::string text(statement->postgres);
    std::unique_ptr<PGresult, void (*)(PGresult*)> prepared(
        PQprepare(connection.get(), "", text.c_str(), 0, nullptr), PQclear);
    if (PQresultStatus(prepared.get()) == PGRES_COMMAND_OK) continue;
    EXPECT_EQ(PQresultErrorField(prepared.get(), PG_DIAG_SQLSTATE), kIndeterminate)
        << statement->name << ": " << PQresultErrorMessage(prepared.get()) << "\n"
        << text;
  }
}

TEST(SchemaOfPostgres, EveryTenantTableIsGuarded) {
  test::TestDatabase db(Engine::postgres);
  auto count = [&](const std::string& condition) {
    return std::stoi(test::PostgresServer::shared().run(
        db.postgres_name(),
        "SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = "
        "'tenant_id' "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND " +
            condition));
  };
  EXPECT_GT(count("true"), 15);
  EXPECT_EQ(count("NOT (relrowsecurity AND relforcerowsecurity)"), 0);
  EXPECT_EQ(count("NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)"), 0);
}

} // namespace renova::storage

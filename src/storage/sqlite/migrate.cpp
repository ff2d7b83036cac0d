#include "base/log.hpp"
#include "storage/migration_plan.hpp"
#include "storage/sqlite/database.hpp"

#include <map>

namespace renova::storage {

namespace {

struct Finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
    "checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

result<AppliedMigrations> read_applied(SqliteConnection& connection) {
  AppliedMigrations applied;
  TRY(std::int64_t exists,
      connection.number(
          "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"));
  if (exists == 0) return applied;
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(connection.handle(), "SELECT number, checksum FROM schema_migrations", -1,
                                &raw, nullptr);
  if (code != SQLITE_OK) return connection.error(code, "schema_migrations");
  std::unique_ptr<sqlite3_stmt, Finalizer> statement(raw);
  while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
    applied[sqlite3_column_int(raw, 0)] = reinterpret_cast<const char*>(sqlite3_column_text(raw, 1));
  }
  if (code != SQLITE_DONE) return connection.error(code, "schema_migrations");
  return applied;
}

result<void> apply(SqliteConnection& connection, const Migration& migration) {
  TRY_DO(connection.script(std::string(migration.sqlite)));
  TRY_DO(connection.script("INSERT INTO schema_migrations VALUES (" + std::to_string(migration.number) +
                           ", '" + std::string(migration.name) + "', '" + std::string(migration.checksum) +
                           "', CAST(unixepoch('now') AS INTEGER) * 1000000)"));
  TRY(std::int64_t orphans, connection.number("SELECT count(*) FROM pragma_foreign_key_check"));
  if (orphans != 0) return Error(ErrorCode::internal, "rows would refer to rows that do not exist");
  return {};
}

result<void> apply_in_transaction(SqliteConnection& connection, const Migration& migration) {
  TRY_DO(connection.script("BEGIN IMMEDIATE"));
  result<void> outcome = apply(connection, migration);
  if (outcome.has_value()) outcome = connection.script("COMMIT");
  if (outcome.has_error() && connection.in_transaction()) TRY_DO(connection.script("ROLLBACK"));
  return outcome;
}

} // namespace

result<void> migrate_sqlite(SqliteConnection& connection, std::span<const Migration> migrations) {
  TRY_DO(connection.script(kCreateTable));
  TRY(AppliedMigrations applied, read_applied(connection));
  TRY(auto missing, plan_migrations(applied, migrations));
  if (missing.empty()) return {};
  // A migration may rebuild a table that others refer to; apply() checks every reference before it commits.
  TRY_DO(connection.script("PRAGMA foreign_keys=OFF"));
  result<void> outcome;
  for (const Migration* migration : missing) {
    outcome = apply_in_transaction(connection, *migration);
    if (outcome.has_error()) {
      outcome = migration_failed(*migration, outcome.error());
      break;
    }
    log::info("migrated", {{"number", migration->number}, {"name", migration->name}});
  }
  TRY_DO(connection.script("PRAGMA foreign_keys=ON"));
  return outcome;
}

result<Database::MigrationStatus> sqlite_migration_status(SqliteConnection& connection,
                                                          std::span<const Migration> migrations) {
  TRY(AppliedMigrations applied, read_applied(connection));
  return status_of(applied, migrations);
}

} // namespace renova::storage

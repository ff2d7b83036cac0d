#include "storage/migration_plan.hpp"

namespace renova::storage {

result<std::vector<const Migration*>> plan_migrations(const AppliedMigrations& applied,
                                                      std::span<const Migration> migrations) {
  int newest = migrations.empty() ? 0 : migrations.back().number;
  if (!applied.empty() && applied.rbegin()->first > newest) {
    return Error(ErrorCode::internal,
                 "the database has schema " + std::to_string(applied.rbegin()->first) +
                     ", this program knows " + std::to_string(newest) +
                     ": use the newer program, or restore a backup made before the upgrade");
  }
  std::vector<const Migration*> missing;
  for (const Migration& migration : migrations) {
    auto found = applied.find(migration.number);
    if (found == applied.end()) {
      missing.push_back(&migration);
    } else if (found->second != migration.checksum) {
      return Error(ErrorCode::internal,
                   "migration " + std::to_string(migration.number) + " (" + std::string(migration.name) +
                       ") of this program is not the one that made the database: use a released program");
    }
  }
  return missing;
}

Database::MigrationStatus status_of(const AppliedMigrations& applied, std::span<const Migration> migrations) {
  Database::MigrationStatus status;
  if (!applied.empty()) status.applied = applied.rbegin()->first;
  if (!migrations.empty()) status.available = migrations.back().number;
  return status;
}

Error migration_failed(const Migration& migration, const Error& cause) {
  bool temporary = cause.code == ErrorCode::unavailable || cause.code == ErrorCode::storage_full;
  return Error(temporary ? cause.code : ErrorCode::internal, "migration " + std::to_string(migration.number) +
                                                                 " (" + std::string(migration.name) +
                                                                 ") failed and was undone: " + cause.detail);
}

} // namespace renova::storage

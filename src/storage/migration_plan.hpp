// Which migrations a database lacks; the same for both engines.
#pragma once

#include "storage/database.hpp"

#include <map>
#include <string>
#include <vector>

namespace renova::storage {

using AppliedMigrations = std::map<int, std::string>; // number → checksum

// What is to be applied, in order. Error: internal when the database is newer than the program, or was made
// by other migrations than the program's.
result<std::vector<const Migration*>> plan_migrations(const AppliedMigrations& applied,
                                                      std::span<const Migration> migrations);

Database::MigrationStatus status_of(const AppliedMigrations& applied, std::span<const Migration> migrations);

// The error of a migration that did not work, for the operator; unavailable and storage_full keep their code.
Error migration_failed(const Migration& migration, const Error& cause);

} // namespace renova::storage

// Copies of a SQLite database, made and checked without stopping anything.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>

namespace renova::storage {

// Writes a consistent, compact copy of the database `from` to the new file `to`, through a connection of its
// own that only reads: writers go on meanwhile. The copy appears under its name only when it is whole and on
// disk. Errors: conflict when `to` exists; storage_full; unavailable.
result<void> copy_database(const std::string& from, const std::string& to);

struct BackupCheck {
  std::int64_t tenants = 0;
  std::int64_t clients = 0;
  std::int64_t messages = 0;
  int schema = 0; // number of its newest migration
};
// Reads every page and every reference of a copy. Errors: validation_failed with what is wrong; unavailable
// when the file cannot be read.
result<BackupCheck> check_database(const std::string& path);

// Puts the copy `from` in the place of the database `to`, which nobody may have open; what was there is kept
// as `to`.before-restore. Messages that the copy shows as waiting may have been sent after it was made, so
// they become `unknown`, for their owner to decide, and the planner does not look back before `now`. Errors:
// those of check_database; unavailable when the database is in use.
result<void> restore_database(const std::string& from, const std::string& to, Instant now);

} // namespace renova::storage

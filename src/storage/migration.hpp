// One step of the schema, embedded from migrations/NNNN_name.sql by tools/embed_sql.py.
#pragma once

#include <span>
#include <string_view>

namespace renova::storage {

struct Migration {
  int number;                // 1, 2, … without a gap
  std::string_view name;     // "initial"
  std::string_view checksum; // SHA-256 of the file, in hexadecimal
  std::string_view sqlite;   // the text for each engine, type words replaced
  std::string_view postgres;
};

// The schema of this program.
std::span<const Migration> program_migrations();

} // namespace renova::storage

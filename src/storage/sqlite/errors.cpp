// SQLite's result codes as errors, and the names of the constraints in its messages.
#include "base/log.hpp"
#include "base/text.hpp"
#include "storage/sqlite/connection.hpp"

#include <regex>

namespace renova::storage {

namespace {

struct Statements {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using TextRows = std::vector<std::vector<std::string>>;

TextRows read_all(sqlite3* handle, const char* text, const std::string& parameter) {
  TextRows rows;
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle, text, -1, &raw, nullptr) != SQLITE_OK) return rows;
  std::unique_ptr<sqlite3_stmt, Statements> statement(raw);
  sqlite3_bind_text(raw, 1, parameter.c_str(), -1, SQLITE_STATIC);
  while (sqlite3_step(raw) == SQLITE_ROW) {
    std::vector<std::string>& row = rows.emplace_back();
    for (int column = 0; column < sqlite3_column_count(raw); ++column) {
      const unsigned char* value = sqlite3_column_text(raw, column);
      row.emplace_back(value ? reinterpret_cast<const char*>(value) : "");
    }
  }
  return rows;
}

// "t.a, t.b" → {"a", "b"}
std::vector<std::string> column_names(const std::string& columns) {
  std::vector<std::string> names;
  std::size_t begin = 0;
  while (begin < columns.size()) {
    std::size_t end = std::min(columns.find(", ", begin), columns.size());
    std::string name = columns.substr(begin, end - begin);
    names.push_back(name.substr(name.find('.') + 1));
    begin = end + 2;
  }
  return names;
}

std::string join(const std::vector<std::string>& names, std::string_view separator) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : std::string(separator)) + name;
  return text;
}

// The name that CREATE TABLE gave to `kind` (UNIQUE or PRIMARY KEY) over the columns; SQLite itself forgets
// it.
std::string declared_name(const std::string& create_table, const std::vector<std::string>& columns) {
  static const std::regex pattern(R"re(CONSTRAINT\s+"?(\w+)"?\s+(?:UNIQUE|PRIMARY\s+KEY)\s*\(([^)]*)\))re",
                                  std::regex::icase);
  for (std::sregex_iterator match(create_table.begin(), create_table.end(), pattern), end; match != end;
       ++match) {
    std::string listed = (*match)[2].str();
    std::erase_if(listed, [](unsigned char c) { return c == ' ' || c == '"' || c == '\n' || c == '\t'; });
    if (listed == join(columns, ",")) return (*match)[1].str();
  }
  return "";
}

Error named(ErrorCode code, const char* detail, std::string about) {
  Error error(code, detail);
  error.about = std::move(about);
  return error;
}

} // namespace

std::string find_unique_name(sqlite3* handle, const std::string& columns) {
  std::string table = columns.substr(0, columns.find('.'));
  std::vector<std::string> names = column_names(columns);
  bool primary = false;
  bool found = false;
  for (const auto& index : read_all(
           handle, "SELECT name, origin FROM pragma_index_list(?1) WHERE \"unique\" ORDER BY origin, name",
           table)) {
    std::vector<std::string> indexed;
    for (const auto& row :
         read_all(handle, "SELECT name FROM pragma_index_info(?1) ORDER BY seqno", index[0])) {
      indexed.push_back(row[0]);
    }
    if (indexed != names) continue;
    if (index[1] == "c") return index[0];
    found = true;
    primary = index[1] == "pk";
    break;
  }
  TextRows create =
      read_all(handle, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?1", table);
  std::string declared = create.empty() ? "" : declared_name(create[0][0], names);
  if (!declared.empty()) return declared;
  if (primary || !found) return table + "_pkey"; // no index at all: INTEGER PRIMARY KEY
  return table + "_" + join(names, "_") + "_key";
}

Error SqliteConnection::constraint_error(std::string_view message) {
  std::size_t colon = message.find(": ");
  std::string subject(colon == std::string_view::npos ? "" : message.substr(colon + 2));
  switch (sqlite3_extended_errcode(handle_)) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: {
      constexpr std::string_view kByIndex = "index '";
      if (subject.starts_with(kByIndex)) {
        return named(ErrorCode::conflict, "the key is taken",
                     subject.substr(kByIndex.size(), subject.size() - kByIndex.size() - 1));
      }
      auto known = unique_names_.find(subject);
      if (known == unique_names_.end()) {
        known = unique_names_.emplace(subject, find_unique_name(handle_, subject)).first;
      }
      return named(ErrorCode::conflict, "the key is taken", known->second);
    }
    case SQLITE_CONSTRAINT_CHECK:
      return named(ErrorCode::validation_failed, "a value is outside its range", subject);
    case SQLITE_CONSTRAINT_NOTNULL:
      return named(ErrorCode::validation_failed, "a value is missing", subject.substr(subject.find('.') + 1));
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return named(ErrorCode::validation_failed,
                   "a row that is referred to does not exist, or is still referred to", "");
    default:
      log::error("statement_failed", {{"engine", "sqlite"}, {"message", message}});
      return named(ErrorCode::internal, "the database refused a value", subject);
  }
}

Error SqliteConnection::error(int code, std::string_view during) {
  std::string message = sqlite3_errmsg(handle_);
  int extended = sqlite3_extended_errcode(handle_);
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return constraint_error(message);
    case SQLITE_FULL:
      return Error(ErrorCode::storage_full, "the disk is full; nothing was changed");
    case SQLITE_TOOBIG:
      return Error(ErrorCode::validation_failed, "a value is too large");
    case SQLITE_IOERR:
      // Pages that fsync could not write may be gone from the cache too: what the file holds is unknown until
      // it is opened anew, and asking again could get a false yes.
      broken_ = broken_ || extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC;
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      broken_ = true;
      break;
    case SQLITE_READONLY:
      if (role_ == Role::writer) break;
      [[fallthrough]];
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
    case SQLITE_INTERNAL:
      log::error("statement_failed", {{"engine", "sqlite"}, {"during", during}, {"message", message}});
      return Error(ErrorCode::internal, "the database could not run a statement");
    default:
      break;
  }
  log::warning("database_unavailable",
               {{"engine", "sqlite"}, {"during", during}, {"message", message}, {"code", extended}});
  return Error(ErrorCode::unavailable, "the database is not available at the moment");
}

} // namespace renova::storage

// One SQLite connection with its cache of prepared statements. Used by one thread at a time.
#pragma once

#include "storage/engine.hpp"

#include <sqlite3.h>

#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace renova::storage {

class SqliteConnection {
 public:
  enum class Role { writer, reader };
  static constexpr int kBusyTimeoutMs = 5'000;

  // The file must exist. Error: unavailable with the reason.
  static result<std::unique_ptr<SqliteConnection>> open(const std::string& path, Role role);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Rows changed, or read when the statement only reads or there is an `on_row`.
  result<std::int64_t> run(const Statement& statement, const Bindings& bindings,
                           const Transaction::OnRow& on_row);

  // A fixed text without parameters, prepared once: BEGIN, COMMIT, SAVEPOINT, … `text` must be a literal.
  result<void> command(const char* text);

  // Any number of statements, not cached: pragmas, migrations.
  result<void> script(const std::string& text);

  // The first column of the first row; 0 when there is none.
  result<std::int64_t> number(const std::string& text);

  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  sqlite3* handle() { return handle_; }

  // True after an error that makes the file untrustworthy until it is opened anew (fsync failed, damage
  // found).
  bool broken() const { return broken_; }

  // The error that SQLite reports for `code`, the result of the last call. `during` is for the log.
  Error error(int code, std::string_view during);

  // Statements in the cache, for tests.
  std::size_t cached() const { return cache_.size(); }

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Prepared = std::unique_ptr<sqlite3_stmt, Finalizer>;
  struct Cached {
    Prepared statement;
    std::list<std::uint32_t>::iterator age;
  };

  SqliteConnection(sqlite3* handle, Role role) : handle_(handle), role_(role) {}
  result<void> configure();
  result<Prepared> prepare(std::string_view text, unsigned flags);
  result<sqlite3_stmt*> cached(const Statement& statement);
  result<std::int64_t> step_all(sqlite3_stmt* prepared, const Statement& statement,
                                const Transaction::OnRow& on_row);
  Error constraint_error(std::string_view message);

  sqlite3* handle_;
  Role role_;
  bool broken_ = false;
  std::unordered_map<std::uint32_t, Cached> cache_;
  std::list<std::uint32_t> ages_; // least recently used first
  std::unordered_map<const char*, Prepared> commands_;
  std::unordered_map<std::string, std::string> unique_names_; // "t.a, t.b" → the name of its index
};

// The name of the unique index or constraint over `columns` ("clients.tenant_id, clients.phone", as SQLite's
// message lists them): of the index, of the named constraint, or the name that PostgreSQL would choose.
std::string find_unique_name(sqlite3* handle, const std::string& columns);

} // namespace renova::storage

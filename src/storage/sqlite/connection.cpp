#include "storage/sqlite/connection.hpp"

#include "base/log.hpp"

#include <stdexcept>

namespace renova::storage {

namespace {

// Forms of list queries can be many; beyond this the least recently used is forgotten.
constexpr std::size_t kMaxCachedStatements = 500;
// Pages read by a transaction stay in memory up to this size.
constexpr int kWriterCacheKib = 32 * 1024;
constexpr int kReaderCacheKib = 8 * 1024;

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}

  int columns() const override { return sqlite3_column_count(statement_); }
  std::string_view column_name(int column) const override { return sqlite3_column_name(statement_, column); }
  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override {
    expect(column, SQLITE_INTEGER);
    return sqlite3_column_int64(statement_, column);
  }
  std::string_view text(int column) const override {
    expect(column, SQLITE_TEXT);
    const unsigned char* text = sqlite3_column_text(statement_, column);
    return {reinterpret_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  std::span<const std::uint8_t> bytes(int column) const override {
    expect(column, SQLITE_BLOB);
    const void* bytes = sqlite3_column_blob(statement_, column);
    return {static_cast<const std::uint8_t*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  Uuid uuid(int column) const override {
    std::span<const std::uint8_t> raw = bytes(column);
    Uuid uuid;
    if (raw.size() != uuid.size()) throw std::logic_error("a UUID column holds something else");
    std::copy(raw.begin(), raw.end(), uuid.begin());
    return uuid;
  }

 private:
  void expect(int column, int type) const {
    if (sqlite3_column_type(statement_, column) == type) return;
    throw std::logic_error("column " + std::string(column_name(column)) +
                           " has another type than it is read as");
  }

  sqlite3_stmt* statement_;
};

struct Binder {
  sqlite3_stmt* statement;
  int place;

  int operator()(Null) const { return sqlite3_bind_null(statement, place); }
  int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, place, number); }
  int operator()(std::string_view text) const {
    const char* data = text.data() == nullptr ? "" : text.data();
    return sqlite3_bind_text64(statement, place, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  int operator()(std::span<const std::uint8_t> bytes) const {
    if (bytes.empty()) return sqlite3_bind_zeroblob(statement, place, 0);
    return sqlite3_bind_blob64(statement, place, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
  int operator()(const Uuid& uuid) const {
    return sqlite3_bind_blob64(statement, place, uuid.data(), uuid.size(), SQLITE_STATIC);
  }
};

// renova_uuid7(microseconds): the function that migrations give to PostgreSQL under the same name.
void make_uuid7(sqlite3_context* context, int, sqlite3_value** arguments) {
  Uuid uuid = make_uuid(Instant{sqlite3_value_int64(arguments[0])});
  sqlite3_result_blob(context, uuid.data(), static_cast<int>(uuid.size()), SQLITE_TRANSIENT);
}

// Resets a statement whatever way its function is left.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(sqlite3_stmt* statement) : statement_(statement) {}
  ~ResetAtEnd() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  sqlite3_stmt* statement_;
};

} // namespace

result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, Role role) {
  sqlite3* handle = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &handle,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle, role));
  if (code != SQLITE_OK) {
    std::string reason = handle ? sqlite3_errmsg(handle) : "out of memory";
    return Error(ErrorCode::unavailable, "cannot open the database file " + path + ": " + reason);
  }
  TRY_DO(connection->configure());
  return connection;
}

SqliteConnection::~SqliteConnection() {
  commands_.clear();
  cache_.clear();
  sqlite3_close_v2(handle_);
}

result<void> SqliteConnection::configure() {
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  sqlite3_create_function_v2(handle_, "renova_uuid7", 1, SQLITE_UTF8, nullptr, make_uuid7, nullptr, nullptr,
                             nullptr);
  // wal_autocheckpoint=0 everywhere: SQLite before 3.51.3 can damage a WAL that two connections reset at once
  // (sqlite.org/wal.html#walresetbug), so only the writer checkpoints, and it does so explicitly.
  TRY_DO(
      script("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=FULL;"
             "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;"));
  if (role_ == Role::reader) {
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return script("PRAGMA query_only=ON; PRAGMA cache_size=-" + std::to_string(kReaderCacheKib));
  }
  return script("PRAGMA secure_delete=FAST; PRAGMA cache_size=-" + std::to_string(kWriterCacheKib));
}

result<SqliteConnection::Prepared> SqliteConnection::prepare(std::string_view text, unsigned flags) {
  sqlite3_stmt* statement = nullptr;
  int code =
      sqlite3_prepare_v3(handle_, text.data(), static_cast<int>(text.size()), flags, &statement, nullptr);
  if (code != SQLITE_OK) return error(code, text);
  return Prepared(statement);
}

result<sqlite3_stmt*> SqliteConnection::cached(const Statement& statement) {
  if (auto found = cache_.find(statement.index); found != cache_.end()) {
    ages_.splice(ages_.end(), ages_, found->second.age);
    return found->second.statement.get();
  }
  TRY(Prepared prepared, prepare(statement.sqlite, SQLITE_PREPARE_PERSISTENT));
  while (cache_.size() >= kMaxCachedStatements) {
    // A statement that is running (a row callback runs another one) must not be finalised under its caller.
    auto oldest = std::find_if(ages_.begin(), ages_.end(), [&](std::uint32_t index) {
      return sqlite3_stmt_busy(cache_.at(index).statement.get()) == 0;
    });
    if (oldest == ages_.end()) break;
    cache_.erase(*oldest);
    ages_.erase(oldest);
  }
  sqlite3_stmt* raw = prepared.get();
  ages_.push_back(statement.index);
  cache_.emplace(statement.index, Cached{std::move(prepared), std::prev(ages_.end())});
  return raw;
}

result<std::int64_t> SqliteConnection::run(const Statement& statement, const Bindings& bindings,
                                           const Transaction::OnRow& on_row) {
  TRY(sqlite3_stmt * prepared, cached(statement));
  Prepared nested;
  if (sqlite3_stmt_busy(prepared) != 0) { // a row callback that runs the statement it stands on
    TRY(nested, prepare(statement.sqlite, 0));
    prepared = nested.get();
  }
  ResetAtEnd reset(prepared);
  // A parameter that only the PostgreSQL text names has no place here.
  std::size_t places = static_cast<std::size_t>(sqlite3_bind_parameter_count(prepared));
  for (std::size_t place = 0; place < std::min(places, bindings.size()); ++place) {
    int code = std::visit(Binder{prepared, static_cast<int>(place) + 1}, bindings[place]);
    if (code != SQLITE_OK) return error(code, statement.name);
  }
  return step_all(prepared, statement, on_row);
}

result<std::int64_t> SqliteConnection::step_all(sqlite3_stmt* prepared, const Statement& statement,
                                                const Transaction::OnRow& on_row) {
  std::int64_t rows = 0;
  SqliteRow row(prepared);
  int code;
  while ((code = sqlite3_step(prepared)) == SQLITE_ROW) {
    ++rows;
    if (on_row) on_row(row);
  }
  if (code != SQLITE_DONE) return error(code, statement.name);
  if (on_row || sqlite3_stmt_readonly(prepared) != 0) return rows;
  return sqlite3_changes64(handle_);
}

result<void> SqliteConnection::command(const char* text) {
  Prepared& prepared = commands_[text];
  if (!prepared) {
    TRY(prepared, prepare(text, SQLITE_PREPARE_PERSISTENT));
  }
  ResetAtEnd reset(prepared.get());
  int code = sqlite3_step(prepared.get());
  if (code != SQLITE_DONE && code != SQLITE_ROW) return error(code, text);
  return {};
}

result<void> SqliteConnection::script(const std::string& text) {
  int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code, "script");
  return {};
}

result<std::int64_t> SqliteConnection::number(const std::string& text) {
  TRY(Prepared prepared, prepare(text, 0));
  int code = sqlite3_step(prepared.get());
  if (code == SQLITE_ROW) return sqlite3_column_int64(prepared.get(), 0);
  if (code != SQLITE_DONE) return error(code, text);
  return 0;
}

} // namespace renova::storage

#include "storage/sqlite/database.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace renova::storage {

namespace {

// Beyond this many the pool closes what is given back: a burst of readers must not keep memory for ever.
constexpr std::size_t kMaxIdleReaders = 16;

// The file, readable by its owner only: it holds other people's phone numbers.
result<void> create_file(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error(ErrorCode::unavailable,
                 "cannot open the database file " + path + ": " + std::strerror(errno));
  }
  ::close(descriptor);
  return {};
}

} // namespace

result<std::unique_ptr<SqliteConnection>> ReaderPool::take() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return SqliteConnection::open(path_, SqliteConnection::Role::reader);
}

void ReaderPool::give_back(std::unique_ptr<SqliteConnection> connection) {
  std::unique_lock lock(mutex_);
  if (idle_.size() < kMaxIdleReaders && !connection->broken()) {
    idle_.push_back(std::move(connection));
    return;
  }
  lock.unlock();
  connection.reset();
}

void ReaderPool::clear() {
  std::lock_guard lock(mutex_);
  idle_.clear();
}

result<std::unique_ptr<Database>> SqliteDatabase::open(const std::string& path, DatabaseOptions options) {
  TRY(LockFile lock, LockFile::acquire(path + ".lock", options.lock_wait));
  TRY_DO(create_file(path));
  TRY(auto connection, SqliteConnection::open(path, SqliteConnection::Role::writer));
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path, std::move(options), std::move(lock)));
  database->writer_ = std::make_unique<GroupCommitWriter>(std::move(connection), database->options_);
  for (int i = 0; i < std::max(1, database->options_.readers); ++i) {
    database->scanners_.emplace_back([self = database.get()] { self->scan_loop(); });
  }
  return std::unique_ptr<Database>(std::move(database));
}

SqliteDatabase::~SqliteDatabase() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  scan_arrived_.notify_all();
  for (std::thread& scanner : scanners_) scanner.join();
  readers_.clear(); // before the writer, which then is the last connection and empties the WAL
  writer_.reset();
}

result<void> SqliteDatabase::run_read(const Work& work, std::vector<std::function<void()>>& actions) {
  TRY(std::unique_ptr<SqliteConnection> connection, readers_.take());
  result<void> outcome = connection->command("BEGIN");
  if (outcome.has_value()) {
    SqliteTransaction transaction(*connection, options_.faults);
    outcome = transaction.run_unit(work);
    if (outcome.has_value()) actions = transaction.take_actions();
    result<void> ended = connection->command("COMMIT");
    if (ended.has_error() && connection->in_transaction()) ended = connection->command("ROLLBACK");
  }
  readers_.give_back(std::move(connection));
  return outcome;
}

void SqliteDatabase::read_here(const Work& work, const Done& done) {
  std::vector<std::function<void()>> actions;
  result<void> outcome = run_read(work, actions);
  for (const auto& action : actions) run_callback(action);
  run_callback([&] { done(std::move(outcome)); });
}

void SqliteDatabase::read(Cost cost, Work work, Done done) {
  if (cost == Cost::point) return read_here(work, done);
  std::optional<Error> refusal;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = closing_error();
    } else if (scans_.size() >= static_cast<std::size_t>(options_.read_queue_max)) {
      refusal = queue_full_error();
    } else {
      scans_.push_back({std::move(work), std::move(done)});
    }
  }
  if (refusal) return run_callback([&] { done(*refusal); });
  scan_arrived_.notify_one();
}

void SqliteDatabase::scan_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    scan_arrived_.wait(lock, [&] { return stopping_ || !scans_.empty(); });
    if (scans_.empty()) return;
    Scan scan = std::move(scans_.front());
    scans_.pop_front();
    lock.unlock();
    read_here(scan.work, scan.done);
    scan = {};
    lock.lock();
  }
}

result<void> SqliteDatabase::migrate() {
  return writer_->run_exclusive(
      [this](SqliteConnection& connection) { return migrate_sqlite(connection, options_.migrations); });
}

result<Database::MigrationStatus> SqliteDatabase::migration_status() {
  MigrationStatus status;
  TRY_DO(writer_->run_exclusive([&](SqliteConnection& connection) -> result<void> {
    TRY(status, sqlite_migration_status(connection, options_.migrations));
    return {};
  }));
  return status;
}

// VACUUM INTO reads one snapshot on a reading connection; the writer goes on.
result<void> SqliteDatabase::copy_to(const std::string& path) {
  TRY(std::unique_ptr<SqliteConnection> connection, readers_.take());
  result<void> outcome;
  if (path.find('\0') != std::string::npos || ::access(path.c_str(), F_OK) == 0) {
    outcome = Error(ErrorCode::unavailable, "the file " + path + " exists already");
  } else {
    std::string quoted;
    for (char c : path) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    TRY_DO(create_file(path)); // with its permissions; VACUUM INTO accepts an empty file
    outcome = connection->script("PRAGMA query_only=OFF; VACUUM INTO '" + quoted + "'; PRAGMA query_only=ON");
    if (outcome.has_error()) ::unlink(path.c_str());
  }
  // Not given back: after an error its settings are unknown.
  return outcome;
}

} // namespace renova::storage

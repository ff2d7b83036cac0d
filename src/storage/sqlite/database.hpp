// SQLite behind the Database interface: one file, one writing connection, any number of reading ones.
#pragma once

#include "storage/sqlite/lock_file.hpp"
#include "storage/sqlite/writer.hpp"

namespace renova::storage {

// Connections for reading: whoever reads takes the one that was given back last, whose caches are warm.
class ReaderPool {
 public:
  explicit ReaderPool(std::string path) : path_(std::move(path)) {}

  // Error: unavailable when a new connection is needed and cannot be opened.
  result<std::unique_ptr<SqliteConnection>> take();
  void give_back(std::unique_ptr<SqliteConnection> connection);
  void clear();

 private:
  std::string path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
};

class SqliteDatabase final : public Database {
 public:
  static result<std::unique_ptr<Database>> open(const std::string& path, DatabaseOptions options);
  ~SqliteDatabase() override;

  void read(Cost cost, Work work, Done done) override;
  void write(Work work, Done done) override { writer_->submit(std::move(work), std::move(done)); }
  result<void> migrate() override;
  result<void> copy_to(const std::string& path) override;
  result<MigrationStatus> migration_status() override;
  Engine engine() const override { return Engine::sqlite; }

 private:
  struct Scan {
    Work work;
    Done done;
  };
  SqliteDatabase(const std::string& path, DatabaseOptions options, LockFile lock)
      : options_(std::move(options)), lock_(std::move(lock)), readers_(path) {}
  void read_here(const Work& work, const Done& done);
  result<void> run_read(const Work& work, std::vector<std::function<void()>>& actions);
  void scan_loop();

  DatabaseOptions options_;
  LockFile lock_;
  ReaderPool readers_;
  std::unique_ptr<GroupCommitWriter> writer_;

  std::mutex mutex_;
  std::condition_variable scan_arrived_;
  std::deque<Scan> scans_;
  bool stopping_ = false;
  std::vector<std::thread> scanners_;
};

// Applies what is missing, on the writing connection. Errors as Database::migrate.
result<void> migrate_sqlite(SqliteConnection& connection, std::span<const Migration> migrations);
result<Database::MigrationStatus> sqlite_migration_status(SqliteConnection& connection,
                                                          std::span<const Migration> migrations);

} // namespace renova::storage

#include "tests/support/test_database.hpp"

#include "tests/support/postgres_server.hpp"

#include <map>

namespace renova::test {

namespace {

// The name of a migrated database to copy from; made once in a program for each set of migrations.
const std::string& migrated_pattern(const storage::DatabaseOptions& options) {
  struct Pattern {
    std::string name;
    ~Pattern() {
      try {
        if (!name.empty()) PostgresServer::shared().drop_database(name);
      } catch (const std::exception&) {
        // The server is gone, and the database with it.
      }
    }
  };
  static PostgresServer& server = PostgresServer::shared();
  static std::mutex mutex;
  static std::map<const void*, Pattern> patterns;
  std::lock_guard lock(mutex);
  Pattern& pattern = patterns[options.migrations.data()];
  if (pattern.name.empty()) {
    std::string name = server.create_database();
    storage::DatabaseOptions migrator;
    migrator.url = server.url(name);
    migrator.connections = 1;
    migrator.migrations = options.migrations;
    must(must(storage::Database::open(migrator))->migrate());
    pattern.name = name;
  }
  return pattern.name;
}

} // namespace

TestDatabase::TestDatabase(storage::Engine engine, storage::DatabaseOptions options)
    : options_(std::move(options)) {
  if (engine == storage::Engine::postgres) {
    postgres_name_ = PostgresServer::shared().create_database(migrated_pattern(options_));
    options_.url = PostgresServer::shared().url(postgres_name_);
    reopen();
  } else {
    options_.url = "sqlite:" + folder_.file("test.db");
    reopen();
    must(database_->migrate());
  }
}

TestDatabase::~TestDatabase() {
  database_.reset();
  if (postgres_name_.empty()) return;
  try {
    PostgresServer::shared().drop_database(postgres_name_);
  } catch (const std::exception&) {
    // Left to whoever ends the server.
  }
}

void TestDatabase::reopen() {
  database_.reset();
  database_ = must(storage::Database::open(options_));
}

void TestDatabase::reopen(storage::DatabaseOptions options) {
  std::string url = options_.url;
  options_ = std::move(options);
  options_.url = url;
  reopen();
}

} // namespace renova::test

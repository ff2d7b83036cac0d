#include "tests/support/test_database.hpp"

namespace renova::test {

TestDatabase::TestDatabase(storage::Engine engine, storage::DatabaseOptions options)
    : options_(std::move(options)) {
  if (engine == storage::Engine::postgres) throw std::runtime_error("PostgreSQL comes later");
  options_.url = "sqlite:" + folder_.file("test.db");
  reopen();
  must(database_->migrate());
}

TestDatabase::~TestDatabase() = default;

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

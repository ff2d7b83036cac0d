// A fresh, migrated database for one test, on either engine.
//
//   class ClientStore : public testing::TestWithParam<storage::Engine> {
//    protected:
//     test::TestDatabase db{GetParam()};
//   };
//   INSTANTIATE_TEST_SUITE_P(Engines, ClientStore, test::kBothEngines, test::engine_name);
//   TEST_P(ClientStore, Finds) { auto found = db->write_now([&](storage::Transaction& tx) { … }); }
#pragma once

#include "storage/database.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace renova::test {

inline const auto kBothEngines = testing::Values(storage::Engine::sqlite, storage::Engine::postgres);

inline std::string engine_name(const testing::TestParamInfo<storage::Engine>& info) {
  return info.param == storage::Engine::sqlite ? "sqlite" : "postgres";
}

class TestDatabase {
 public:
  // `options`: everything but the URL counts. PostgreSQL databases are copies of one that was migrated once.
  explicit TestDatabase(storage::Engine engine, storage::DatabaseOptions options = {});
  ~TestDatabase();

  storage::Database& operator*() { return *database_; }
  storage::Database* operator->() { return database_.get(); }
  const std::string& url() const { return options_.url; }
  // The name of the database on PostgresServer::shared(); empty on SQLite.
  const std::string& postgres_name() const { return postgres_name_; }

  void close() { database_.reset(); }
  void reopen(); // with the same URL and options
  void reopen(storage::DatabaseOptions options);

 private:
  TempFolder folder_;
  storage::DatabaseOptions options_;
  std::string postgres_name_;
  std::unique_ptr<storage::Database> database_;
};

// The value, or the end of the test program with the error's text: for what must work before a test can
// begin.
template <class T>
T must(result<T> outcome) {
  if (outcome.has_error()) throw std::runtime_error("must() failed: " + outcome.error().detail);
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

} // namespace renova::test

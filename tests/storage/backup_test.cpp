#include "storage/backup.hpp"

#include "tests/support/temp_folder.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

namespace renova::storage {
namespace {

namespace fs = std::filesystem;

// Runs SQL on a closed database file; the first column of the last row, as text.
std::string sql(const std::string& path, const std::string& text) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  std::string value;
  auto keep = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) = values[0] == nullptr ? "" : values[0];
    return 0;
  };
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, text.c_str(), keep, &value, &error), SQLITE_OK)
      << (error == nullptr ? "" : error);
  sqlite3_free(error);
  sqlite3_close(handle);
  return value;
}

class BackupTest : public testing::Test {
 protected:
  BackupTest() : path_(database_.url().substr(database_.url().find(':') + 1)) {
    while (path_.starts_with("//")) path_ = path_.substr(1);
    database_.close();
    sql(path_, R"(
      INSERT INTO tenants (tenant_id, name, time_zone, locale, currency, country, expiring_days, sending_windows, holidays,
                           created_at, updated_at)
        VALUES (zeroblob(16), 'Loja', 'America/Sao_Paulo', 'pt-BR', 'BRL', 'BR', 3, '{}', '[]', 1, 1);
      INSERT INTO clients (tenant_id, id, name, name_key, phone, created_at, updated_at)
        VALUES (zeroblob(16), zeroblob(16), 'Maria', 'maria', '5511987654321', 1, 1);)");
  }

  void add_message(int number, const std::string& state) {
    std::string id = "x'" + std::string(30, '0') + std::to_string(10 + number) + "'";
    sql(path_,
        "INSERT INTO messages (tenant_id, id, client_id, kind, recipient, state, priority, not_before, "
        "created_at, "
        "updated_at) VALUES (zeroblob(16), " +
            id + ", zeroblob(16), 'manual', '5511987654321', '" + state + "', 5, 1, 1, 1)");
  }

  test::TestDatabase database_{Engine::sqlite};
  test::TempFolder folder_;
  std::string path_;
};

TEST_F(BackupTest, CopiesWhileTheDatabaseIsOpen) {
  database_.reopen();
  std::string copy = folder_.file("copy.db");
  ASSERT_TRUE(copy_database(path_, copy));
  auto check = check_database(copy);
  ASSERT_TRUE(check) << check.error().detail;
  EXPECT_EQ(check->tenants, 1);
  EXPECT_EQ(check->clients, 1);
  EXPECT_GE(check->schema, 1);
  EXPECT_EQ(fs::status(copy).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(copy_database(path_, copy).error().code, ErrorCode::conflict);
  EXPECT_TRUE(copy_database(folder_.file("absent.db"), folder_.file("b.db")).has_error());
}

TEST_F(BackupTest, FindsDamage) {
  std::string copy = folder_.file("copy.db");
  ASSERT_TRUE(copy_database(path_, copy));
  fs::resize_file(copy, fs::file_size(copy) / 2);
  EXPECT_TRUE(check_database(copy).has_error());
  std::ofstream(folder_.file("text"))
      << "this is no database at all, only some text of enough length to be looked at";
  EXPECT_TRUE(check_database(folder_.file("text")).has_error());
  sql(folder_.file("other.db"), "CREATE TABLE t (x)");
  EXPECT_EQ(check_database(folder_.file("other.db")).error().code, ErrorCode::validation_failed);
}

TEST_F(BackupTest, RestoringHoldsBackWhatMayHaveBeenSent) {
  add_message(1, "queued");
  add_message(2, "read");
  std::string copy = folder_.file("copy.db");
  ASSERT_TRUE(copy_database(path_, copy));
  sql(path_, "UPDATE clients SET name = 'Ana'");

  ASSERT_TRUE(restore_database(copy, path_, Instant{77}));
  EXPECT_EQ(sql(path_, "SELECT name FROM clients"), "Maria");
  EXPECT_EQ(sql(path_ + ".before-restore", "SELECT name FROM clients"), "Ana");
  EXPECT_EQ(sql(path_, "SELECT COUNT(*) FROM messages WHERE state = 'unknown'"), "1");
  EXPECT_EQ(sql(path_, "SELECT COUNT(*) FROM messages WHERE state = 'read'"), "1");
  EXPECT_EQ(sql(path_, "SELECT to_state FROM message_events"), "unknown");
  EXPECT_EQ(sql(path_, "SELECT planned_at FROM tenants"), "77");
  database_.reopen();
}

TEST_F(BackupTest, RestoringNeedsAWholeCopyAndAClosedDatabase) {
  std::string copy = folder_.file("copy.db");
  ASSERT_TRUE(copy_database(path_, copy));
  database_.reopen();
  EXPECT_EQ(restore_database(copy, path_, Instant{1}).error().code, ErrorCode::unavailable);
  database_.close();
  fs::resize_file(copy, 100);
  EXPECT_TRUE(restore_database(copy, path_, Instant{1}).has_error());
  EXPECT_EQ(sql(path_, "SELECT name FROM clients"), "Maria");
}

} // namespace
} // namespace renova::storage

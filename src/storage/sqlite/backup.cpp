#include "storage/backup.hpp"

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/lock_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

namespace renova::storage {
namespace {

namespace fs = std::filesystem;

constexpr char kBefore[] = ".before-restore";

Error io_error(const std::string& what) { return Error(ErrorCode::unavailable, what); }

result<void> sync_path(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) return io_error(path + " cannot be written to disk");
  return {};
}

std::string folder_of(const std::string& path) {
  std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

result<void> rename_durably(const std::string& from, const std::string& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) return io_error(from + " cannot be renamed to " + to + ": " + failed.message());
  return sync_path(folder_of(to));
}

// The text as an SQL string.
std::string sql_string(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

// Rows of a check that are not "ok", joined.
result<std::string> complaints(SqliteConnection& connection, const char* check, bool ok_is_a_row) {
  std::string found;
  auto collect = [](void* out, int columns, char** values, char**) {
    auto& text = *static_cast<std::string*>(out);
    if (text.size() < 500)
      text += std::string(text.empty() ? "" : "; ") + (columns > 0 && values[0] ? values[0] : "");
    return 0;
  };
  if (sqlite3_exec(connection.handle(), check, collect, &found, nullptr) != SQLITE_OK) {
    return Error(ErrorCode::validation_failed, sqlite3_errmsg(connection.handle()));
  }
  return ok_is_a_row && found == "ok" ? std::string() : found;
}

// What the copy shows as waiting may have gone out since.
std::string quarantine(Instant now) {
  std::string at = std::to_string(now.us);
  std::string waiting = " WHERE state IN ('queued', 'sending')";
  return "BEGIN IMMEDIATE;"
         "INSERT INTO message_events (tenant_id, message_id, seq, at, from_state, to_state, attempt, reason, "
         "detail) "
         "SELECT m.tenant_id, m.id, (SELECT COALESCE(MAX(e.seq), 0) + 1 FROM message_events e "
         "WHERE e.tenant_id = m.tenant_id AND e.message_id = m.id), " +
         at + ", m.state, 'unknown', m.attempt, 'process_lost', 'restored from a backup' FROM messages m" +
         waiting +
         ";UPDATE messages SET state = 'unknown', reason = 'process_lost', detail = 'restored from a "
         "backup', "
         "epoch = NULL, lease_until = NULL, updated_at = " +
         at + waiting + ";UPDATE tenants SET planned_at = " + at + ";COMMIT;";
}

} // namespace

result<void> copy_database(const std::string& from, const std::string& to) {
  if (fs::exists(to)) return Error(ErrorCode::conflict, to + " exists already");
  if (!fs::exists(from)) return io_error("there is no database at " + from);
  std::string unfinished = to + ".unfinished";
  std::error_code ignored;
  fs::remove(unfinished, ignored);
  {
    TRY(auto connection, SqliteConnection::open(from, SqliteConnection::Role::reader));
    TRY_DO(connection->script("PRAGMA query_only = 0")); // it forbids the new file as well
    result<void> copied = connection->script("VACUUM INTO " + sql_string(unfinished));
    if (copied.has_error()) {
      fs::remove(unfinished, ignored);
      return copied.error();
    }
  }
  fs::permissions(unfinished, fs::perms::owner_read | fs::perms::owner_write, ignored);
  TRY_DO(sync_path(unfinished));
  return rename_durably(unfinished, to);
}

result<BackupCheck> check_database(const std::string& path) {
  if (!fs::exists(path)) return io_error("there is no file " + path);
  TRY(auto connection, SqliteConnection::open(path, SqliteConnection::Role::reader));
  TRY(std::string damage, complaints(*connection, "PRAGMA integrity_check", true));
  if (!damage.empty()) return Error(ErrorCode::validation_failed, path + " is damaged: " + damage);
  TRY(std::string dangling, complaints(*connection, "PRAGMA foreign_key_check", false));
  if (!dangling.empty()) {
    return Error(ErrorCode::validation_failed, path + " has rows without their owner in: " + dangling);
  }
  BackupCheck check;
  auto tables = connection->number("SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migrations'");
  if (tables.has_error() || *tables == 0)
    return Error(ErrorCode::validation_failed, path + " is no Renova database");
  TRY(auto schema, connection->number("SELECT MAX(number) FROM schema_migrations"));
  check.schema = static_cast<int>(schema);
  TRY(check.tenants, connection->number("SELECT COUNT(*) FROM tenants"));
  TRY(check.clients, connection->number("SELECT COUNT(*) FROM clients"));
  TRY(check.messages, connection->number("SELECT COUNT(*) FROM messages"));
  return check;
}

result<void> restore_database(const std::string& from, const std::string& to, Instant now) {
  TRY_DO(check_database(from));
  TRY(LockFile lock, LockFile::acquire(to + ".lock", std::chrono::milliseconds(0)));
  std::string fresh = to + ".restoring";
  std::error_code failed;
  fs::remove(fresh, failed);
  TRY_DO(copy_database(from, fresh));
  {
    TRY(auto connection, SqliteConnection::open(fresh, SqliteConnection::Role::writer));
    TRY_DO(connection->script(quarantine(now)));
    TRY_DO(connection->script("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  for (const char* ending : {"-wal", "-shm"}) {
    fs::remove(fresh + ending, failed);
    if (fs::exists(to + ending)) TRY_DO(rename_durably(to + ending, to + kBefore + ending));
  }
  if (fs::exists(to)) TRY_DO(rename_durably(to, to + kBefore));
  TRY_DO(sync_path(fresh));
  return rename_durably(fresh, to);
}

} // namespace renova::storage

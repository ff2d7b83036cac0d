#include "storage/backup.hpp"

#include "app/commands/commands.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <filesystem>

namespace renova::app {
namespace {

namespace fs = std::filesystem;

fs::path absolute(const CommandContext& context, const std::string& path) {
  fs::path given(path);
  return given.is_absolute() ? given : fs::path(context.folder) / given;
}

// "renova-20261125T120000Z.db"
std::string file_name(Instant now) {
  std::string text = to_string(now).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return "renova-" + text + "Z.db";
}

fs::path backup_folder(const CommandContext& context, const std::string& database) {
  return absolute(context, database).parent_path() / "backups";
}

result<void> create(CommandContext& context, const std::string& database, const BackupCommand& options) {
  fs::path to = options.file.empty() ? backup_folder(context, database) / file_name(context.clock.now())
                                     : absolute(context, options.file);
  std::error_code failed;
  fs::create_directories(to.parent_path(), failed);
  if (failed)
    return Error(ErrorCode::unavailable, to.parent_path().string() + " cannot be made: " + failed.message());
  TRY_DO(storage::copy_database(absolute(context, database).string(), to.string()));
  auto bytes = static_cast<std::int64_t>(fs::file_size(to, failed));
  if (options.json) {
    JsonWriter json(context.output);
    json.begin_object();
    json.field("file", to.string());
    json.field("bytes", bytes);
    json.end_object();
    context.output += '\n';
  } else {
    context.output = to.string() + "\n";
  }
  return {};
}

result<void> list(CommandContext& context, const std::string& database, const BackupCommand& options) {
  std::vector<fs::directory_entry> copies;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(backup_folder(context, database), ignored)) {
    if (entry.path().extension() == ".db") copies.push_back(entry);
  }
  std::sort(copies.begin(), copies.end(), [](const auto& a, const auto& b) { return a.path() > b.path(); });
  if (!options.json) {
    for (const auto& copy : copies) {
      context.output += copy.path().string() + "  " + std::to_string(copy.file_size() / 1024) + " KiB\n";
    }
    if (copies.empty()) context.output = "no backups yet\n";
    return {};
  }
  JsonWriter json(context.output);
  json.begin_array();
  for (const auto& copy : copies) {
    json.begin_object();
    json.field("file", copy.path().string());
    json.field("bytes", static_cast<std::int64_t>(copy.file_size()));
    json.end_object();
  }
  json.end_array();
  context.output += '\n';
  return {};
}

result<void> verify(CommandContext& context, const BackupCommand& options) {
  TRY(auto check, storage::check_database(absolute(context, options.file).string()));
  if (options.json) {
    JsonWriter json(context.output);
    json.begin_object();
    json.field("schema", check.schema);
    json.field("tenants", check.tenants);
    json.field("clients", check.clients);
    json.field("messages", check.messages);
    json.end_object();
    context.output += '\n';
  } else {
    context.output = "whole: " + std::to_string(check.clients) + " clients, " +
                     std::to_string(check.messages) + " messages, schema " + std::to_string(check.schema) +
                     "\n";
  }
  return {};
}

} // namespace

result<void> backup(CommandContext& context, const BackupCommand& options) {
  auto database = sqlite_path(context.database_url);
  if (!database) {
    return Error(ErrorCode::validation_failed,
                 "backups of PostgreSQL are made with its own tools (pg_dump, pg_basebackup)");
  }
  if (options.action == "create") return create(context, *database, options);
  if (options.action == "list") return list(context, *database, options);
  if (options.action == "verify") return verify(context, options);
  return Error(ErrorCode::conflict, "the database is in use; stop the server before a restore");
}

result<void> restore_backup(const std::string& database_url, const std::string& file, Instant now,
                            std::string& output) {
  auto database = sqlite_path(database_url);
  if (!database) return Error(ErrorCode::validation_failed, "a backup is restored into a SQLite database");
  TRY_DO(storage::restore_database(file, *database, now));
  output =
      *database + " is now the copy " + file + "; what was there is in " + *database + ".before-restore\n";
  return {};
}

} // namespace renova::app

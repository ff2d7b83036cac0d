// What each command does once its words are understood. All print to context.output; with `json` for
// machines.
#pragma once

#include "app/command.hpp"

#include <optional>
#include <string>

namespace renova::app {

struct MigrateOptions {
  bool status_only = false;
  bool json = false;
};
result<void> migrate(CommandContext& context, const MigrateOptions& options);

// Reads the password from the first line of the standard input and prints {"user_id","tenant_id"}.
struct AddUserOptions {
  std::string email;
  std::string name; // empty: the part of the e-mail before the @
  std::string role = "owner";
  std::string tenant;
};
result<void> add_user(CommandContext& context, const AddUserOptions& options);

struct ImportCommand {
  std::string path;
  std::string tenant; // empty: the only one
  std::string format; // csv, legacy; empty: by what is there
  bool dry_run = false;
  bool json = false;
};
result<void> import_clients(CommandContext& context, const ImportCommand& options);

struct ExportCommand {
  std::string tenant;
  std::string format = "csv";
  std::string output; // a file; empty: standard output
};
result<void> export_clients(CommandContext& context, const ExportCommand& options);

struct BackupCommand {
  std::string action; // create, list, restore, verify
  std::string file;   // empty for create: a new name in backups/ beside the database
  bool json = false;
};
result<void> backup(CommandContext& context, const BackupCommand& options);

// The one action that needs the database closed; a server that has it open answers "in use".
result<void> restore_backup(const std::string& database_url, const std::string& file, Instant now,
                            std::string& output);

result<void> doctor(CommandContext& context, bool json);

struct QueueCommand {
  std::string tenant;
  bool json = false;
};
result<void> show_queue(CommandContext& context, const QueueCommand& options);

// The tenant of that name, or the only one when the name is empty. Errors: not_found; validation_failed when
// there are several and none is named.
result<TenantId> find_tenant(storage::Database& database, const std::string& name);

} // namespace renova::app

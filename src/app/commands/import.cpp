#include "app/commands/commands.hpp"
#include "services/import_path.hpp"

#include <filesystem>

namespace renova::app {

namespace imports = services::imports;

result<void> import_clients(CommandContext& context, const ImportCommand& options) {
  TRY(TenantId tenant, find_tenant(context.database, options.tenant));
  std::filesystem::path path(options.path);
  if (path.is_relative()) path = std::filesystem::path(context.folder) / path;
  imports::PathOptions wanted;
  wanted.dry_run = options.dry_run;
  if (options.format == "csv") wanted.format = domain::ImportFormat::csv;
  if (options.format == "legacy") wanted.format = domain::ImportFormat::legacy;
  imports::Job job{
      context.database, storage::TenantScope(tenant), services::Actor::command_line(), context.clock, {}};
  TRY(auto report, imports::import_path(job, path.string(), wanted));
  context.output = options.json ? imports::to_json(report) + "\n" : imports::to_text(report);
  if (!context.output.ends_with('\n')) context.output += '\n';
  return {};
}

} // namespace renova::app

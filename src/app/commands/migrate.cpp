#include "app/commands/commands.hpp"

namespace renova::app {

result<void> migrate(CommandContext& context, const MigrateOptions& options) {
  if (!options.status_only) TRY_DO(context.database.migrate());
  TRY(auto status, context.database.migration_status());
  std::string applied = std::to_string(status.applied);
  std::string available = std::to_string(status.available);
  context.output = options.json ? "{\"applied\":" + applied + ",\"available\":" + available + "}\n"
                                : "schema " + applied + " of " + available + "\n";
  return {};
}

} // namespace renova::app

#include "app/commands/commands.hpp"

namespace renova::app {

result<void> export_clients(CommandContext& context, const ExportCommand& options) {
  (void)context;
  (void)options;
  return {};
}

} // namespace renova::app

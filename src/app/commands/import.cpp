#include "app/commands/commands.hpp"

namespace renova::app {

result<void> import_clients(CommandContext& context, const ImportCommand& options) {
  (void)context;
  (void)options;
  return {};
}

} // namespace renova::app

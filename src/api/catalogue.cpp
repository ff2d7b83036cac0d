#include "api/catalogue.hpp"

#include "api/messages_api.hpp"
#include "api/queue_api.hpp"
#include "api/rules_api.hpp"
#include "api/templates_api.hpp"

namespace renova::api {

void add_catalogue_routes(RouteTable& routes, const CatalogueDependencies& dependencies) {
  add_template_routes(routes);
  add_rule_routes(routes, dependencies.rules_changed);
  add_channel_routes(routes, dependencies.channels);
  add_message_routes(routes);
  add_queue_routes(routes);
  add_hook_routes(routes, dependencies.hooks);
}

} // namespace renova::api

// Everything of templates, rules, channels, messages, queue and hooks at once, for the composition root.
#pragma once

#include "api/channels_api.hpp"
#include "api/hooks_api.hpp"

#include <functional>

namespace renova::api {

struct CatalogueDependencies {
  ChannelDependencies channels;
  messaging::hooks::Dependencies hooks;
  std::function<void()> rules_changed; // after a rule's change is durable; may be empty
};
void add_catalogue_routes(RouteTable& routes, const CatalogueDependencies& dependencies);

} // namespace renova::api

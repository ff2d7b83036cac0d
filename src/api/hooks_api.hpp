// /hooks/channels/{channel_id}: what gateways tell us.
#pragma once

#include "messaging/hooks.hpp"

namespace renova::api {

class RouteTable;
void add_hook_routes(RouteTable& routes, const messaging::hooks::Dependencies& dependencies);

} // namespace renova::api

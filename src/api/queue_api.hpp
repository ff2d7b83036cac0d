// /api/v1/queue: the queue at a glance, and its switch.
#pragma once

namespace renova::api {

class RouteTable;
void add_queue_routes(RouteTable& routes);

} // namespace renova::api

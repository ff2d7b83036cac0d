// /api/v1/messages and POST /api/v1/clients/{id}/messages.
#pragma once

namespace renova::api {

class RouteTable;
void add_message_routes(RouteTable& routes);

} // namespace renova::api

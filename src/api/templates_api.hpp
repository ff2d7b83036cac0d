// /api/v1/templates: message templates, their validation and their preview.
#pragma once

namespace renova::api {

class RouteTable;
void add_template_routes(RouteTable& routes);

} // namespace renova::api

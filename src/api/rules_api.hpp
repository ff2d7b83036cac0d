// /api/v1/rules: reminder rules, and who gets what on a day.
#pragma once

#include <functional>

namespace renova::api {

class RouteTable;
// `rules_changed` is called after a change is durable: planning may have work now.
void add_rule_routes(RouteTable& routes, std::function<void()> rules_changed);

} // namespace renova::api

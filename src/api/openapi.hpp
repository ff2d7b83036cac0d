// The OpenAPI 3.1 document, made from the route table and the described types.
#pragma once

#include "api/route.hpp"

#include <string>
#include <string_view>

namespace renova::api {

std::string make_openapi(const RouteTable& routes, std::string_view version);

} // namespace renova::api

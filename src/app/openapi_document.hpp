#pragma once

#include <string>

namespace renova::app {

// The OpenAPI document of this program, as GET /api/openapi.json answers it.
std::string openapi_document();

} // namespace renova::app

#pragma once

#include "base/result.hpp"

#include <string>

namespace renova::app {

// The OpenAPI document of this program, as GET /api/openapi.json answers it.
// Error: internal.
result<std::string> openapi_document();

} // namespace renova::app

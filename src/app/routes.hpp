// Which parts of the program answer over HTTP, and what they need.
#pragma once

#include "api/application.hpp"
#include "api/imports_api.hpp"
#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/metrics.hpp"
#include "messaging/engine.hpp"
#include "storage/database.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace renova::app {

struct RouteDependencies {
  storage::Database& database;
  Clock& clock;
  Metrics& metrics;
  SecretBox& secrets;
  std::shared_ptr<api::ImportsApi> imports;
  messaging::Engine* engine; // null while only the documentation is made
  bool allow_http = false;   // gateways over plain http
  std::string public_url;
};

// For api::Dependencies::more_routes.
std::vector<std::function<void(api::RouteTable&)>> all_routes(const RouteDependencies& dependencies);

} // namespace renova::app

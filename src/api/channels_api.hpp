// /api/v1/channels: the numbers and accounts that a tenant sends from.
#pragma once

#include "base/crypto.hpp"
#include "domain/breaker.hpp"

#include <functional>
#include <optional>
#include <string>

namespace renova::api {

class RouteTable;

struct ChannelDependencies {
  const SecretBox& secrets; // outlives the routes
  bool allow_http = false;  // base_url may be plain http: private addresses are allowed, or test mode
  std::string public_url;   // for the webhook's address; empty: only its path is shown
  // The circuit of a remote party by its name; none: it was not called yet.
  std::function<std::optional<domain::CircuitState>(const std::string& party)> circuit_of;
};
void add_channel_routes(RouteTable& routes, const ChannelDependencies& dependencies);

} // namespace renova::api

#include "app/routes.hpp"

#include "api/catalogue.hpp"
#include "api/clients_api.hpp"
#include "api/imports_api.hpp"

namespace renova::app {
namespace {

api::CatalogueDependencies catalogue(const RouteDependencies& from) {
  messaging::Engine* engine = from.engine;
  auto circuit_of = [engine](const std::string& party) -> std::optional<domain::CircuitState> {
    if (engine == nullptr) return std::nullopt;
    for (const auto& known : engine->parties()) {
      if (known.name == party) return known.state;
    }
    return std::nullopt;
  };
  auto inbox_arrived = [engine] {
    if (engine != nullptr) engine->inbox_arrived();
  };
  auto rules_changed = [engine] {
    if (engine != nullptr) engine->plan_soon([] {});
  };
  return {{from.secrets, from.allow_http, from.public_url, circuit_of},
          {from.database, from.clock, from.metrics, from.secrets, inbox_arrived},
          rules_changed};
}

} // namespace

std::vector<std::function<void(api::RouteTable&)>> all_routes(const RouteDependencies& dependencies) {
  storage::Database& database = dependencies.database;
  return {
      [&database](api::RouteTable& routes) { api::add_client_routes(routes, database); },
      [imports = dependencies.imports](api::RouteTable& routes) { imports->add_routes(routes); },
      [parts = catalogue(dependencies)](api::RouteTable& routes) {
        api::add_catalogue_routes(routes, parts);
      },
  };
}

} // namespace renova::app

#include "app/openapi_document.hpp"

#include "api/application.hpp"
#include "app/routes.hpp"
#include "app/version.hpp"
#include "base/crypto.hpp"

namespace renova::app {

// The document comes from the route table, and a route table wants its dependencies: an empty database in
// memory stands in, which no route is asked to touch.
result<std::string> openapi_document() {
  storage::DatabaseOptions options;
  options.url = "sqlite::memory:";
  TRY(auto database, storage::Database::open(std::move(options)));
  SystemClock clock;
  Metrics metrics;
  SecretBox secrets(1, std::string(32, '\0'));
  messaging::LiveHub live(clock);
  api::Dependencies dependencies{*database, clock, metrics, secrets, live, {}, {}, {}, {}};
  dependencies.more_routes = all_routes({*database,
                                         clock,
                                         metrics,
                                         secrets,
                                         std::make_shared<api::ImportsApi>(*database, clock),
                                         nullptr,
                                         false,
                                         {}});
  api::Options api_options;
  api_options.version = kVersion;
  return api::Application(std::move(dependencies), std::move(api_options)).openapi();
}

} // namespace renova::app

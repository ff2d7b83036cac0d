#include "app/openapi_document.hpp"

#include "api/application.hpp"
#include "app/routes.hpp"
#include "app/version.hpp"
#include "base/crypto.hpp"

namespace renova::app {
namespace {

// The document comes from the route table, and a route table wants its dependencies: this one stands in for
// the database, which nothing asks for.
class NoDatabase final : public storage::Database {
 public:
  void read(Cost, Work, Done done) override { done(refusal()); }
  void write(Work, Done done) override { done(refusal()); }
  result<void> migrate() override { return refusal(); }
  result<void> copy_to(const std::string&) override { return refusal(); }
  result<MigrationStatus> migration_status() override { return refusal(); }
  storage::Engine engine() const override { return storage::Engine::sqlite; }

 private:
  static Error refusal() { return Error(ErrorCode::unavailable, "there is no database"); }
};

} // namespace

std::string openapi_document() {
  NoDatabase database;
  SystemClock clock;
  Metrics metrics;
  SecretBox secrets(1, std::string(32, '\0'));
  messaging::LiveHub live(clock);
  auto imports = std::make_shared<api::ImportsApi>(database, clock);
  api::Dependencies dependencies{database, clock, metrics, secrets, live, {}, {}, {}, {}};
  dependencies.more_routes = all_routes({database, clock, metrics, secrets, imports, nullptr, false, {}});
  api::Options options;
  options.version = kVersion;
  return api::Application(std::move(dependencies), std::move(options)).openapi();
}

} // namespace renova::app

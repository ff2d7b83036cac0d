// What the endpoints of identity and operation share. Lives as long as the application.
#pragma once

#include "api/access_token.hpp"
#include "api/application.hpp"
#include "api/guard.hpp"
#include "api/password_pool.hpp"
#include "api/static_files.hpp"

#include <string>

namespace renova::api {

struct Core {
  storage::Database& database;
  Clock& clock;
  Metrics& metrics;
  const Options& options;
  const Dependencies& dependencies;
  TokenSigner signer;
  Guard guard;
  PasswordPool passwords;
  EmbeddedFiles files;
  std::string rotation_key; // from which successors of refresh tokens are derived
  RouteTable routes;
  std::string openapi; // made once, when all routes are there
};

// Each adds the routes of one part of the contract.
void add_setup_routes(RouteTable& routes, Core& core);
void add_sign_in_routes(RouteTable& routes, Core& core);
void add_member_routes(RouteTable& routes, Core& core);
void add_api_key_routes(RouteTable& routes, Core& core);
void add_audit_routes(RouteTable& routes, Core& core);
void add_settings_routes(RouteTable& routes, Core& core);
void add_system_routes(RouteTable& routes, Core& core);
// In test mode, unless somebody has added it already.
void add_test_clock(RouteTable& routes, Core& core);

// Runs a write whose outcome the endpoint turns into an answer itself, when it is durable. F:
// result<T>(Transaction&).
template <class F, class Done>
void write_then(storage::Database& database, F work, Done done) {
  using Outcome = std::invoke_result_t<F, storage::Transaction&>;
  auto outcome = std::make_shared<Outcome>(Error());
  database.write(
      [work = std::move(work), outcome](storage::Transaction& tx) -> result<void> {
        *outcome = work(tx);
        if (outcome->has_error()) return outcome->error();
        return {};
      },
      [outcome, done = std::move(done)](result<void> finished) {
        if (finished.has_error()) return done(Outcome(finished.error()));
        done(std::move(*outcome));
      });
}
template <class F, class Done>
void read_then(storage::Database& database, F work, Done done) {
  using Outcome = std::invoke_result_t<F, storage::Transaction&>;
  auto outcome = std::make_shared<Outcome>(Error());
  database.read(
      storage::Database::Cost::point,
      [work = std::move(work), outcome](storage::Transaction& tx) -> result<void> {
        *outcome = work(tx);
        if (outcome->has_error()) return outcome->error();
        return {};
      },
      [outcome, done = std::move(done)](result<void> finished) {
        if (finished.has_error()) return done(Outcome(finished.error()));
        done(std::move(*outcome));
      });
}

} // namespace renova::api

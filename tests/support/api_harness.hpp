// The whole API behind a real socket, for scenario tests: a fresh database, a clock that stands still, and a
// client.
//
//   class Plans : public testing::TestWithParam<storage::Engine> {
//    protected:
//     test::ApiHarness api{GetParam(), {.routes = [](test::ApiHarness&) { return …; }}};
//   };
//   INSTANTIATE_TEST_SUITE_P(Engines, Plans, test::kBothEngines, test::engine_name);
//   TEST_P(Plans, RefuseAnEmptyName) {
//     test::expect_problem(api.post("/api/v1/plans", R"({"name":""})"), 422, "validation_failed", "/name");
//   }
//
// Calls are made as the signed-in owner unless they say otherwise. Limits of rate are off unless a test sets
// them.
#pragma once

#include "api/application.hpp"
#include "base/clock.hpp"
#include "messaging/live_hub.hpp"
#include "services/identity_types.hpp"
#include "tests/support/test_database.hpp"

#include <boost/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace renova::test {

inline constexpr std::string_view kOwnerEmail = "owner@example.com";
inline constexpr std::string_view kOwnerPassword = "an invented pass phrase";

struct ApiResponse {
  int status = 0;                                  // 0: the connection broke
  std::multimap<std::string, std::string> headers; // names in lower case
  std::string body;                                // dechunked

  // The first header of that (lower-case) name; empty when there is none.
  std::string header(const std::string& name) const;
  // The body as JSON; null when it is none.
  boost::json::value json() const;
  // A member of the body, by path: text("user.email"), number("data.0.version"). Empty or -1 when it is not
  // there.
  std::string text(std::string_view path) const;
  std::int64_t number(std::string_view path) const;
  // The value of a cookie that the answer sets; empty when it sets none.
  std::string cookie(const std::string& name) const;
};
std::ostream& operator<<(std::ostream& out, const ApiResponse& response);

using ApiHeaders = std::vector<std::pair<std::string, std::string>>;

class ApiHarness {
 public:
  using RouteAdder = std::function<void(api::RouteTable&)>;
  struct Options {
    // Routes beside the spine's own; called once, when database, clock and hub are there.
    std::function<std::vector<RouteAdder>(ApiHarness&)> routes = {};
    // May change the application's options: limits, metrics token, proxies …
    std::function<void(api::Options&)> adjust = {};
    // May fill in further dependencies: the test clock, health checks …
    std::function<void(ApiHarness&, api::Dependencies&)> depend = {};
    std::string start = "2026-11-23T12:00:00Z";
    bool sign_in = true; // with an owner and tenant made, and signed in
  };

  ApiHarness(storage::Engine engine, Options options);
  explicit ApiHarness(storage::Engine engine) : ApiHarness(engine, Options()) {}
  ~ApiHarness();

  // As the owner (or as `token` after sign_in_as). A body is sent as application/json unless a header says
  // otherwise.
  ApiResponse get(const std::string& target, ApiHeaders headers = {}) {
    return call("GET", target, {}, headers);
  }
  ApiResponse post(const std::string& target, std::string body = "", ApiHeaders headers = {}) {
    return call("POST", target, std::move(body), std::move(headers));
  }
  ApiResponse put(const std::string& target, std::string body, ApiHeaders headers = {}) {
    return call("PUT", target, std::move(body), std::move(headers));
  }
  ApiResponse patch(const std::string& target, std::string body, ApiHeaders headers = {}) {
    return call("PATCH", target, std::move(body), std::move(headers));
  }
  ApiResponse del(const std::string& target, ApiHeaders headers = {}) {
    return call("DELETE", target, {}, headers);
  }
  ApiResponse call(const std::string& method, const std::string& target, std::string body = "",
                   ApiHeaders headers = {});
  // Without credentials.
  ApiResponse anonymous(const std::string& method, const std::string& target, std::string body = "",
                        ApiHeaders headers = {});
  // Bytes as they are, on a connection of their own; reads one answer.
  ApiResponse raw(const std::string& bytes, bool head = false);

  // Signs in and gives the access token.
  std::string sign_in(std::string_view email, std::string_view password, ApiHeaders headers = {});
  // A member of the tenant with that role (made when there is none), as an Authorization header value "Bearer
  // …".
  std::string token_of(services::Role role);
  // Another tenant with an owner of its own; the owner's Authorization header value. For "another tenant's
  // object is 404".
  std::string foreign_owner();

  TestClock clock;
  TestDatabase database;
  Metrics metrics;
  std::unique_ptr<SecretBox> secrets;
  std::unique_ptr<messaging::LiveHub> live;
  std::unique_ptr<api::Application> application;
  TenantId tenant;
  UserId owner;
  std::string token; // of the owner, without "Bearer "
  std::uint16_t port = 0;

 private:
  void start(const Options& options);
  std::unique_ptr<http::Server> server_;
};

// Fails the test unless the answer is that problem; `pointer`: one of its field errors points there.
void expect_problem(const ApiResponse& response, int status, std::string_view code,
                    std::string_view pointer = {});
void expect_status(const ApiResponse& response, int status);

} // namespace renova::test

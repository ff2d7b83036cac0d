// How often whom may call, what proxies are believed, and what only operators see.

#include "tests/support/api_harness.hpp"

#include <gtest/gtest.h>

namespace renova {
namespace {

using services::Role;
using test::ApiHarness;
using test::ApiResponse;
using test::expect_problem;
using test::expect_status;

ApiHarness::Options with_limits() {
  ApiHarness::Options options;
  options.adjust = [](api::Options& o) {
    o.limits = api::RateLimits();
    o.metrics_token = "scrape-me";
    o.trusted_proxies = {"127.0.0.1"};
  };
  return options;
}

class Limits : public testing::TestWithParam<storage::Engine> {
 protected:
  ApiHarness api{GetParam(), with_limits()};

  ApiResponse from(const std::string& address) {
    return api.anonymous("GET", "/api/v1/setup", "", {{"X-Forwarded-For", address}});
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Limits, test::kBothEngines, test::engine_name);

TEST_P(Limits, OfAnonymousAddressesPerHourAndDay) {
  for (int hour = 0; hour < 4; ++hour) {
    for (int i = 0; i < 50; ++i) {
      ApiResponse response = from("192.0.2.1");
      ASSERT_EQ(response.status, 200) << hour << ' ' << i;
      if (hour == 0 && i == 0) {
        EXPECT_EQ(response.header("ratelimit-limit"), "50");
        EXPECT_EQ(response.header("ratelimit-remaining"), "49");
        EXPECT_EQ(response.header("ratelimit-reset"), "3600");
      }
    }
    ApiResponse refused = from("192.0.2.1");
    expect_problem(refused, 429, "rate_limited");
    EXPECT_EQ(refused.header("ratelimit-remaining"), "0");
    if (hour < 3) {
      EXPECT_EQ(refused.header("retry-after"), "3600");
    }
    EXPECT_EQ(from("192.0.2.2").status, 200) << "another address has its own limit";
    api.clock.advance(std::chrono::hours(1));
  }
  ApiResponse day = from("192.0.2.1");
  expect_problem(day, 429, "rate_limited");
  EXPECT_EQ(day.header("retry-after"), std::to_string(20 * 3600));
  api.clock.advance(std::chrono::hours(20));
  EXPECT_EQ(from("192.0.2.1").status, 200);
  // One subscriber has a whole /64.
  for (int i = 0; i < 50; ++i) ASSERT_EQ(from("2001:db8::" + std::to_string(i + 1)).status, 200);
  expect_problem(from("2001:db8::ffff"), 429, "rate_limited");
}

TEST_P(Limits, OfAUserPerMinute) {
  for (int i = 0; i < 600; ++i) ASSERT_EQ(api.get("/api/v1/auth/me").status, 200) << i;
  ApiResponse refused = api.get("/api/v1/auth/me");
  expect_problem(refused, 429, "rate_limited");
  EXPECT_EQ(refused.header("ratelimit-limit"), "600");
  EXPECT_EQ(api.anonymous("GET", "/healthz").status, 200);
  api.clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(api.get("/api/v1/auth/me").status, 200);
}

TEST_P(Limits, HealthAndMetricsNeedARoleOrTheToken) {
  EXPECT_EQ(api.anonymous("GET", "/healthz").status, 200);
  EXPECT_EQ(api.anonymous("GET", "/readyz").status, 200);
  for (std::string path : {"/health", "/metrics"}) {
    expect_problem(api.anonymous("GET", path), 401, "unauthenticated");
    EXPECT_EQ(api.get(path).status, 200);
    EXPECT_EQ(api.get(path, {{"Authorization", "Bearer scrape-me"}}).status, 200);
    expect_problem(api.get(path, {{"Authorization", "Bearer scrape-you"}}), 401, "unauthenticated");
  }
  expect_problem(api.get("/metrics", {{"Authorization", api.token_of(Role::operator_)}}), 403, "forbidden");
  expect_problem(api.get("/api/v1/settings", {{"Authorization", "Bearer scrape-me"}}), 401,
                 "unauthenticated");
  EXPECT_NE(api.get("/metrics").body.find("response_time_seconds_bucket{"), std::string::npos);
  EXPECT_EQ(api.get("/health").text("status"), "ok");
}

TEST_P(Limits, TrustedProxiesSayHttps) {
  test::ApiHeaders https{{"X-Forwarded-Proto", "https"}, {"X-Forwarded-For", "198.51.100.7"}};
  ApiResponse in =
      api.anonymous("POST", "/api/v1/auth/login",
                    R"({"email":"owner@example.com","password":"an invented pass phrase"})", https);
  expect_status(in, 200);
  EXPECT_FALSE(in.cookie("__Secure-renova_refresh").empty());
  EXPECT_NE(in.header("set-cookie").find("Secure"), std::string::npos);
  EXPECT_FALSE(in.header("strict-transport-security").empty());
}

ApiHarness::Options in_test_mode() {
  ApiHarness::Options options;
  options.depend = [](ApiHarness& api, api::Dependencies& dependencies) {
    dependencies.move_clock = [&api](Instant now, std::function<void()> done) {
      api.clock.set(now);
      done();
    };
  };
  return options;
}

TEST(MovingTheTestClock, IsForOwnersInTestModeOnly) {
  const std::string body = R"({"now":"2026-11-23T12:10:00Z"})";
  {
    ApiHarness plain(storage::Engine::sqlite);
    expect_problem(plain.post("/api/v1/_test/clock", body), 404, "not_found");
  }
  ApiHarness api(storage::Engine::sqlite, in_test_mode());
  expect_problem(api.anonymous("POST", "/api/v1/_test/clock", body), 401, "unauthenticated");
  expect_problem(api.post("/api/v1/_test/clock", body, {{"Authorization", api.token_of(Role::admin)}}), 403,
                 "forbidden");
  expect_problem(api.post("/api/v1/_test/clock", R"({"now":"noon"})"), 422, "validation_failed", "/now");
  expect_status(api.post("/api/v1/_test/clock", body), 200);
  EXPECT_EQ(to_string(api.clock.now()), "2026-11-23T12:10:00.000000Z");
}

} // namespace
} // namespace renova

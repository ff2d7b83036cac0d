// Webhooks of gateways over a real socket: the handshake, the signature, and what is kept (PROTOCOLS.md §1.6,
// §1.7).
#include "api/channels_api.hpp"
#include "api/hooks_api.hpp"
#include "tests/support/api_harness.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace renova {
namespace {

using test::ApiHarness;
using test::ApiResponse;
using test::expect_problem;
using test::expect_status;

constexpr std::string_view kAppSecret = "app_secret_example";
// The vector of PROTOCOLS.md §1.7.
constexpr std::string_view kEmptyBody = R"({"object":"whatsapp_business_account","entry":[]})";
constexpr std::string_view kEmptySignature =
    "sha256=6eb10e0bc4192e9206e3de93178e66ea9eb262e9ea07bb66abdc83dcf8d3abf3";

class HooksApi : public testing::TestWithParam<storage::Engine> {
 protected:
  HooksApi() {
    ApiResponse made =
        api.post("/api/v1/channels",
                 R"({"name":"Meta","type":"cloud_api","config":{"phone_number_id":"1065","access_token":"t",)"
                 R"("app_secret":"app_secret_example","verify_token":"ver.ify"}})");
    expect_status(made, 201);
    channel = *ChannelId::parse(made.text("id"));
    path = "/hooks/channels/" + channel.str();
  }

  ApiHarness::Options options() {
    ApiHarness::Options out;
    // The anonymous class has no calls at all: hooks do not belong to it.
    out.adjust = [](api::Options& o) { o.limits.anonymous_hour = {1, std::chrono::hours(1)}; };
    out.routes = [this](ApiHarness& harness) -> std::vector<ApiHarness::RouteAdder> {
      api::ChannelDependencies channels{*harness.secrets, false, {}, {}};
      messaging::hooks::Dependencies hooks{*harness.database, harness.clock, harness.metrics,
                                           *harness.secrets, [this] { ++stored; }};
      return {[channels](api::RouteTable& routes) { api::add_channel_routes(routes, channels); },
              [hooks](api::RouteTable& routes) { api::add_hook_routes(routes, hooks); }};
    };
    return out;
  }

  static std::string signature(std::string_view body) {
    return "sha256=" + to_hex(hmac_sha256(kAppSecret, body));
  }
  ApiResponse deliver(const std::string& body, const std::string& signed_with) {
    test::ApiHeaders headers{{"Content-Type", "application/json"}};
    if (!signed_with.empty()) headers.emplace_back("X-Hub-Signature-256", signed_with);
    return api.anonymous("POST", path, body, headers);
  }
  // How many items the delivery added.
  double refused() {
    return api.metrics
        .counter("webhooks_refused_total", "Webhooks that were not accepted", {{"reason", "signature"}})
        .value();
  }

  std::atomic<int> stored{0};
  ApiHarness api{GetParam(), options()};
  ChannelId channel;
  std::string path;
};
INSTANTIATE_TEST_SUITE_P(Engines, HooksApi, test::kBothEngines, test::engine_name);

std::string status_body(const std::string& id) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"WABA","changes":[{"field":"messages","value":{)"
         R"("messaging_product":"whatsapp","metadata":{"display_phone_number":"5511900000000","phone_number_id":"1065"},)"
         R"("statuses":[{"id":")" +
         id + R"(","status":"delivered","timestamp":"1795780000","recipient_id":"5511961234567"}]}}]}]})";
}

TEST_P(HooksApi, RefuseAWrongHandshake) {
  auto get = [&](const std::string& query) { return api.anonymous("GET", path + query); };
  expect_problem(get(""), 403, "forbidden");
  expect_problem(get("?hub.mode=subscribe&hub.challenge=1"), 403, "forbidden");
  expect_problem(get("?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong"), 403, "forbidden");
  expect_problem(get("?hub.mode=subscribe&hub.challenge=1&hub.verify_token="), 403, "forbidden");
  expect_problem(get("?hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=ver.ify"), 403, "forbidden");
  expect_problem(get("?hub_mode=subscribe&hub_challenge=1&hub_verify_token=ver.ify"), 403, "forbidden");
  expect_problem(api.anonymous("GET", "/hooks/channels/" + ChannelId::make(api.clock.now()).str()), 404,
                 "not_found");
  expect_problem(api.anonymous("GET", "/hooks/channels/x"), 404, "not_found");
}

TEST_P(HooksApi, EchoTheChallengeUnchanged) {
  ApiResponse answer = api.anonymous(
      "GET", path + "?hub.mode=subscribe&hub.challenge=1158201444%20%3Cb%3E&hub.verify_token=ver.ify");
  expect_status(answer, 200);
  EXPECT_EQ(answer.body, "1158201444 <b>");
  EXPECT_TRUE(answer.header("content-type").starts_with("text/plain"));
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
}

TEST_P(HooksApi, RefuseWhatIsNotSigned) {
  std::string body = status_body("wamid.1");
  double before = refused();
  expect_problem(deliver(body, ""), 401, "unauthenticated");
  expect_problem(deliver(body, "sha256=" + std::string(64, '0')), 401, "unauthenticated");
  expect_problem(deliver(body, "sha256="), 401, "unauthenticated");
  expect_problem(deliver(body, signature(body).substr(7)), 401, "unauthenticated");
  expect_problem(deliver(body + " ", signature(body)), 401, "unauthenticated"); // the raw bytes are signed
  expect_problem(deliver(body, "sha1=" + signature(body).substr(7)), 401, "unauthenticated");
  EXPECT_EQ(refused() - before, 6);
  EXPECT_EQ(stored, 0);
  // Nothing was kept: the right delivery is still news.
  expect_status(deliver(body, signature(body)), 200);
  EXPECT_EQ(stored, 1);
}

TEST_P(HooksApi, TakeTheVectorOfTheDocumentation) {
  expect_status(deliver(std::string(kEmptyBody), std::string(kEmptySignature)), 200);
  EXPECT_EQ(signature(kEmptyBody), kEmptySignature);
}

TEST_P(HooksApi, RefuseSignedNonsense) {
  expect_problem(deliver("{", signature("{")), 400, "malformed");
  EXPECT_EQ(stored, 0);
}

TEST_P(HooksApi, StayWithinFourMebibytes) {
  std::string big(4 * 1024 * 1024 + 1, ' ');
  expect_problem(deliver(big, signature(big)), 413, "payload_too_large");
  std::string fits = std::string(kEmptyBody);
  fits += std::string(4 * 1024 * 1024 - fits.size(), ' ');
  expect_status(deliver(fits, signature(fits)), 200);
}

TEST_P(HooksApi, KnowOnlyTheirChannel) {
  std::string body = status_body("wamid.1");
  expect_problem(
      api.anonymous("POST", "/hooks/channels/" + ChannelId::make(api.clock.now()).str(), body,
                    {{"Content-Type", "application/json"}, {"X-Hub-Signature-256", signature(body)}}),
      404, "not_found");
  EXPECT_EQ(stored, 0);
}

TEST_P(HooksApi, AreNotLimitedLikeStrangers) {
  for (int i = 0; i < 20; ++i) {
    std::string body = status_body("wamid." + std::to_string(i));
    ASSERT_EQ(deliver(body, signature(body)).status, 200);
  }
  EXPECT_EQ(stored, 20);
}

} // namespace
} // namespace renova

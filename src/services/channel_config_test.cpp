#include "services/channel_config.hpp"

#include <gtest/gtest.h>

namespace renova::services::channel_config {
namespace {

using boost::json::object;
using domain::ChannelType;

object parsed(std::string_view text) {
  return boost::json::parse(boost::json::string_view(text)).as_object();
}

constexpr std::string_view kComplete =
    R"({"base_url":"https://graph.facebook.com/","phone_number_id":"106","access_token":"secret-token"})";

// The one broken rule of a config, as "pointer code"; "ok" when nothing is wrong.
std::string verdict(ChannelType type, std::string_view patch, Rules rules = {}, const Config& present = {}) {
  auto merged = merge(type, present, parsed(patch), rules);
  if (merged.has_value()) return "ok";
  Error error = merged.error();
  if (error.fields.empty()) return "no field";
  return error.fields[0].pointer + " " + error.fields[0].code;
}

TEST(ChannelConfig, RefusesWhatAGatewayCouldNotUse) {
  struct Case {
    std::string_view patch;
    std::string_view wanted;
  };
  for (const auto& [patch, wanted] : std::initializer_list<Case>{
           {R"({})", "/phone_number_id required"},
           {R"({"phone_number_id":"1","access_token":null})", "/access_token required"},
           {R"({"phone_number_id":"1","access_token":{"set":true}})", "/access_token required"},
           {R"({"phone_number_id":"1","access_token":""})", "/access_token required"},
           {R"({"phone_number_id":"1","access_token":"a b"})", "/access_token invalid_format"},
           {R"({"phone_number_id":"1","access_token":7})", "/access_token wrong_type"},
           {R"({"phone_number_id":"1/messages","access_token":"t"})", "/phone_number_id invalid_format"},
           {R"({"phone_number_id":"","access_token":"t"})", "/phone_number_id invalid_format"},
           {R"({"phone_number_id":"1","access_token":"t","api_version":"23"})",
            "/api_version invalid_format"},
           {R"({"phone_number_id":"1","access_token":"t","api_version":"v23.0/x"})",
            "/api_version invalid_format"},
           {R"({"phone_number_id":"1","access_token":"t","acces_token":"t"})", "/acces_token unknown_field"},
           {R"({"phone_number_id":"1","access_token":"t","seed":1})", "/seed unknown_field"},
           {R"({"phone_number_id":"1","access_token":"t","a/b~c":1})", "/a~1b~0c unknown_field"},
       }) {
    EXPECT_EQ(verdict(ChannelType::cloud_api, patch), wanted) << patch;
  }
}

TEST(ChannelConfig, RefusesAddressesThatAreNoneOrNotAllowed) {
  auto at = [](std::string_view url, bool allow_http) {
    std::string patch = R"({"phone_number_id":"1","access_token":"t","base_url":)" +
                        boost::json::serialize(boost::json::string(url)) + "}";
    return verdict(ChannelType::cloud_api, patch, Rules{allow_http});
  };
  for (std::string_view url : {"", "graph.facebook.com", "ftp://host", "javascript:alert(1)", "https://",
                               "https:///path", "https://user:pass@host", "https://host?x=1",
                               "https://host/#x", "https://ho st", "file:///etc/passwd"}) {
    EXPECT_EQ(at(url, true), "/base_url invalid_url") << url;
  }
  EXPECT_EQ(at("http://127.0.0.1:9000", false), "/base_url invalid_url");
  EXPECT_EQ(at("http://127.0.0.1:9000", true), "ok");
  EXPECT_EQ(at("https://" + std::string(500, 'a'), true), "/base_url invalid_url");
}

TEST(ChannelConfig, FillsInDefaultsAndCutsTheSlash) {
  auto merged = merge(ChannelType::cloud_api, {}, parsed(kComplete), {});
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(boost::json::serialize(merged->plain),
            R"({"base_url":"https://graph.facebook.com","phone_number_id":"106","api_version":"v23.0"})");
  EXPECT_EQ(merged->secrets, (std::map<std::string, std::string>{{"access_token", "secret-token"}}));
}

TEST(ChannelConfig, KeepsSecretsThatAreAbsentAndNeverShowsThem) {
  auto first = merge(ChannelType::cloud_api, {}, parsed(kComplete), {});
  ASSERT_TRUE(first.has_value());
  auto second = merge(ChannelType::cloud_api, *first,
                      parsed(R"({"access_token":{"set":true},"app_secret":"app","verify_token":"v"})"), {});
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->secrets.at("access_token"), "secret-token");
  EXPECT_EQ(second->secrets.at("app_secret"), "app");
  auto third =
      merge(ChannelType::cloud_api, *second, parsed(R"({"verify_token":null,"app_secret":"new"})"), {});
  ASSERT_TRUE(third.has_value());
  EXPECT_FALSE(third->secrets.contains("verify_token"));
  EXPECT_EQ(third->secrets.at("app_secret"), "new");
  std::string text = boost::json::serialize(shown(ChannelType::cloud_api, *third));
  EXPECT_NE(text.find(R"("access_token":{"set":true})"), std::string::npos);
  EXPECT_NE(text.find(R"("verify_token":{"set":false})"), std::string::npos);
  EXPECT_EQ(text.find("secret-token"), std::string::npos);
  EXPECT_EQ(verdict(ChannelType::cloud_api, R"({"access_token":null})", {}, *third),
            "/access_token required");
}

TEST(ChannelConfig, ChecksTheSimulatorsNumbers) {
  EXPECT_EQ(verdict(ChannelType::simulator, "{}"), "ok");
  EXPECT_EQ(verdict(ChannelType::simulator, R"({"fail_share":0.5,"script":["accepted","unknown"]})"), "ok");
  EXPECT_EQ(verdict(ChannelType::simulator, R"({"fail_share":1.5})"), "/fail_share out_of_range");
  EXPECT_EQ(verdict(ChannelType::simulator, R"({"fail_share":"1"})"), "/fail_share wrong_type");
  EXPECT_EQ(verdict(ChannelType::simulator, R"({"latency_ms":-1})"), "/latency_ms out_of_range");
  EXPECT_EQ(verdict(ChannelType::simulator, R"({"latency_ms":1.5})"), "/latency_ms wrong_type");
  EXPECT_EQ(verdict(ChannelType::simulator, R"({"script":["boom"]})"), "/script/0 unknown_value");
  EXPECT_EQ(verdict(ChannelType::simulator, R"({"script":"accepted"})"), "/script wrong_type");
}

std::string pacing_verdict(std::string_view patch) {
  auto merged = merge_pacing(ChannelType::simulator, {}, parsed(patch));
  if (merged.has_value()) return boost::json::serialize(to_json(*merged));
  Error error = merged.error();
  return error.fields.empty() ? "no field" : error.fields[0].pointer + " " + error.fields[0].code;
}

TEST(ChannelConfig, ChecksPacing) {
  EXPECT_EQ(pacing_verdict(R"({"per_min":1})"), "/per_min unknown_field");
  EXPECT_EQ(pacing_verdict(R"({"per_minute":"5"})"), "/per_minute wrong_type");
  EXPECT_EQ(pacing_verdict(R"({"per_minute":0})"), "/per_minute out_of_range");
  EXPECT_EQ(pacing_verdict(R"({"min_gap_ms":-1})"), "/min_gap_ms out_of_range");
  EXPECT_EQ(pacing_verdict(R"({"concurrency":0})"), "/concurrency out_of_range");
  EXPECT_EQ(pacing_verdict(R"({"concurrency":4294967297})"), "/concurrency out_of_range");
  EXPECT_EQ(pacing_verdict(R"({"warm_up":1})"), "/warm_up wrong_type");
  EXPECT_EQ(pacing_verdict(R"({"min_gap_ms":10,"per_minute":5,"warm_up":true,"per_day":null})"),
            R"({"min_gap_ms":10,"jitter_ms":0,"per_minute":5,"per_hour":null,"per_day":null,"warm_up":true,)"
            R"("concurrency":32})");
}

TEST(ChannelConfig, ChecksTheBreaker) {
  auto breaker = [](std::string_view patch) {
    auto merged = merge_breaker({}, parsed(patch));
    if (merged.has_value()) return boost::json::serialize(to_json(*merged));
    Error error = merged.error();
    return error.fields.empty() ? std::string("no field")
                                : error.fields[0].pointer + " " + error.fields[0].code;
  };
  EXPECT_EQ(breaker("{}"), R"({"failures":5,"recovery_s":60})");
  EXPECT_EQ(breaker(R"({"failures":0})"), "/failures out_of_range");
  EXPECT_EQ(breaker(R"({"recovery_s":0})"), "/recovery_s out_of_range");
  EXPECT_EQ(breaker(R"({"recovery":1})"), "/recovery unknown_field");
  EXPECT_EQ(breaker(R"({"failures":null,"recovery_s":30})"), R"({"failures":5,"recovery_s":30})");
}

TEST(ChannelConfig, NamesTheParty) {
  EXPECT_EQ(party_of("https://Graph.Facebook.com"), "https://graph.facebook.com:443");
  EXPECT_EQ(party_of("http://127.0.0.1:9000/x"), "http://127.0.0.1:9000");
  EXPECT_EQ(party_of("no address"), "");
}

} // namespace
} // namespace renova::services::channel_config

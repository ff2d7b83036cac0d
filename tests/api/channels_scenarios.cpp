// Channels over a real socket, bad input first.
#include "services/channels.hpp"
#include "tests/api/catalogue_fixture.hpp"

#include <fstream>
#include <iterator>

namespace renova {
namespace {

constexpr const char* kSecretToken = "EAAG-planted-access-token-7f3a";
constexpr const char* kSecretApp = "planted-app-secret-91bc";

std::string cloud_channel() {
  return std::string(
             R"({"name":"Meta","type":"cloud_api","enabled":true,"config":{"base_url":"http://127.0.0.1:9","api_version":"v23.0",)") +
         R"("phone_number_id":"106540352242922","access_token":")" + kSecretToken + R"(","app_secret":")" +
         kSecretApp +
         R"(","verify_token":"planted-verify-5511"},"pacing":{"min_gap_ms":0,"jitter_ms":0,"per_minute":null,)" +
         R"("per_hour":null,"per_day":null,"warm_up":false,"concurrency":32},"breaker":{"failures":5,"recovery_s":60}})";
}

class ChannelsApi : public CatalogueScenario {};
INSTANTIATE_TEST_SUITE_P(Engines, ChannelsApi, test::kBothEngines, test::engine_name);

TEST_P(ChannelsApi, RefuseWhatIsWrongAndStoreNothing) {
  const std::vector<Case> cases{
      {"{}", "/name"},
      {R"({"name":"c","type":"telegram"})", "/type"},
      {R"({"name":"c","type":"cloud_api"})", "/config/phone_number_id"},
      {R"({"name":"","type":"simulator"})", "/name"},
      {R"({"name":"c","type":"simulator","config":{"token":"x"}})", "/config/token"},
      {R"({"name":"c","type":"simulator","config":[]})", "/config"},
      {R"({"name":"c","type":"simulator","pacing":{"per_minute":0}})", "/pacing/per_minute"},
      {R"({"name":"c","type":"simulator","pacing":{"speed":1}})", "/pacing/speed"},
      {R"({"name":"c","type":"simulator","breaker":{"failures":"5"}})", "/breaker/failures"},
      {R"({"name":"c","type":"cloud_api","config":{"phone_number_id":"1","access_token":"t","base_url":"file:///x"}})",
       "/config/base_url"},
      {R"({"name":"c","type":"simulator","secret":1})", "/secret"},
  };
  expect_refused("POST", "/api/v1/channels", "/api/v1/channels", cases);
}

TEST_P(ChannelsApi, NeverShowSecretsAndKeepThem) {
  ApiResponse made = api.post("/api/v1/channels", cloud_channel());
  expect_status(made, 201);
  std::string path = "/api/v1/channels/" + made.text("id");
  EXPECT_EQ(boost::json::serialize(made.json().at("config").at("access_token")), R"({"set":true})");
  EXPECT_EQ(made.text("webhook_url"), "https://renova.example/hooks/channels/" + made.text("id"));
  EXPECT_EQ(
      boost::json::serialize(made.json().at("pacing")),
      R"({"min_gap_ms":0,"jitter_ms":0,"per_minute":null,"per_hour":null,"per_day":null,"warm_up":false,)"
      R"("concurrency":32})");
  ApiResponse patched =
      api.patch(path, R"({"name":"Meta 2","config":{"verify_token":null,"api_version":"v24.0"}})");
  expect_status(patched, 200);
  EXPECT_EQ(boost::json::serialize(patched.json().at("config").at("verify_token")), R"({"set":false})");
  EXPECT_EQ(boost::json::serialize(patched.json().at("config").at("app_secret")), R"({"set":true})");
  EXPECT_EQ(patched.text("config.phone_number_id"), "106540352242922");
  expect_problem(api.patch(path, R"({"config":{"access_token":null}})"), 422, "validation_failed",
                 "/config/access_token");

  storage::ChannelRow row =
      test::must(api.database->read_now([&](storage::Transaction& tx) -> result<storage::ChannelRow> {
        storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(api.tenant));
        TRY(auto found, storage::channel_store::get(scoped, *ChannelId::parse(made.text("id"))));
        return *found;
      }));
  auto opened = test::must(services::channels::open_config(row, *api.secrets));
  EXPECT_EQ(opened.secrets.at("access_token"), kSecretToken);
  EXPECT_FALSE(opened.secrets.contains("verify_token"));

  for (const std::string& target : {path, std::string("/api/v1/channels"), path + "/health", path + "/qr",
                                    std::string("/api/v1/audit?limit=100")}) {
    ApiResponse shown = api.get(target);
    expect_status(shown, 200);
    EXPECT_EQ(shown.body.find("planted"), std::string::npos) << target;
  }
}

TEST_P(ChannelsApi, SecretsAreSealedOnDisk) {
  expect_status(api.post("/api/v1/channels", cloud_channel()), 201);
  if (GetParam() != storage::Engine::sqlite) return;
  std::string file = api.database.url().substr(std::string_view("sqlite:").size());
  while (file.starts_with("//")) file.erase(0, 1);
  bool found_config = false;
  for (const std::string& name : {file, file + "-wal"}) {
    std::ifstream in(name, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_EQ(bytes.find("planted"), std::string::npos) << name;
    found_config = found_config || bytes.find("106540352242922") != std::string::npos;
  }
  EXPECT_TRUE(found_config); // the right files were read
}

TEST_P(ChannelsApi, EditPacingAndBreaker) {
  std::string path = "/api/v1/channels/" + make("/api/v1/channels", R"({"name":"c","type":"simulator"})");
  ApiResponse changed = api.patch(path, R"({"pacing":{"per_minute":10},"breaker":{"failures":2}})");
  expect_status(changed, 200);
  EXPECT_EQ(changed.number("pacing.per_minute"), 10);
  EXPECT_EQ(changed.number("pacing.concurrency"), 32);
  EXPECT_EQ(changed.number("breaker.recovery_s"), 60);
  EXPECT_EQ(api.patch(path, R"({"pacing":{"per_minute":null}})").number("pacing.per_minute"), -1);
  expect_problem(api.patch(path, R"({"pacing":{"concurrency":1000}})"), 422, "validation_failed",
                 "/pacing/concurrency");
  expect_problem(api.patch(path, R"({"config":null})"), 422, "validation_failed", "/config");
  expect_problem(api.patch(path, R"({"type":"cloud_api"})"), 422, "validation_failed", "/type");
  expect_status(api.patch(path, R"({"type":"simulator"})"), 200);
  EXPECT_EQ(api.patch(path, R"({"breaker":null})").number("breaker.failures"), 5);
  expect_problem(api.patch(path, R"({"enabled":false})", {{"If-Match", "\"1\""}}), 412, "version_mismatch");
}

TEST_P(ChannelsApi, PauseResumeConnect) {
  std::string path =
      "/api/v1/channels/" + make("/api/v1/channels", R"({"name":"c","type":"simulator","enabled":false})");
  EXPECT_EQ(api.get(path + "/health").text("state"), "disabled");
  ApiResponse connected = api.post(path + "/connect");
  expect_status(connected, 200);
  EXPECT_TRUE(connected.json().at("enabled").as_bool());
  EXPECT_EQ(api.get(path + "/health").text("state"), "usable");
  ApiResponse paused = api.post(path + "/pause");
  EXPECT_EQ(paused.text("pause_reason"), "by_user");
  EXPECT_EQ(api.post(path + "/pause").number("version"), paused.number("version")); // once is enough
  EXPECT_EQ(api.get(path + "/health").text("state"), "paused");
  expect_problem(api.post(path + "/test", R"({"phone":"+55 11 98765-4321"})"), 409, "conflict");
  ApiResponse resumed = api.post(path + "/resume");
  EXPECT_FALSE(resumed.json().at("paused").as_bool());
  expect_status(api.post("/api/v1/queue/pause"), 200);
  EXPECT_EQ(api.get(path + "/health").text("state"), "queue_paused");
  expect_problem(api.post(path + "/pause", R"({"for":"ever"})"), 422, "validation_failed", "/for");
  auto foreign = as(api.foreign_owner());
  for (const char* act : {"/connect", "/pause", "/resume"}) {
    expect_problem(api.post(path + act, "", foreign), 404, "not_found");
  }
  expect_problem(api.post(path + "/test", R"({"phone":"+55 11 98765-4321"})", foreign), 404, "not_found");
  expect_problem(api.get(path + "/health", foreign), 404, "not_found");
  expect_problem(api.get(path + "/qr", foreign), 404, "not_found");
  expect_problem(api.patch(path, R"({"name":"theirs"})", foreign), 404, "not_found");
  expect_problem(api.del(path, foreign), 404, "not_found");
}

TEST_P(ChannelsApi, TestGoesThroughTheQueue) {
  std::string path = "/api/v1/channels/" + make("/api/v1/channels", R"({"name":"c","type":"simulator"})");
  expect_problem(api.post(path + "/test", "{}"), 422, "validation_failed", "/phone");
  expect_problem(api.post(path + "/test", R"({"phone":"123"})"), 422, "validation_failed", "/phone");
  expect_problem(api.post(path + "/test", R"({"phone":"+5511987654321","to":"+5511987654321"})"), 422,
                 "validation_failed", "/phone");
  expect_problem(api.post(path + "/test", R"({"phone":"+5511987654321","body":" "})"), 422,
                 "validation_failed", "/body");
  EXPECT_EQ(api.get("/api/v1/messages?with_total=true").number("total"), 0);
  ApiResponse sent = api.post(path + "/test", R"({"phone":"(11) 98765-4321"})");
  expect_status(sent, 202);
  EXPECT_EQ(sent.text("kind"), "test");
  EXPECT_EQ(sent.text("to"), "5511987654321");
  EXPECT_EQ(sent.text("state"), "queued");
  EXPECT_EQ(sent.number("priority"), 0); // before all others
  EXPECT_TRUE(sent.json().at("client_id").is_null());
  EXPECT_EQ(api.get("/api/v1/messages?kind=test").text("data.0.id"), sent.text("id"));
  EXPECT_EQ(api.get(path + "/health").number("today.queued"), 1);
}

TEST_P(ChannelsApi, LeaveOnlyWhenNothingDependsOnThem) {
  std::string id = make("/api/v1/channels", R"({"name":"old","type":"simulator"})");
  std::string other = make("/api/v1/channels", R"({"name":"new","type":"simulator"})");
  std::string path = "/api/v1/channels/" + id;
  std::string rule = make("/api/v1/rules", R"({"name":"r","offset_days":0,"channel_ids":[")" + id + "\"]}");
  ApiResponse message = api.post(path + "/test", R"({"phone":"+5511987654321"})");
  expect_status(message, 202);
  std::string ledger = "/api/v1/messages/" + message.text("id");

  expect_problem(api.del(path), 409, "conflict");
  expect_problem(api.del(path + "?cancel=true"), 409, "conflict"); // the rule
  expect_problem(api.del(path + "?move_to=" + id), 422, "validation_failed", "move_to");
  expect_problem(api.del(path + "?move_to=" + ChannelId::make(api.clock.now()).str()), 422,
                 "validation_failed", "move_to");
  expect_problem(api.del(path + "?move_to=" + other + "&cancel=true"), 422, "validation_failed", "cancel");
  expect_problem(api.del(path, {{"If-Match", "\"9\""}}), 412, "version_mismatch");
  EXPECT_EQ(api.get(ledger).text("channel_id"), id);

  expect_status(api.del(path + "?move_to=" + other), 204);
  EXPECT_EQ(api.get(ledger).text("channel_id"), other);
  EXPECT_EQ(api.get("/api/v1/rules/" + rule).text("channel_ids.0"), other);
  expect_problem(api.get(path), 404, "not_found");

  expect_status(api.del("/api/v1/rules/" + rule), 204);
  expect_problem(api.del("/api/v1/channels/" + other), 409, "conflict"); // the message
  expect_status(api.del("/api/v1/channels/" + other + "?cancel=true"), 204);
  ApiResponse cancelled = api.get(ledger);
  EXPECT_EQ(cancelled.text("state"), "cancelled");
  EXPECT_EQ(cancelled.text("events.1.to"), "cancelled");
}

TEST_P(ChannelsApi, NeedARole) {
  std::string id = make("/api/v1/channels", R"({"name":"c","type":"simulator"})");
  auto operator_ = as(api.token_of(Role::operator_));
  expect_status(api.get("/api/v1/channels/" + id, operator_), 200);
  expect_problem(api.post("/api/v1/channels", R"({"name":"c","type":"simulator"})", operator_), 403,
                 "forbidden");
  expect_problem(api.patch("/api/v1/channels/" + id, R"({"name":"x"})", operator_), 403, "forbidden");
  expect_problem(api.del("/api/v1/channels/" + id, operator_), 403, "forbidden");
  expect_problem(api.post("/api/v1/channels/" + id + "/test", R"({"phone":"+5511987654321"})",
                          as(api.token_of(Role::viewer))),
                 403, "forbidden");
}

} // namespace
} // namespace renova

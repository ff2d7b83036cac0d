// Templates, rules and channels over a real socket, bad input first.
#include "api/channels_api.hpp"
#include "api/messages_api.hpp"
#include "api/queue_api.hpp"
#include "api/rules_api.hpp"
#include "api/templates_api.hpp"
#include "services/channels.hpp"
#include "services/clients.hpp"
#include "services/demo.hpp"
#include "services/onboarding.hpp"
#include "tests/support/api_harness.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace renova {
namespace {

using services::Role;
using test::ApiHarness;
using test::ApiResponse;
using test::expect_problem;
using test::expect_status;

ApiHarness::Options catalogue() {
  ApiHarness::Options options;
  options.routes = [](ApiHarness& api) -> std::vector<ApiHarness::RouteAdder> {
    api::ChannelDependencies channels{*api.secrets, true, "https://renova.example", {}};
    return {[](api::RouteTable& routes) { api::add_template_routes(routes); },
            [](api::RouteTable& routes) { api::add_rule_routes(routes, {}); },
            [channels](api::RouteTable& routes) { api::add_channel_routes(routes, channels); },
            [](api::RouteTable& routes) { api::add_message_routes(routes); },
            [](api::RouteTable& routes) { api::add_queue_routes(routes); }};
  };
  return options;
}

class CatalogueScenario : public testing::TestWithParam<storage::Engine> {
 protected:
  struct Case {
    std::string body;
    std::string pointer;
    int status = 422;
    std::string code = "validation_failed";
  };

  // Each body is refused, and the list afterwards is what it was before.
  void expect_refused(const std::string& method, const std::string& path, const std::string& list,
                      const std::vector<Case>& cases) {
    std::string before = api.get(list).body;
    for (const Case& each : cases) {
      SCOPED_TRACE(each.body);
      expect_problem(api.call(method, path, each.body), each.status, each.code, each.pointer);
    }
    EXPECT_EQ(api.get(list).body, before);
  }

  std::string make(const std::string& path, const std::string& body) {
    ApiResponse made = api.post(path, body);
    expect_status(made, 201);
    EXPECT_EQ(made.header("location"), path + "/" + made.text("id"));
    return made.text("id");
  }

  services::Client make_client(const std::string& name, const std::string& phone) {
    services::NewClient input;
    input.name = name;
    input.phone = phone;
    input.subscription.emplace();
    input.subscription->plan_type = "VPN";
    input.subscription->price = services::PriceInput{123'450, "BRL", {}};
    input.subscription->expires_on = Date::of(2026, 12, 31);
    return test::must(api.database->write_now([&](storage::Transaction& tx) {
      storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(api.tenant));
      return services::clients::create(scoped, services::Actor::system(), input, api.clock.now());
    }));
  }

  // As another role, or as another tenant's owner.
  test::ApiHeaders as(std::string authorization) { return {{"Authorization", std::move(authorization)}}; }

  ApiHarness api{GetParam(), catalogue()};
};

constexpr const char* kTemplate =
    R"({"name":"Lembrete","kind":"reminder","plan_type":null,"locale":"pt-BR","body":"Olá {nome}, {valor}.",)"
    R"("variants":["Oi {nome}"],"cloud_template":{"name":"vencimento","language":"pt_BR","parameters":["nome","valor"]}})";

// ---- templates

class TemplatesApi : public CatalogueScenario {};
INSTANTIATE_TEST_SUITE_P(Engines, TemplatesApi, test::kBothEngines, test::engine_name);

TEST_P(TemplatesApi, RefuseWhatIsWrongAndStoreNothing) {
  const std::vector<Case> cases{
      {"", "", 415, "unsupported_media_type"},
      {"{", "", 400, "malformed"},
      {"[]", ""},
      {"{}", "/name"},
      {R"({"name":"x","kind":"reminder","body":"Olá {quem}"})", "/body"},
      {R"({"name":"x","kind":"reminder","body":"Olá {nome"})", "/body"},
      {R"({"name":"x","kind":"reminder","body":" "})", "/body"},
      {R"({"name":"x","kind":"reminder","body":")" + std::string(4097, 'a') + R"("})", "/body"},
      {R"({"name":"","kind":"reminder","body":"Olá"})", "/name"},
      {R"({"name":"x","kind":"manual","body":"Olá"})", "/kind"},
      {R"({"name":"x","kind":"invoice","body":"Olá"})", "/kind"},
      {R"({"name":"x","kind":"reminder","body":"Olá","locale":"fr"})", "/locale"},
      {R"({"name":"x","kind":"reminder","body":"Olá","plan_type":"!"})", "/plan_type"},
      {R"({"name":"x","kind":"reminder","body":"Olá","variants":["{x}"]})", "/variants/0"},
      {R"({"name":"x","kind":"reminder","body":"Olá","variants":["1","2","3","4","5","6","7","8","9","a","b"]})",
       "/variants"},
      {R"({"name":"x","kind":"reminder","body":"Olá","variants":"um"})", "/variants"},
      {R"({"name":"x","kind":"reminder","body":"Olá","colour":"red"})", "/colour"},
      {R"({"name":"x","kind":"reminder","body":"Olá","cloud_template":{"name":"A B","language":"pt_BR"}})",
       "/cloud_template/name"},
      {R"({"name":"x","kind":"reminder","body":"Olá","cloud_template":{"name":"a","language":"pt_BR",)"
       R"("parameters":["quem"]}})",
       "/cloud_template/parameters/0"},
      {R"({"name":"x","kind":"reminder","body":"Olá","media":{"type":"image","link":"http://x/y"}})",
       "/media/link"},
  };
  expect_refused("POST", "/api/v1/templates", "/api/v1/templates?limit=100&with_total=true", cases);
}

TEST_P(TemplatesApi, ANewTenantHasOneOfEachKind) {
  ApiResponse all = api.get("/api/v1/templates?limit=100&with_total=true");
  expect_status(all, 200);
  std::set<std::string> kinds;
  boost::json::value list = all.json();
  for (const auto& item : list.at("data").as_array()) kinds.insert(std::string(item.at("kind").as_string()));
  EXPECT_EQ(kinds, (std::set<std::string>{"reminder", "due_today", "overdue", "renewed", "welcome", "promo",
                                          "custom"}));
  EXPECT_EQ(all.number("total"), static_cast<std::int64_t>(list.at("data").as_array().size()));
  EXPECT_GE(api.get("/api/v1/templates?plan_type=IPTV&with_total=true").number("total"), 3);
}

TEST_P(TemplatesApi, LiveACycle) {
  std::string id = make("/api/v1/templates", kTemplate);
  std::string path = "/api/v1/templates/" + id;
  ApiResponse found = api.get(path);
  expect_status(found, 200);
  EXPECT_EQ(found.text("body"), "Olá {nome}, {valor}.");
  EXPECT_EQ(found.text("cloud_template.parameters.0"), "nome");
  EXPECT_EQ(found.number("version"), 1);
  std::string etag = found.header("etag");
  ASSERT_FALSE(etag.empty());

  expect_problem(api.patch(path, R"({"body":"{quem}"})"), 422, "validation_failed", "/body");
  expect_problem(api.patch(path, R"({"body":null})"), 422, "validation_failed", "/body");
  expect_problem(api.patch(path, R"({"nope":null})"), 422, "validation_failed", "/nope");
  expect_problem(api.patch(path, R"({"name":"x"})", {{"If-Match", "\"99\""}}), 412, "version_mismatch");
  EXPECT_EQ(api.get(path).body, found.body);

  ApiResponse changed =
      api.patch(path, R"({"plan_type":"vpn","cloud_template":{"name":"outro"}})", {{"If-Match", etag}});
  expect_status(changed, 200);
  EXPECT_EQ(changed.text("plan_type"), "VPN");
  EXPECT_EQ(changed.text("cloud_template.name"), "outro"); // merged, RFC 7396
  EXPECT_EQ(changed.text("cloud_template.language"), "pt_BR");
  EXPECT_EQ(changed.number("version"), 2);
  expect_problem(api.del(path, {{"If-Match", etag}}), 412, "version_mismatch");
  ApiResponse cleared = api.patch(path, R"({"plan_type":null,"cloud_template":null})");
  EXPECT_TRUE(cleared.json().at("plan_type").is_null());
  EXPECT_TRUE(cleared.json().at("cloud_template").is_null());
  expect_status(api.del(path), 204);
  expect_problem(api.get(path), 404, "not_found");
  expect_problem(api.del(path), 404, "not_found");
}

TEST_P(TemplatesApi, InUseStays) {
  std::string id = make("/api/v1/templates", kTemplate);
  std::string rule = make("/api/v1/rules", R"({"name":"r","offset_days":0,"template_id":")" + id + "\"}");
  expect_problem(api.del("/api/v1/templates/" + id), 409, "conflict");
  expect_status(api.get("/api/v1/templates/" + id), 200);
  expect_status(api.del("/api/v1/rules/" + rule), 204);
  expect_status(api.del("/api/v1/templates/" + id), 204);
}

TEST_P(TemplatesApi, PreviewAndValidate) {
  std::string id = make("/api/v1/templates", kTemplate);
  ApiResponse sample = api.post("/api/v1/templates/" + id + "/preview");
  expect_status(sample, 200);
  EXPECT_EQ(sample.text("text"), "Olá Maria da Silva, R$ 35,00.");
  EXPECT_EQ(sample.number("length"), 29);
  EXPECT_EQ(sample.text("variants.0.text"), "Oi Maria da Silva");
  EXPECT_EQ(sample.text("cloud_parameters.1"), "R$ 35,00");

  expect_problem(api.post("/api/v1/templates/validate", R"({"body":"Olá {quem}"})"), 422, "validation_failed",
                 "/body");
  expect_problem(api.post("/api/v1/templates/validate", R"({"body":"Olá","client_id":"0190"})"), 422,
                 "validation_failed", "/client_id");
  std::string nobody = ClientId::make(api.clock.now()).str();
  expect_problem(api.post("/api/v1/templates/validate", R"({"body":"Olá","client_id":")" + nobody + "\"}"),
                 422, "validation_failed", "/client_id");
  ApiResponse valid =
      api.post("/api/v1/templates/validate", R"({"body":"{primeiro_nome}: {due_date}","locale":"en"})");
  expect_status(valid, 200);
  EXPECT_EQ(valid.text("text"), "Mary: Nov 26, 2026"); // three days after the clock's day
  EXPECT_TRUE(valid.json().at("valid").as_bool());
}

TEST_P(TemplatesApi, PreviewARealClient) {
  services::Client client = make_client("Ana {valor}", "+55 11 90000-0001");
  std::string subject = R"("client_id":")" + client.id.str() + "\"}";
  ApiResponse shown = api.post("/api/v1/templates/validate",
                               R"({"body":"{nome} {tipo} {valor} {vencimento} {pix}",)" + subject);
  expect_status(shown, 200);
  EXPECT_TRUE(shown.text("text").starts_with("Ana {valor} VPN R$ 1.234,50 31/12/2026")) << shown.text("text");
  EXPECT_EQ(shown.text("missing.0"), "pix");
}

TEST_P(TemplatesApi, AreTheTenantsOwnAndNeedARole) {
  std::string id = make("/api/v1/templates", kTemplate);
  std::string path = "/api/v1/templates/" + id;
  auto foreign = as(api.foreign_owner());
  expect_problem(api.get(path, foreign), 404, "not_found");
  expect_problem(api.patch(path, R"({"name":"theirs"})", foreign), 404, "not_found");
  expect_problem(api.del(path, foreign), 404, "not_found");
  expect_problem(api.post(path + "/preview", "", foreign), 404, "not_found");
  auto viewer = as(api.token_of(Role::viewer));
  expect_status(api.get(path, viewer), 200);
  expect_problem(api.post("/api/v1/templates", kTemplate, viewer), 403, "forbidden");
  expect_problem(api.patch(path, R"({"name":"x"})", as(api.token_of(Role::operator_))), 403, "forbidden");
  expect_problem(api.anonymous("GET", path), 401, "unauthenticated");
  EXPECT_EQ(api.get(path).text("name"), "Lembrete");
  expect_problem(api.get("/api/v1/templates/not-an-id"), 404, "not_found");
}

TEST_P(TemplatesApi, PagesMeetEveryRowOnce) {
  for (const char* sort : {"name", "-name", "created_at", "-created_at"}) {
    SCOPED_TRACE(sort);
    std::set<std::string> seen;
    std::string next;
    std::size_t rows = 0;
    for (int page = 0; page < 50; ++page) {
      ApiResponse list = api.get("/api/v1/templates?limit=3&sort=" + std::string(sort) +
                                 (next.empty() ? "" : "&cursor=" + next));
      ASSERT_EQ(list.status, 200);
      boost::json::value json = list.json();
      for (const auto& item : json.at("data").as_array()) {
        seen.insert(std::string(item.at("id").as_string()));
        ++rows;
      }
      if (json.at("next_cursor").is_null()) break;
      next = list.text("next_cursor");
    }
    EXPECT_EQ(rows, seen.size());
    EXPECT_EQ(static_cast<std::int64_t>(rows), api.get("/api/v1/templates?with_total=true").number("total"));
  }
  expect_problem(api.get("/api/v1/templates?sort=body"), 422, "validation_failed", "sort");
  expect_problem(api.get("/api/v1/templates?limit=101"), 422, "validation_failed", "limit");
  expect_problem(api.get("/api/v1/templates?cursor=abc"), 400, "malformed");
  expect_problem(api.get("/api/v1/templates?kind=nope"), 422, "validation_failed", "kind");
}

// ---- rules

class RulesApi : public CatalogueScenario {};
INSTANTIATE_TEST_SUITE_P(Engines, RulesApi, test::kBothEngines, test::engine_name);

TEST_P(RulesApi, RefuseWhatIsWrongAndStoreNothing) {
  std::string nowhere = TemplateId::make(api.clock.now()).str();
  const std::vector<Case> cases{
      {"{}", "/name"},
      {R"({"name":"r"})", "/offset_days"},
      {R"({"name":"r","offset_days":366})", "/offset_days"},
      {R"({"name":"r","offset_days":-366})", "/offset_days"},
      {R"({"name":"r","offset_days":1.5})", "/offset_days"},
      {R"({"name":"r","offset_days":"1"})", "/offset_days"},
      {R"({"name":"r","offset_days":0,"at":"25:00"})", "/at"},
      {R"({"name":"r","offset_days":0,"at":"9:00"})", "/at"},
      {R"({"name":"r","offset_days":0,"at":540})", "/at"},
      {R"({"name":"r","offset_days":0,"plan_types":["?"]})", "/plan_types/0"},
      {R"({"name":"r","offset_days":0,"template_id":")" + nowhere + "\"}", "/template_id"},
      {R"({"name":"r","offset_days":0,"template_id":"x"})", "/template_id"},
      {R"({"name":"r","offset_days":0,"channel_ids":[")" + nowhere + "\"]}", "/channel_ids/0"},
      {R"({"name":"r","offset_days":0,"when":"now"})", "/when"},
  };
  expect_refused("POST", "/api/v1/rules", "/api/v1/rules?limit=100", cases);
}

TEST_P(RulesApi, ANewTenantHasTheThreeOfTheContract) {
  boost::json::value list = api.get("/api/v1/rules").json();
  const auto& data = list.at("data").as_array();
  ASSERT_EQ(data.size(), 3U);
  auto is = [&](std::size_t at, int offset, std::string_view time, bool enabled) {
    EXPECT_EQ(data[at].at("offset_days").as_int64(), offset);
    EXPECT_EQ(data[at].at("at").as_string(), time);
    EXPECT_EQ(data[at].at("enabled").as_bool(), enabled);
    EXPECT_TRUE(data[at].at("template_id").is_null());
  };
  is(0, -3, "09:00", true);
  is(1, 0, "10:00", true);
  is(2, 1, "10:00", false);
}

TEST_P(RulesApi, LiveACycle) {
  std::string id = make("/api/v1/rules", R"({"name":"r","offset_days":-3,"at":"09:00","plan_types":["iptv"],)"
                                         R"("template_id":null,"channel_ids":[],"enabled":true})");
  std::string path = "/api/v1/rules/" + id;
  ApiResponse found = api.get(path);
  EXPECT_EQ(found.text("plan_types.0"), "IPTV");
  expect_problem(api.patch(path, R"({"offset_days":null})"), 422, "validation_failed", "/offset_days");
  expect_problem(api.patch(path, R"({"at":"x"})"), 422, "validation_failed", "/at");
  expect_problem(api.patch(path, R"({"enabled":false})", {{"If-Match", "\"7\""}}), 412, "version_mismatch");
  EXPECT_EQ(api.get(path).body, found.body);
  ApiResponse changed =
      api.patch(path, R"({"at":null,"offset_days":2})", {{"If-Match", found.header("etag")}});
  expect_status(changed, 200);
  EXPECT_EQ(changed.text("at"), "auto");
  EXPECT_EQ(changed.number("offset_days"), 2);
  auto foreign = as(api.foreign_owner());
  expect_problem(api.get(path, foreign), 404, "not_found");
  expect_problem(api.patch(path, R"({"name":"x"})", foreign), 404, "not_found");
  expect_problem(api.del(path, foreign), 404, "not_found");
  expect_problem(api.patch(path, R"({"name":"x"})", as(api.token_of(Role::operator_))), 403, "forbidden");
  expect_status(api.del(path), 204);
  expect_problem(api.get(path), 404, "not_found");
}

TEST_P(RulesApi, DoNotTakeAnotherTenantsTemplateOrChannel) {
  std::string foreign = api.foreign_owner();
  ApiResponse theirs = api.post("/api/v1/templates", kTemplate, as(foreign));
  expect_status(theirs, 201);
  ApiResponse channel = api.post("/api/v1/channels", R"({"name":"c","type":"simulator"})", as(foreign));
  expect_status(channel, 201);
  expect_problem(
      api.post("/api/v1/rules", R"({"name":"r","offset_days":0,"template_id":")" + theirs.text("id") + "\"}"),
      422, "validation_failed", "/template_id");
  expect_problem(api.post("/api/v1/rules",
                          R"({"name":"r","offset_days":0,"channel_ids":[")" + channel.text("id") + "\"]}"),
                 422, "validation_failed", "/channel_ids/0");
}

TEST_P(RulesApi, SwitchedOffTakeTheirMessagesOutOfTheQueue) {
  for (const char* how : {"switch off", "delete"}) {
    SCOPED_TRACE(how);
    std::string rule = make("/api/v1/rules", R"({"name":"r","offset_days":0})");
    storage::MessageRow row;
    row.id = MessageId::make(api.clock.now());
    row.client_id =
        make_client("Ana Aurora", std::string("+55 11 90000-000") + (how[0] == 's' ? "1" : "2")).id;
    row.rule_id = *RuleId::parse(rule);
    row.kind = domain::MessageKind::reminder;
    row.recipient = "5511900000001";
    row.created_at = row.not_before = api.clock.now();
    row.priority = 2;
    test::must(api.database->write_now([&](storage::Transaction& tx) {
      storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(api.tenant));
      return storage::message_store::insert(scoped, row);
    }));
    std::string path = "/api/v1/rules/" + rule;
    expect_status(api.patch(path, R"({"name":"renamed"})"), 200);
    EXPECT_EQ(api.get("/api/v1/messages/" + row.id.str()).text("state"), "queued");
    expect_status(how[0] == 's' ? api.patch(path, R"({"enabled":false})") : api.del(path),
                  how[0] == 's' ? 200 : 204);
    ApiResponse message = api.get("/api/v1/messages/" + row.id.str());
    EXPECT_EQ(message.text("state"), "cancelled");
    EXPECT_EQ(message.text("reason"), "rule_changed");
    EXPECT_EQ(message.text("events.1.from"), "queued");
    EXPECT_EQ(message.text("events.1.to"), "cancelled");
  }
}

TEST_P(RulesApi, PreviewADay) {
  expect_problem(api.get("/api/v1/rules/preview?date=2026-02-30"), 422, "validation_failed", "date");
  expect_problem(api.get("/api/v1/rules/preview?limit=0"), 422, "validation_failed", "limit");
  ApiResponse empty = api.get("/api/v1/rules/preview?date=2026-12-01");
  expect_status(empty, 200);
  EXPECT_EQ(empty.text("date"), "2026-12-01");
  EXPECT_EQ(empty.number("planned"), 0);
  EXPECT_EQ(api.get("/api/v1/rules/preview").text("date"), "2026-11-23");
}

// ---- channels

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

// ---- onboarding and the demonstration

class Onboarding : public testing::TestWithParam<storage::Engine> {
 protected:
  test::TestDatabase database{GetParam()};
  SecretBox secrets{1, std::string(32, 'k')};
  Instant now = *parse_instant("2026-11-29T03:30:00Z"); // Sunday, 00:30 in São Paulo
};
INSTANTIATE_TEST_SUITE_P(Engines, Onboarding, test::kBothEngines, test::engine_name);

TEST_P(Onboarding, FindsATenantByItsName) {
  auto outcome = database->write_now([&](storage::Transaction& tx) -> result<std::optional<TenantId>> {
    auto refused = services::onboarding::new_tenant(tx, "x", domain::Locale::pt_br, now);
    if (refused.has_value()) return Error(ErrorCode::internal, "a name of one character was taken");
    TRY(TenantId made, services::onboarding::new_tenant(tx, "  Loja Exemplo ", domain::Locale::en, now));
    TRY(auto found, services::onboarding::find_tenant_by_name(tx, "Loja Exemplo"));
    if (found != made) return Error(ErrorCode::internal, "another tenant was found");
    return services::onboarding::find_tenant_by_name(tx, "loja exemplo");
  });
  ASSERT_TRUE(outcome.has_value()) << outcome.error().detail;
  EXPECT_FALSE(outcome->has_value());
}

TEST_P(Onboarding, MakesTheDemonstrationOnce) {
  auto make = [&] {
    return test::must(database->write_now(
        [&](storage::Transaction& tx) { return services::demo::create(tx, secrets, now); }));
  };
  auto first = make();
  EXPECT_TRUE(first.created);
  EXPECT_EQ(first.clients, 500);
  EXPECT_GE(first.messages, services::demo::kMessagesAtOnce);
  auto second = make();
  EXPECT_FALSE(second.created);
  EXPECT_EQ(second.tenant, first.tenant);

  // At half past midnight on a Sunday there is work at once.
  auto ready = test::must(database->read_now([&](storage::Transaction& tx) -> result<int> {
    storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(first.tenant));
    storage::MessagePageQuery query;
    query.limit = 100;
    query.state = domain::MessageState::queued;
    TRY(auto rows, storage::message_store::page(scoped, query));
    return static_cast<int>(std::count_if(rows.begin(), rows.end(), [&](const auto& row) {
      return row.not_before <= now && row.channel_id.has_value();
    }));
  }));
  EXPECT_GE(ready, services::demo::kMessagesAtOnce);
}

} // namespace
} // namespace renova

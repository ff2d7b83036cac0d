// What holds for every call: bodies, errors, once-only, headers, pages.

#include "tests/support/api_harness.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace renova {
namespace {

using services::Role;
using test::ApiHarness;
using test::ApiResponse;
using test::expect_problem;
using test::expect_status;

class Conventions : public testing::TestWithParam<storage::Engine> {
 protected:
  ApiHarness api{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Engines, Conventions, test::kBothEngines, test::engine_name);

TEST_P(Conventions, HostileBodiesAreRefusedAndChangeNothing) {
  const std::string before = api.get("/api/v1/settings").body;
  std::string deep(33, '[');
  deep += std::string(33, ']');
  const std::vector<std::string> malformed{
      "{",
      "}",
      "nul",
      "\xEF\xBB\xBF{}",                           // byte order mark
      R"({"expiring_days":5}x)",                  // trailing bytes
      R"({"expiring_days":5} {})",                // two documents
      R"({"expiring_days":5,"expiring_days":6})", // a member twice
      R"({"business":"a","b\u0075siness":"b"})",  // twice, one of them escaped
      R"({"expiring_days":05})",                  // leading zero
      R"({"expiring_days":NaN})",
      R"({"expiring_days":1e400})",
      R"({"expiring_days":+1})",
      R"({"expiring_days":.5})",
      R"({'business':'x'})",
      R"({"business":"x",})",
      R"({"business":"a)"
      "\x01"
      R"("})",                           // a bare control character
      "{\"business\":\"\xC3\x28\"}",     // invalid UTF-8
      "{\"business\":\"\xED\xA0\x80\"}", // a surrogate in UTF-8
      R"({"business":"\ud800"})",        // a lone surrogate
      R"({"business":"\u12"})",
      R"(/* hello */{})",
      R"({"holidays":)" + deep + "}",
      std::string(100'000, '['),
  };
  for (const std::string& body : malformed) {
    SCOPED_TRACE(body.substr(0, 80));
    expect_problem(api.patch("/api/v1/settings", body), 400, "malformed");
  }
  EXPECT_EQ(api.get("/api/v1/settings").body, before);
}

TEST_P(Conventions, EveryBrokenFieldIsReportedWithItsPointer) {
  const std::string before = api.get("/api/v1/settings").body;
  struct Case {
    std::string body;
    std::string pointer;
  };
  const std::vector<Case> cases{
      {R"(1)", ""},
      {R"("text")", ""},
      {R"({"nonsense":1})", "/nonsense"},
      {R"({"a/b~c":1})", "/a~1b~0c"},
      {R"({"expiring_days":"5"})", "/expiring_days"},
      {R"({"expiring_days":5.0})", "/expiring_days"},
      {R"({"expiring_days":5.5})", "/expiring_days"},
      {R"({"expiring_days":99999999999999999999})", "/expiring_days"},
      {R"({"expiring_days":-1})", "/expiring_days"},
      {R"({"expiring_days":61})", "/expiring_days"},
      {R"({"expiring_days":null})", "/expiring_days"},
      {R"({"business":null})", "/business"},
      {R"({"business":"x"})", "/business"},
      {R"({"business":"a\u0000b"})", "/business"},
      {R"({"time_zone":"Mars/Olympus"})", "/time_zone"},
      {R"({"time_zone":"../../etc/passwd"})", "/time_zone"},
      {R"({"locale":"fr"})", "/locale"},
      {R"({"currency":"reais"})", "/currency"},
      {R"({"country":"QQQ"})", "/country"},
      {R"({"holidays":["2026-02-30"]})", "/holidays/0"},
      {R"({"holidays":["2026-12-25",7]})", "/holidays/1"},
      {R"({"sending_windows":{"mon":[["20:00","08:00"]]}})", "/sending_windows/mon/0"},
      {R"({"sending_windows":{"mon":[["25:00","26:00"]]}})", "/sending_windows/mon/0/0"},
      {R"({"sending_windows":{"mon":[["08:00"]]}})", "/sending_windows/mon/0"},
      {R"({"sending_windows":{"day":[]}})", "/sending_windows/day"},
      {R"({"sending_windows":{"mon":[["08:00","12:00"],["11:00","13:00"]]}})", "/sending_windows/mon"},
      {R"({"pix":{"key":"x"}})", "/pix/key_type"},
      {R"({"pix":{"key_type":"cpf","key":"123"}})", "/pix/key"},
      {R"({"pix":{"key_type":"evp","key":"not-a-uuid"}})", "/pix/key"},
      {R"({"support_phone":"12"})", "/support_phone"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.body);
    ApiResponse response = api.patch("/api/v1/settings", each.body);
    expect_problem(response, 422, "validation_failed", each.pointer);
    EXPECT_FALSE(response.text("errors.0.code").empty());
  }
  ApiResponse both = api.patch("/api/v1/settings", R"({"business":1,"expiring_days":"x","z":1})");
  EXPECT_EQ(both.json().at("errors").as_array().size(), 3u);
  EXPECT_EQ(api.get("/api/v1/settings").body, before);
}

TEST_P(Conventions, MergePatchKeepsChangesAndClears) {
  expect_status(api.patch("/api/v1/settings", R"({"holidays":["2026-12-25","2026-01-01","2026-12-25"],
    "pix":{"key_type":"phone","key":"(11) 98765-4321","city":"São Paulo"},
    "sending_windows":{"sun":[["10:00","24:00"]]}})"),
                200);
  ApiResponse read = api.get("/api/v1/settings");
  EXPECT_EQ(boost::json::serialize(read.json().at("holidays")), R"(["2026-01-01","2026-12-25"])");
  EXPECT_EQ(read.text("pix.key"), "+5511987654321");
  EXPECT_EQ(boost::json::serialize(read.json().at("sending_windows").at("sun")), R"([["10:00","24:00"]])");
  EXPECT_EQ(boost::json::serialize(read.json().at("sending_windows").at("mon")), R"([["08:00","20:00"]])");
  expect_status(api.patch("/api/v1/settings", R"({"pix":{"city":null}})"), 200);
  EXPECT_EQ(api.get("/api/v1/settings").text("pix.key"), "+5511987654321");
  EXPECT_TRUE(api.get("/api/v1/settings").text("pix.city").empty());
  expect_status(api.patch("/api/v1/settings", R"({"pix":null})"), 200);
  EXPECT_TRUE(api.get("/api/v1/settings").json().at("pix").is_null());
}

TEST_P(Conventions, ContentTypesAreChecked) {
  for (std::string type :
       {"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ""}) {
    expect_problem(api.patch("/api/v1/settings", R"({"expiring_days":4})", {{"Content-Type", type}}), 415,
                   "unsupported_media_type");
  }
  for (std::string type :
       {"application/json", "Application/JSON; charset=UTF-8", "application/merge-patch+json"}) {
    expect_status(api.patch("/api/v1/settings", R"({"expiring_days":4})", {{"Content-Type", type}}), 200);
  }
}

TEST_P(Conventions, EntityTagsGuardEdits) {
  ApiResponse read = api.get("/api/v1/settings");
  std::string tag = read.header("etag");
  ASSERT_FALSE(tag.empty());
  EXPECT_EQ(api.get("/api/v1/settings", {{"If-None-Match", tag}}).status, 304);
  for (std::string other : {std::string("\"999\""), std::string("nonsense"), "W/" + tag}) {
    expect_problem(api.patch("/api/v1/settings", R"({"expiring_days":7})", {{"If-Match", other}}), 412,
                   "version_mismatch");
  }
  ApiResponse changed = api.patch("/api/v1/settings", R"({"expiring_days":7})", {{"If-Match", tag}});
  expect_status(changed, 200);
  EXPECT_NE(changed.header("etag"), tag);
  expect_problem(api.patch("/api/v1/settings", R"({"expiring_days":8})", {{"If-Match", tag}}), 412,
                 "version_mismatch");
  expect_status(api.patch("/api/v1/settings", R"({"expiring_days":8})", {{"If-Match", "*"}}), 200);
}

TEST_P(Conventions, AnIdempotencyKeyHasOneEffect) {
  const std::string body = R"({"name":"Site"})";
  expect_problem(api.post("/api/v1/api-keys", body, {{"Idempotency-Key", std::string(256, 'k')}}), 400,
                 "malformed");
  expect_problem(api.post("/api/v1/api-keys", body, {{"Idempotency-Key", ""}}), 400, "malformed");
  // A call that failed may be repeated under the same key.
  expect_problem(api.post("/api/v1/api-keys", R"({"name":""})", {{"Idempotency-Key", "one"}}), 422,
                 "validation_failed");
  ApiResponse first = api.post("/api/v1/api-keys", body, {{"Idempotency-Key", "one"}});
  expect_status(first, 201);
  EXPECT_TRUE(first.header("idempotent-replayed").empty());
  ApiResponse again = api.post("/api/v1/api-keys", body, {{"Idempotency-Key", "one"}});
  expect_status(again, 201);
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("location"), first.header("location"));
  expect_problem(api.post("/api/v1/api-keys", R"({"name":"Other"})", {{"Idempotency-Key", "one"}}), 422,
                 "idempotency_mismatch");
  EXPECT_EQ(api.get("/api/v1/api-keys?with_total=true").number("total"), 1);
  // Another person's key of the same text is another key, and so is one after a day.
  expect_status(api.post("/api/v1/api-keys", body,
                         {{"Idempotency-Key", "one"}, {"Authorization", api.token_of(Role::admin)}}),
                201);
  api.clock.advance(std::chrono::hours(24));
  api.token = api.sign_in(test::kOwnerEmail, test::kOwnerPassword);
  ApiResponse later = api.post("/api/v1/api-keys", body, {{"Idempotency-Key", "one"}});
  expect_status(later, 201);
  EXPECT_NE(later.text("id"), first.text("id"));
  EXPECT_EQ(api.get("/api/v1/api-keys?with_total=true").number("total"), 3);
}

TEST_P(Conventions, ConcurrentCallsUnderOneKeyHaveOneEffect) {
  std::vector<ApiResponse> answers(8);
  std::vector<std::thread> callers;
  for (ApiResponse& answer : answers) {
    callers.emplace_back([&] {
      answer = api.post("/api/v1/api-keys", R"({"name":"Race"})", {{"Idempotency-Key", "race"}});
    });
  }
  for (std::thread& caller : callers) caller.join();
  int replayed = 0;
  for (const ApiResponse& answer : answers) {
    expect_status(answer, 201);
    EXPECT_EQ(answer.body, answers[0].body);
    replayed += answer.header("idempotent-replayed") == "true" ? 1 : 0;
  }
  EXPECT_EQ(replayed, 7);
  EXPECT_EQ(api.get("/api/v1/api-keys?with_total=true").number("total"), 1);
}

TEST_P(Conventions, ListsHaveBoundedPagesAndHonestCursors) {
  for (int i = 0; i < 5; ++i) {
    expect_status(api.post("/api/v1/api-keys", R"({"name":"Key )" + std::to_string(i) + R"("})"), 201);
    api.clock.advance(std::chrono::seconds(1));
  }
  struct Case {
    std::string query;
    int status;
    std::string pointer;
  };
  for (const Case& each : std::vector<Case>{{"limit=0", 422, "limit"},
                                            {"limit=101", 422, "limit"},
                                            {"limit=x", 422, "limit"},
                                            {"limit=1&limit=2", 422, "limit"},
                                            {"sort=secret", 422, "sort"},
                                            {"unknown=1", 422, "unknown"},
                                            {"with_total=maybe", 422, "with_total"},
                                            {"cursor=!!!", 400, ""},
                                            {"cursor=e30", 400, ""},
                                            {"limit=%ZZ", 400, ""},
                                            {"limit=1%00", 400, ""}}) {
    SCOPED_TRACE(each.query);
    expect_problem(api.get("/api/v1/api-keys?" + each.query), each.status,
                   each.status == 400 ? "malformed" : "validation_failed", each.pointer);
  }
  std::vector<std::string> names;
  std::string cursor;
  do {
    ApiResponse page =
        api.get("/api/v1/api-keys?sort=created_at&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
    expect_status(page, 200);
    boost::json::value body = page.json();
    for (const auto& key : body.at("data").as_array()) names.emplace_back(key.at("name").as_string());
    cursor = page.text("next_cursor");
  } while (!cursor.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"Key 0", "Key 1", "Key 2", "Key 3", "Key 4"}));
  std::string foreign = api.get("/api/v1/api-keys?sort=created_at&limit=2").text("next_cursor");
  expect_problem(api.get("/api/v1/api-keys?sort=-created_at&cursor=" + foreign), 400, "malformed");
}

TEST_P(Conventions, PathsAndMethods) {
  expect_problem(api.get("/api/v1/nothing"), 404, "not_found");
  expect_problem(api.anonymous("GET", "/api/v1/nothing"), 404, "not_found");
  expect_problem(api.get("/api/v1/api-keys/not-an-id"), 404, "not_found");
  ApiResponse wrong = api.call("PUT", "/api/v1/settings", "{}");
  expect_problem(wrong, 405, "method_not_allowed");
  EXPECT_NE(wrong.header("allow").find("PATCH"), std::string::npos);
  ApiResponse options = api.anonymous("OPTIONS", "/api/v1/settings");
  expect_status(options, 204);
  EXPECT_NE(options.header("allow").find("GET"), std::string::npos);
  ApiResponse head = api.call("HEAD", "/api/v1/settings");
  expect_status(head, 200);
  EXPECT_TRUE(head.body.empty());
  expect_problem(api.patch("/api/v1/settings", std::string(1024 * 1024 + 1, ' ')), 413, "payload_too_large");
}

TEST_P(Conventions, EveryAnswerCarriesItsHeaders) {
  ApiResponse response = api.get("/api/v1/settings", {{"X-Request-Id", "my-request.1"}});
  EXPECT_EQ(response.header("x-request-id"), "my-request.1");
  EXPECT_EQ(response.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(response.header("cache-control"), "no-store");
  EXPECT_EQ(response.header("referrer-policy"), "no-referrer");
  EXPECT_FALSE(response.header("content-security-policy").empty());
  EXPECT_TRUE(response.header("access-control-allow-origin").empty());
  ApiResponse insane = api.get("/api/v1/settings", {{"X-Request-Id", "a b<script>"}});
  EXPECT_NE(insane.header("x-request-id"), "a b<script>");
  EXPECT_FALSE(insane.header("x-request-id").empty());
  ApiResponse portuguese =
      api.anonymous("GET", "/api/v1/settings", "", {{"Accept-Language", "pt-PT,en;q=0.5"}});
  EXPECT_EQ(portuguese.text("title"), "É preciso entrar");
  EXPECT_EQ(api.anonymous("GET", "/api/v1/settings", "", {{"Accept-Language", "fr, es;q=0.3"}}).text("title"),
            "Hay que iniciar sesión");
  EXPECT_EQ(portuguese.text("request_id"), portuguese.header("x-request-id"));
}

TEST_P(Conventions, ChangesAreAudited) {
  expect_status(api.patch("/api/v1/settings", R"({"expiring_days":9})", {{"X-Request-Id", "audited"}}), 200);
  ApiResponse audit = api.get("/api/v1/audit?action=settings_changed");
  expect_status(audit, 200);
  EXPECT_EQ(audit.json().at("data").as_array().size(), 1u);
  EXPECT_EQ(audit.text("data.0.actor_name"), test::kOwnerEmail);
  EXPECT_EQ(audit.text("data.0.request_id"), "audited");
  EXPECT_EQ(audit.number("data.0.before.expiring_days"), 3);
  EXPECT_EQ(audit.number("data.0.after.expiring_days"), 9);
  EXPECT_EQ(
      api.get("/api/v1/audit?action=signed_in&from=2030-01-01T00:00:00Z").json().at("data").as_array().size(),
      0u);
}

TEST_P(Conventions, PagesAndDocumentation) {
  ApiResponse page = api.anonymous("GET", "/", "", {{"Accept-Language", "es"}});
  expect_status(page, 200);
  EXPECT_NE(page.body.find("<html lang=\"es\">"), std::string::npos);
  EXPECT_EQ(page.body.find("{{"), std::string::npos);
  EXPECT_NE(page.header("content-security-policy").find("script-src 'self'"), std::string::npos);
  EXPECT_EQ(page.header("content-security-policy").find("unsafe"), std::string::npos);
  for (std::string path : {"/status/status.css", "/status/status.js", "/api/docs/", "/api/docs/start.js",
                           "/api/docs/swagger-ui.css", "/api/docs/swagger-ui-bundle.js"}) {
    ApiResponse file = api.anonymous("GET", path);
    expect_status(file, 200);
    EXPECT_EQ(api.anonymous("GET", path, "", {{"If-None-Match", file.header("etag")}}).status, 304) << path;
  }
  expect_problem(api.anonymous("GET", "/api/docs/../../etc/passwd"), 404, "not_found");
  const boost::json::value document = api.anonymous("GET", "/api/openapi.json").json();
  EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
  const auto& paths = document.at("paths").as_object();
  for (const auto& route : api.application->routes().routes()) {
    if (!route->documented) continue;
    std::string method = route->method;
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    ASSERT_TRUE(paths.contains(route->pattern)) << route->pattern;
    const auto& operation = paths.at(route->pattern).at(method).as_object();
    EXPECT_TRUE(operation.contains("x-role") && operation.contains("x-rate-class")) << route->pattern;
    EXPECT_EQ(operation.at("security").as_array().empty(), route->access.kind == api::Access::Kind::anyone);
  }
}

} // namespace
} // namespace renova

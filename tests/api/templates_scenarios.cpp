// Templates over a real socket, bad input first.
#include "tests/api/catalogue_fixture.hpp"

#include <set>

namespace renova {
namespace {

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

} // namespace
} // namespace renova

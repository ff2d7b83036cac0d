// Lists of clients over a real socket, bad input first.
#include "api/clients_api.hpp"
#include "api/imports_api.hpp"
#include "tests/support/api_harness.hpp"
#include "tests/support/csv_sample.hpp"

#include <gtest/gtest.h>

#include <set>

namespace renova {
namespace {

using services::Role;
using test::ApiHarness;
using test::ApiHeaders;
using test::ApiResponse;
using test::expect_problem;
using test::expect_status;

const ApiHeaders kCsv{{"Content-Type", "text/csv"}};
const std::string kHeader = "Nome;Telefone;Tipo;Valor;Vencimento;Status;Tags;Observações\r\n";
const std::string kAna = "Ana Lima;(11) 98765-4321;IPTV;1.234,50;31/12/2026;pago;vip;Ligar antes\r\n";

class ImportScenario : public testing::TestWithParam<storage::Engine> {
 protected:
  static ApiHarness::Options options(std::unique_ptr<api::ImportsApi>& imports) {
    ApiHarness::Options options;
    options.routes = [&imports](ApiHarness& api) -> std::vector<ApiHarness::RouteAdder> {
      imports = std::make_unique<api::ImportsApi>(*api.database, api.clock);
      return {[&imports](api::RouteTable& routes) { imports->add_routes(routes); },
              [&api](api::RouteTable& routes) { api::add_client_routes(routes, *api.database); }};
    };
    return options;
  }
  ~ImportScenario() override {
    if (imports) imports->stop();
  }

  ApiResponse upload(const std::string& body, const std::string& query = "") {
    return api.post("/api/v1/imports" + query, body, kCsv);
  }
  std::string uploaded(const std::string& body, const std::string& query = "") {
    ApiResponse response = upload(body, query);
    expect_status(response, 201);
    return "/api/v1/imports/" + response.text("id");
  }
  ApiResponse form(const std::vector<std::pair<std::string, std::string>>& parts, const std::string& file) {
    std::string body;
    for (const auto& [name, value] : parts) {
      body += "--X\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
    body +=
        "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"lista.csv\"\r\nContent-Type: "
        "application/vnd.ms-excel\r\n\r\n" +
        file + "\r\n--X--\r\n";
    return api.post("/api/v1/imports", body, {{"Content-Type", "multipart/form-data; boundary=X"}});
  }

  std::unique_ptr<api::ImportsApi> imports;
  ApiHarness api{GetParam(), options(imports)};
};
INSTANTIATE_TEST_SUITE_P(Engines, ImportScenario, test::kBothEngines, test::engine_name);

TEST_P(ImportScenario, RefusesBadInputAndKeepsNothing) {
  struct Case {
    std::string body;
    std::string query;
    int status;
    std::string code;
    std::string pointer;
  };
  const Case kCases[] = {
      {"", "", 422, "validation_failed", ""},
      {kHeader, "", 422, "validation_failed", ""},
      {kHeader + "Ana;1;2;3;4;5;6;\"open", "", 422, "validation_failed", ""},
      {kHeader + kAna, "?format=xml", 422, "validation_failed", "format"},
      {kHeader + kAna, "?merge=never", 422, "validation_failed", "merge"},
      {kHeader + kAna, "?delimiter=xx", 422, "validation_failed", "delimiter"},
      {kHeader + kAna, "?mapping=%7B", 422, "validation_failed", "mapping"},
      {kHeader + kAna, "?mapping=5", 422, "validation_failed", "mapping"},
      {kHeader + kAna, "?mapping=%7B%22Nada%22:%22name%22%7D", 422, "validation_failed", "/mapping/0"},
      {kHeader + kAna, "?mapping=%7B%22Nome%22:%22nome%22%7D", 422, "validation_failed", "mapping"},
      {kHeader + kAna, "?plan_type=%3C%3E", 422, "validation_failed", "plan_type"},
      {kHeader + kAna, "?nonsense=1", 422, "validation_failed", "nonsense"},
      {"[{\"name\":", "?format=legacy", 400, "malformed", ""},
  };
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.query + " " + each.body);
    expect_problem(upload(each.body, each.query), each.status, each.code, each.pointer);
  }
  expect_problem(api.post("/api/v1/imports", "x", {{"Content-Type", "image/png"}}), 415,
                 "unsupported_media_type");
  expect_problem(api.post("/api/v1/imports", "x", {{"Content-Type", "multipart/form-data; boundary=X"}}), 400,
                 "malformed");
  ApiResponse corrupt = api.post("/api/v1/imports", "{\"clients\":[{\"name\":\"A\"},\n{\"na", {});
  expect_problem(corrupt, 400, "malformed");
  EXPECT_NE(corrupt.text("detail").find("line 2"), std::string::npos) << corrupt.body;
  EXPECT_EQ(api.get("/api/v1/imports").json().at("data").as_array().size(), 0u);
}

TEST_P(ImportScenario, EveryRouteKnowsWhoMayUseIt) {
  std::string path = uploaded(kHeader + kAna);
  for (const auto& [method, target] :
       std::vector<std::pair<std::string, std::string>>{{"POST", "/api/v1/imports"},
                                                        {"GET", "/api/v1/imports"},
                                                        {"GET", path},
                                                        {"GET", path + "/lines"},
                                                        {"PATCH", path},
                                                        {"DELETE", path},
                                                        {"POST", path + "/commit"},
                                                        {"POST", path + "/undo"}}) {
    SCOPED_TRACE(method + " " + target);
    expect_problem(api.anonymous(method, target), 401, "unauthenticated");
    if (method != "GET") {
      expect_problem(api.call(method, target, "", {{"Authorization", api.token_of(Role::viewer)}}), 403,
                     "forbidden");
    }
    if (target != "/api/v1/imports") {
      expect_problem(
          api.call(method, target, method == "PATCH" ? "{}" : "", {{"Authorization", api.foreign_owner()}}),
          404, "not_found");
    }
  }
  expect_problem(api.get("/api/v1/imports/x"), 404, "not_found");
  expect_problem(api.patch(path, R"({"mapping":{"Nada":"name"}})"), 422, "validation_failed", "/mapping/0");
  expect_problem(api.patch(path, R"({"columns":[{"field":"nope"}]})"), 422, "validation_failed",
                 "/columns/0/field");
  expect_problem(api.patch(path, R"({"x":1})"), 422, "validation_failed", "/x");
  expect_problem(api.get(path + "/lines?outcome=x"), 422, "validation_failed", "outcome");
  expect_problem(api.get(path + "/lines?cursor=x"), 400, "malformed");
  expect_problem(api.post(path + "/undo"), 409, "conflict");
}

TEST_P(ImportScenario, PreviewCommitUndo) {
  ApiResponse preview = upload("\xEF\xBB\xBF" + kHeader + kAna + "B;?;IPTV;x;99/99/2026;;;\r\n");
  expect_status(preview, 201);
  EXPECT_EQ(preview.header("location"), "/api/v1/imports/" + preview.text("id"));
  EXPECT_EQ(preview.text("state"), "preview");
  EXPECT_EQ(preview.text("delimiter"), ";");
  EXPECT_EQ(preview.text("encoding"), "utf-8");
  EXPECT_EQ(preview.text("columns.0.header"), "Nome");
  EXPECT_EQ(preview.text("columns.0.field"), "name");
  EXPECT_EQ(preview.number("counts.lines"), 2);
  EXPECT_EQ(preview.number("counts.create"), 1);
  EXPECT_EQ(preview.number("counts.error"), 1);
  EXPECT_EQ(preview.number("lines.0.line"), 2);
  EXPECT_EQ(preview.text("lines.0.outcome"), "create");
  EXPECT_EQ(preview.text("lines.0.values.value"), "1234.50");
  EXPECT_EQ(preview.text("lines.1.errors.0.field"), "name");
  EXPECT_EQ(api.get("/api/v1/clients").json().at("data").as_array().size(), 0u);

  std::string path = "/api/v1/imports/" + preview.text("id");
  ApiResponse done = api.post(path + "/commit");
  expect_status(done, 200);
  EXPECT_EQ(done.text("state"), "committed");
  ApiResponse clients = api.get("/api/v1/clients");
  ASSERT_EQ(clients.json().at("data").as_array().size(), 1u);
  EXPECT_EQ(clients.text("data.0.phone"), "5511987654321");
  EXPECT_EQ(clients.number("data.0.subscriptions.0.price.amount"), 123450);
  EXPECT_EQ(clients.text("data.0.subscriptions.0.payment_status"), "paid");
  EXPECT_EQ(api.get("/api/v1/clients?tag=vip&q=ana").json().at("data").as_array().size(), 1u);
  EXPECT_EQ(api.post(path + "/commit").body, done.body); // repeated: the same answer

  ApiResponse undone = api.post(path + "/undo");
  expect_status(undone, 200);
  EXPECT_EQ(undone.text("state"), "undone");
  EXPECT_EQ(undone.number("counts.removed"), 1);
  EXPECT_EQ(api.get("/api/v1/clients").json().at("data").as_array().size(), 0u);
  EXPECT_EQ(api.get("/api/v1/clients?q=ana").json().at("data").as_array().size(), 0u);
  expect_problem(api.post(path + "/commit"), 409, "conflict");
}

TEST_P(ImportScenario, FormsCarryOptionsAndMappings) {
  ApiResponse preview =
      form({{"mapping", R"({"Quem":"name","Zap":"phone","Extra":null})"}, {"merge", "skip"}},
           "Quem;Zap;Extra\nAna Lima;11987654321;x\n");
  expect_status(preview, 201);
  EXPECT_EQ(preview.text("file_name"), "lista.csv");
  EXPECT_EQ(preview.text("options.merge"), "skip");
  EXPECT_EQ(preview.number("counts.create"), 1);
  std::string path = "/api/v1/imports/" + preview.text("id");
  ApiResponse changed = api.patch(path, R"({"mapping":{"Zap":null}})");
  expect_status(changed, 200);
  EXPECT_EQ(changed.number("counts.error"), 1);
  EXPECT_EQ(changed.text("errors.0.code"), "missing_column");
  expect_problem(api.post(path + "/commit"), 422, "validation_failed");
  changed =
      api.patch(path, R"({"columns":[{"header":"Quem","field":"name"},{"header":"Zap","field":"phone"}]})");
  EXPECT_EQ(changed.number("counts.create"), 1);
  expect_status(api.del(path), 204);
  expect_problem(api.get(path), 404, "not_found");
}

TEST_P(ImportScenario, AKeyMakesOneImportOfTwoUploads) {
  ApiHeaders headers = kCsv;
  headers.emplace_back("Idempotency-Key", "list-1");
  ApiResponse first = api.post("/api/v1/imports", kHeader + kAna, headers);
  ApiResponse second = api.post("/api/v1/imports", kHeader + kAna, headers);
  expect_status(first, 201);
  EXPECT_EQ(second.text("id"), first.text("id"));
  EXPECT_EQ(second.header("idempotent-replayed"), "true");
  expect_problem(api.post("/api/v1/imports", kHeader, headers), 422, "idempotency_mismatch");
  EXPECT_EQ(api.get("/api/v1/imports").json().at("data").as_array().size(), 1u);
}

TEST_P(ImportScenario, TheOriginalsJsonComesInAsItIs) {
  ApiResponse preview = api.post("/api/v1/imports", R"({"clients":[
    {"name":"Zuleide","phone":"1187654321","plan_type":"OUTROS","value":29.9,
     "plan_duration":"2026-12-31","payment_status":"pending"},
    {"name":"Sem preço","phone":"11987654322","plan_type":"VPN","value":NaN,
     "plan_duration":"2026-12-31"}]})");
  expect_status(preview, 201);
  EXPECT_EQ(preview.text("format"), "legacy");
  EXPECT_EQ(preview.text("lines.0.warnings.0.code"), "ninth_digit_added");
  EXPECT_EQ(preview.text("lines.1.errors.0.field"), "value");
  expect_status(api.post("/api/v1/imports/" + preview.text("id") + "/commit"), 200);
  EXPECT_EQ(api.get("/api/v1/clients").text("data.0.phone"), "5511987654321");
}

TEST_P(ImportScenario, LinesComeInPages) {
  test::CsvSample sample;
  sample.lines = 45;
  sample.errors_in_thousand = 200;
  test::CsvSampleFile file = test::make_csv_sample(sample);
  std::string path = uploaded(file.bytes);
  std::set<std::int64_t> seen;
  std::string cursor;
  do {
    ApiResponse page = api.get(path + "/lines?limit=20" + (cursor.empty() ? "" : "&cursor=" + cursor));
    expect_status(page, 200);
    boost::json::value body = page.json();
    for (const auto& line : body.at("data").as_array()) seen.insert(line.at("line").as_int64());
    cursor = page.text("next_cursor");
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 45u);
  ApiResponse errors = api.get(path + "/lines?outcome=error&limit=100");
  EXPECT_EQ(errors.json().at("data").as_array().size(), static_cast<std::size_t>(file.errors));
}

TEST_P(ImportScenario, TenThousandLinesAsExcelWritesThem) {
  test::CsvSample sample;
  sample.lines = GetParam() == storage::Engine::sqlite ? 10'000 : 2'000;
  sample.encoding = test::SampleEncoding::windows_1252;
  sample.errors_in_thousand = 10;
  sample.repeats_in_thousand = 10;
  test::CsvSampleFile file = test::make_csv_sample(sample);
  ApiResponse preview = upload(file.bytes);
  expect_status(preview, 201);
  EXPECT_EQ(preview.text("encoding"), "windows-1252");
  EXPECT_EQ(preview.number("counts.lines"), sample.lines);
  EXPECT_EQ(preview.number("counts.create"), file.good);
  EXPECT_EQ(preview.number("counts.error"), file.errors);
  EXPECT_EQ(preview.number("counts.skip"), file.repeated);
  std::string path = "/api/v1/imports/" + preview.text("id");
  ApiResponse done = api.post(path + "/commit");
  // On a slow machine it goes on by itself (202); the same call again waits for the end.
  for (int i = 0; i < 30 && done.text("state") != "committed"; ++i) done = api.post(path + "/commit");
  expect_status(done, 200);
  EXPECT_EQ(done.text("state"), "committed");
  EXPECT_EQ(api.get("/api/v1/clients?limit=1&with_total=true").number("total"), file.good);
}

} // namespace
} // namespace renova

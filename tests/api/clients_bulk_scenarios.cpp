// Bulk actions and export of clients, roles and tenants, over a real socket.
#include "tests/api/client_scenarios.hpp"

namespace renova {
namespace {

class ClientBulkScenario : public ClientScenario {};
INSTANTIATE_TEST_SUITE_P(Engines, ClientBulkScenario, test::kBothEngines, test::engine_name);

TEST_P(ClientBulkScenario, BulkHasAnOutcomeForEachClient) {
  const std::string a = make("Ana", "11987650001");
  const std::string b = make("Bia", "11987650002");
  const std::string ids = R"({"ids":[")" + a + "\",\"" + b + R"(","01900000-0000-7000-8000-000000000000"],)";
  expect_refused("POST", "/api/v1/clients/bulk", "/api/v1/clients",
                 {{"{}", "/action"},
                  {R"({"action":"archive"})", "/ids"},
                  {ids + R"("action":"explode"})", "/action"},
                  {ids + R"("action":"tag"})", "/tags"},
                  {ids + R"("action":"message"})", "/body"},
                  {R"({"filter":{"color":"x"},"action":"archive"})", "/filter/color"}});
  ApiResponse tried =
      api.post("/api/v1/clients/bulk", ids + R"("action":"tag","tags":["vip"],"dry_run":true})");
  expect_status(tried, 200);
  EXPECT_EQ(tried.number("done"), 2);
  EXPECT_EQ(tried.number("failed"), 1);
  EXPECT_EQ(tried.text("results.2.code"), "not_found");
  EXPECT_TRUE(names("?tag=vip").empty());
  const std::string body = ids + R"("action":"tag","parameters":{"tags":["vip"]}})";
  ApiResponse done = api.post("/api/v1/clients/bulk", body, {{"Idempotency-Key", "bulk"}});
  EXPECT_EQ(done.number("done"), 2);
  ApiResponse again = api.post("/api/v1/clients/bulk", body, {{"Idempotency-Key", "bulk"}});
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
  EXPECT_EQ(again.json(), done.json());
  EXPECT_EQ(names("?tag=vip").size(), 2u);
  ApiResponse archived = api.post("/api/v1/clients/bulk", R"({"filter":{"tag":"vip"},"action":"archive"})");
  EXPECT_EQ(archived.number("done"), 2);
  EXPECT_TRUE(names("").empty());
}

TEST_P(ClientBulkScenario, ExportsWhatImportReads) {
  maria();
  make("=cmd()", "11987650002");
  expect_problem(api.get("/api/v1/clients/export?format=xml"), 422, "validation_failed", "format");
  ApiResponse csv = api.get("/api/v1/clients/export?format=csv");
  expect_status(csv, 200);
  EXPECT_EQ(csv.header("content-type"), "text/csv; charset=utf-8");
  EXPECT_TRUE(csv.body.starts_with(
      "\xEF\xBB\xBFnome;telefone;email;plano;tipo;valor;vencimento;status;tags;observacoes"));
  EXPECT_NE(csv.body.find("Maria da Silva;5511987654321;;;IPTV;\"50,00\";31/12/2026;pago;vip;ligou"),
            std::string::npos)
      << csv.body;
  EXPECT_NE(csv.body.find("'=cmd()"), std::string::npos);
  ApiResponse json = api.get("/api/v1/clients/export?format=json&tag=vip");
  EXPECT_EQ(json.number("count"), 1);
  EXPECT_EQ(json.text("data.0.notes.0.text"), "ligou");
}

TEST_P(ClientBulkScenario, RolesAndTenantsHold) {
  ApiResponse made = maria();
  const std::string client = "/api/v1/clients/" + made.text("id");
  const std::string subscription = "/api/v1/subscriptions/" + made.text("subscriptions.0.id");
  const test::ApiHeaders viewer{{"Authorization", api.token_of(Role::viewer)}};
  expect_status(api.get(client, viewer), 200);
  expect_problem(api.patch(client, R"({"name":"Outra"})", viewer), 403, "forbidden");
  expect_problem(api.post(subscription + "/renew", R"({"days":1})", viewer), 403, "forbidden");
  expect_problem(api.anonymous("GET", client), 401, "unauthenticated");
  const test::ApiHeaders foreign{{"Authorization", api.foreign_owner()}};
  expect_problem(api.get(client, foreign), 404, "not_found");
  expect_problem(api.patch(client, R"({"name":"Outra"})", foreign), 404, "not_found");
  expect_problem(api.del(client, foreign), 404, "not_found");
  expect_problem(api.post(subscription + "/renew", R"({"days":1})", foreign), 404, "not_found");
  expect_problem(api.post(client + "/notes", R"({"text":"x"})", foreign), 404, "not_found");
  expect_problem(api.get(client + "/timeline", foreign), 404, "not_found");
  EXPECT_EQ(api.get(client).json(), made.json());
  expect_problem(api.get("/api/v1/clients/no-id"), 404, "not_found");
}

} // namespace
} // namespace renova

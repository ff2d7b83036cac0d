// Clients, plans, tags, subscriptions and renewals over a real socket, bad input first.
#include "tests/api/client_scenarios.hpp"

namespace renova {
namespace {

INSTANTIATE_TEST_SUITE_P(Engines, ClientScenario, test::kBothEngines, test::engine_name);

std::string subscription(const std::string& rest) {
  return R"({"name":"Maria","phone":"11987654321","subscription":{)" + rest + "}}";
}

TEST_P(ClientScenario, RefusesBadClientsAndStoresNothing) {
  const std::string long_name(101, 'a');
  expect_refused(
      "POST", "/api/v1/clients", "/api/v1/clients?archived=all",
      {{"", "", 415, "unsupported_media_type"},
       {"{", "", 400, "malformed"},
       {"[]", ""},
       {"{}", "/name"},
       {"{}", "/phone"},
       {R"({"name":"M","phone":"11987654321"})", "/name"},
       {R"({"name":")" + long_name + R"(","phone":"11987654321"})", "/name"},
       {R"({"name":"Maria","phone":"123"})", "/phone"},
       {R"({"name":"Maria","phone":11987654321})", "/phone"},
       {R"({"name":"Maria","phone":"11987654321","plan":"x"})", "/plan"},
       {R"({"name":"Maria","phone":"11987654321","email":"x"})", "/email"},
       {R"({"name":"Maria","phone":"11987654321","tags":["ok",""]})", "/tags/1"},
       {R"({"name":"Maria","phone":"11987654321","custom":{"a/b":1}})", "/custom/a~1b"},
       {R"({"name":"Ma\u0000ria","phone":"11987654321"})", ""},
       {subscription(R"("plan_type":"IPTV","price":50,"expires_on":"2026-12-31")"), "/subscription/price"},
       {subscription(R"("plan_type":"IPTV","price":"0","expires_on":"2026-12-31")"), "/subscription/price"},
       {subscription(R"("plan_type":"IPTV","price":"1.005","expires_on":"2026-12-31")"),
        "/subscription/price"},
       {subscription(R"("plan_type":"IPTV","price":{"amount":-1},"expires_on":"2026-12-31")"),
        "/subscription/price/amount"},
       {subscription(R"("plan_type":"IPTV","price":"50.00","expires_on":"2026-02-30")"),
        "/subscription/expires_on"},
       {subscription(R"("plan_type":"IPTV","price":"50.00","expires_on":"1999-01-01")"),
        "/subscription/expires_on"},
       {subscription(R"("plan_id":"01900000-0000-7000-8000-000000000000")"), "/subscription/plan_id"},
       {subscription(R"("plan_type":"IPTV")"), "/subscription/price"}});
}

TEST_P(ClientScenario, CreatesReadsAndListsAClient) {
  ApiResponse made = maria();
  EXPECT_EQ(made.header("location"), "/api/v1/clients/" + made.text("id"));
  EXPECT_EQ(made.text("phone"), "5511987654321");
  EXPECT_EQ(made.text("subscriptions.0.plan_type"), "IPTV");
  EXPECT_EQ(made.number("subscriptions.0.price.amount"), 5000);
  EXPECT_EQ(made.number("subscriptions.0.days_left"), 38);
  EXPECT_EQ(made.number("subscriptions.0.anchor_day"), 31);
  EXPECT_EQ(made.text("subscriptions.0.standing"), "active");
  EXPECT_EQ(made.text("subscriptions.0.payment_status"), "paid");
  ApiResponse read = api.get("/api/v1/clients/" + made.text("id"));
  EXPECT_EQ(read.json(), made.json());
  EXPECT_FALSE(read.header("etag").empty());
  EXPECT_EQ(api.get("/api/v1/clients?with_total=true").number("total"), 1);
  ApiResponse again = api.post("/api/v1/clients", R"({"name":"Outra","phone":"+55 11 98765-4321"})");
  expect_problem(again, 409, "conflict", "/phone");
  EXPECT_EQ(again.text("about"), made.text("id"));
}

TEST_P(ClientScenario, StandingAndStatusTurnAtTheTenantsMidnight) {
  const std::string id = maria().text("id");
  const auto at = [&](const char* instant) {
    api.clock.set(*parse_instant(instant));
    api.token = api.sign_in(test::kOwnerEmail, test::kOwnerPassword);
    ApiResponse read = api.get("/api/v1/clients/" + id);
    return read.text("subscriptions.0.standing") + " " + read.text("subscriptions.0.payment_status");
  };
  EXPECT_EQ(at("2026-12-28T02:59:59Z"), "active paid") << "27 December in São Paulo";
  EXPECT_EQ(at("2026-12-28T03:00:00Z"), "expiring pending");
  EXPECT_EQ(at("2027-01-01T02:59:59Z"), "expiring pending");
  EXPECT_EQ(at("2027-01-01T03:00:00Z"), "expired overdue");
}

TEST_P(ClientScenario, PagesSearchesAndFilters) {
  make("Ângela Souza", "11987650001", R"(,"tags":["VIP"])");
  make("bruno lima", "11987650002");
  make("Carla Dias", "21987650003",
       R"(,"subscription":{"plan_type":"VPN","price":"20.00","expires_on":"2026-11-24"})");
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(""), (Names{"Ângela Souza", "bruno lima", "Carla Dias"}));
  EXPECT_EQ(names("?sort=-name"), (Names{"Carla Dias", "bruno lima", "Ângela Souza"}));
  EXPECT_EQ(names("?sort=expires_on&limit=1"), Names{"Carla Dias"});
  EXPECT_EQ(names("?q=angela"), Names{"Ângela Souza"});
  EXPECT_EQ(names("?q=(21)%209"), Names{"Carla Dias"});
  EXPECT_EQ(names("?q=0003"), Names{"Carla Dias"});
  EXPECT_EQ(names("?q=b"), Names{"bruno lima"});
  EXPECT_EQ(names("?tag=vip"), Names{"Ângela Souza"});
  EXPECT_EQ(names("?standing=expiring&payment_status=pending&plan_type=vpn"), Names{"Carla Dias"});
  EXPECT_EQ(names("?due_from=2026-11-25"), Names{});
  std::string cursor;
  Names all;
  for (int page = 0; page < 5; ++page) {
    ApiResponse got = api.get("/api/v1/clients?limit=1&cursor=" + cursor);
    if (cursor.empty()) got = api.get("/api/v1/clients?limit=1");
    all.push_back(got.text("data.0.name"));
    cursor = got.text("next_cursor");
    if (cursor.empty()) break;
  }
  EXPECT_EQ(all, (Names{"Ângela Souza", "bruno lima", "Carla Dias"}));
  expect_problem(api.get("/api/v1/clients?limit=0"), 422, "validation_failed", "limit");
  expect_problem(api.get("/api/v1/clients?sort=phone"), 422, "validation_failed", "sort");
  expect_problem(api.get("/api/v1/clients?standing=x"), 422, "validation_failed", "standing");
  expect_problem(api.get("/api/v1/clients?color=x"), 422, "validation_failed", "color");
  expect_problem(api.get("/api/v1/clients?cursor=%21"), 400, "malformed");
}

TEST_P(ClientScenario, PatchIsAMergePatchUnderIfMatch) {
  ApiResponse made = maria();
  const std::string path = "/api/v1/clients/" + made.text("id");
  expect_refused("PATCH", path, path,
                 {{R"({"name":null})", "/name"},
                  {R"({"name":""})", "/name"},
                  {R"({"id":"x"})", "/id"},
                  {R"({"archived":"yes"})", "/archived"}});
  const std::string etag = api.get(path).header("etag");
  ApiResponse changed = api.patch(
      path, R"({"email":"M@Example.com","custom":{"mac":null,"box":"2"},"tags":null})", {{"If-Match", etag}});
  expect_status(changed, 200);
  EXPECT_EQ(changed.text("email"), "M@example.com");
  EXPECT_EQ(changed.json().at("custom"), boost::json::parse(R"({"box":"2"})"));
  EXPECT_EQ(changed.json().at("tags"), boost::json::parse("[]"));
  expect_problem(api.patch(path, R"({"name":"Outra"})", {{"If-Match", etag}}), 412, "version_mismatch");
  EXPECT_EQ(api.get(path).text("name"), "Maria da Silva");
}

TEST_P(ClientScenario, ArchivesRestoresAndErases) {
  const std::string id = maria().text("id");
  const std::string path = "/api/v1/clients/" + id;
  const std::string operator_token = api.token_of(Role::operator_);
  expect_status(api.del(path), 204);
  EXPECT_TRUE(names("").empty());
  EXPECT_EQ(names("?archived=true").size(), 1u);
  EXPECT_EQ(names("?archived=all").size(), 1u);
  expect_status(api.patch(path, R"({"archived":false})"), 200);
  EXPECT_EQ(names("").size(), 1u);
  expect_problem(api.del(path + "?erase=true", {{"Authorization", operator_token}}), 403, "forbidden");
  expect_status(api.del(path + "?erase=true"), 204);
  expect_problem(api.get(path), 404, "not_found");
  EXPECT_TRUE(names("?archived=all").empty());
}

TEST_P(ClientScenario, OptOutNotesAndTimeline) {
  const std::string path = "/api/v1/clients/" + maria().text("id");
  expect_refused("POST", path + "/notes", path + "/notes",
                 {{R"({"text":""})", "/text"}, {R"({"text":1})", "/text"}, {"{}", "/text"}});
  ApiResponse opted = api.post(path + "/opt-out");
  expect_status(opted, 200);
  EXPECT_TRUE(opted.json().at("opt_out").as_bool());
  EXPECT_FALSE(api.post(path + "/opt-out", R"({"opt_out":false})").json().at("opt_out").as_bool());
  ApiResponse note = api.post(path + "/notes", R"({"text":"prefere tarde"})");
  expect_status(note, 201);
  expect_status(api.patch("/api/v1/notes/" + note.text("id"), R"({"text":"prefere manhã"})"), 200);
  ApiResponse timeline = api.get(path + "/timeline?limit=2");
  EXPECT_EQ(timeline.json().at("data").as_array().size(), 2u);
  EXPECT_FALSE(timeline.text("next_cursor").empty());
  expect_status(api.del("/api/v1/notes/" + note.text("id")), 204);
  EXPECT_EQ(api.get(path + "/notes").json().at("data").as_array().size(), 1u);
}

TEST_P(ClientScenario, PlansHavePeriodsAndSubscriptionsComeFromThem) {
  expect_refused(
      "POST", "/api/v1/plans", "/api/v1/plans?archived=all",
      {{"{}", "/name"},
       {R"({"name":"Mensal","plan_type":"IPTV","price":50})", "/price"},
       {R"({"name":"Mensal","plan_type":"IP/TV","price":"50.00"})", "/plan_type"},
       {R"({"name":"Mensal","plan_type":"IPTV","price":"50.00","period":{"months":0}})", "/period/count"},
       {R"({"name":"Mensal","plan_type":"IPTV","price":"50.00","period":{"days":1,"months":1}})",
        "/period"}});
  ApiResponse plan = api.post(
      "/api/v1/plans", R"({"name":"Mensal","plan_type":"IPTV","price":"50.00","period":{"months":1}})");
  expect_status(plan, 201);
  const std::string id = plan.text("id");
  EXPECT_EQ(plan.text("period.unit"), "months");
  expect_problem(api.post("/api/v1/plans", R"({"name":"MENSAL","plan_type":"VPN","price":"1"})"), 409,
                 "conflict");
  const std::string client = make("Maria", "11987654321", R"(,"subscription":{"plan_id":")" + id + "\"}");
  ApiResponse read = api.get("/api/v1/clients/" + client);
  EXPECT_EQ(read.text("subscriptions.0.expires_on"), "2026-12-23");
  ApiResponse renewed = api.post("/api/v1/clients/" + client + "/renew");
  expect_status(renewed, 200);
  EXPECT_EQ(renewed.text("subscription.expires_on"), "2027-01-23");
  expect_status(api.patch("/api/v1/plans/" + id, R"({"price":"55.00"})"), 200);
  EXPECT_EQ(api.get("/api/v1/clients/" + client).number("subscriptions.0.price.amount"), 5000);
  expect_status(api.del("/api/v1/plans/" + id), 204);
  EXPECT_TRUE(api.get("/api/v1/plans/" + id).json().at("archived").as_bool()) << "it is in use";
}

TEST_P(ClientScenario, TagsAreRenamedEverywhere) {
  const std::string path = "/api/v1/clients/" + maria().text("id");
  expect_refused("POST", "/api/v1/tags", "/api/v1/tags", {{R"({"name":""})", "/name"}, {"{}", "/name"}});
  expect_problem(api.post("/api/v1/tags", R"({"name":"VIP"})"), 409, "conflict");
  ApiResponse list = api.get("/api/v1/tags");
  EXPECT_EQ(list.number("data.0.clients"), 1);
  const std::string tag = "/api/v1/tags/" + list.text("data.0.id");
  expect_status(api.patch(tag, R"({"name":"ouro"})"), 200);
  EXPECT_EQ(api.get(path).text("tags.0"), "ouro");
  EXPECT_EQ(names("?tag=ouro&q=ouro").size(), 1u);
  expect_status(api.del(tag), 204);
  expect_problem(api.get(tag), 404, "not_found");
  EXPECT_TRUE(api.get(path).json().at("tags").as_array().empty());
}

TEST_P(ClientScenario, SubscriptionsAreAddedChangedAndEnded) {
  const std::string path = "/api/v1/clients/" + maria().text("id");
  expect_refused(
      "POST", path + "/subscriptions", path,
      {{"{}", "/price"}, {R"({"plan_type":"VPN","price":"9.90","expires_on":"x"})", "/expires_on"}});
  ApiResponse made =
      api.post(path + "/subscriptions",
               R"({"plan_type":"VPN","price":{"amount":990,"currency":"BRL"},"expires_on":"2026-11-30"})");
  expect_status(made, 201);
  const std::string subscription = "/api/v1/subscriptions/" + made.text("id");
  expect_refused("PATCH", subscription, subscription,
                 {{R"({"before_at":"9h"})", "/before_at"}, {R"({"price":null})", "/price"}});
  ApiResponse changed =
      api.patch(subscription, R"({"before_at":"18:30","due_text":"Hoje, {nome}!","reminders_muted":true})");
  EXPECT_EQ(changed.text("before_at"), "18:30");
  EXPECT_EQ(api.patch(subscription, R"({"before_at":null})").text("before_at"), "");
  expect_problem(api.post(path + "/renew", R"({"days":30})"), 409, "conflict");
  EXPECT_EQ(api.get(path).json().at("subscriptions").as_array().size(), 2u);
  expect_status(api.del(subscription), 204);
  expect_problem(api.get(subscription), 404, "not_found");
  EXPECT_EQ(api.get(path).json().at("subscriptions").as_array().size(), 1u);
}

TEST_P(ClientScenario, RenewsUndoesAndRepeatsByKey) {
  ApiResponse made = maria();
  const std::string path = "/api/v1/clients/" + made.text("id");
  const std::string renew = "/api/v1/subscriptions/" + made.text("subscriptions.0.id") + "/renew";
  expect_refused("POST", renew, path,
                 {{"{}", "", 422},
                  {R"({"days":0})", "/days"},
                  {R"({"days":3651})", "/days"},
                  {R"({"days":1.5})", "/days"},
                  {R"({"months":1,"days":1})", ""},
                  {R"({"until":"2026-12-31"})", "/until"},
                  {R"({"months":1,"from":"then"})", "/from"},
                  {R"({"months":1,"amount":50})", "/amount"}});
  ApiResponse first = api.post(renew, R"({"months":1,"method":"pix"})", {{"Idempotency-Key", "k1"}});
  expect_status(first, 200);
  EXPECT_EQ(first.text("subscription.expires_on"), "2027-01-31");
  EXPECT_EQ(first.text("renewal.previous_expires_on"), "2026-12-31");
  ApiResponse repeated = api.post(renew, R"({"months":1,"method":"pix"})", {{"Idempotency-Key", "k1"}});
  EXPECT_EQ(repeated.header("idempotent-replayed"), "true");
  EXPECT_EQ(repeated.json(), first.json());
  expect_problem(api.post(renew, R"({"months":2})", {{"Idempotency-Key", "k1"}}), 422,
                 "idempotency_mismatch");
  ApiResponse second = api.post(renew, R"({"months":1,"paid":false})");
  EXPECT_EQ(second.text("subscription.expires_on"), "2027-02-28");
  EXPECT_EQ(second.number("subscription.owed.amount"), 5000);
  const std::string undo_first = "/api/v1/renewals/" + first.text("renewal.id") + "/undo";
  expect_problem(api.post(undo_first), 409, "conflict");
  expect_status(api.post("/api/v1/renewals/" + second.text("renewal.id") + "/undo"), 200);
  expect_status(api.post(undo_first), 200);
  EXPECT_EQ(api.get(path).text("subscriptions.0.expires_on"), "2026-12-31");
  EXPECT_EQ(api.get(path).number("subscriptions.0.owed.amount"), 0);
  EXPECT_EQ(api.get(path + "/renewals").json().at("data").as_array().size(), 2u);
}

TEST_P(ClientScenario, DeclaresPaymentStatuses) {
  ApiResponse made = maria();
  const std::string path = "/api/v1/subscriptions/" + made.text("subscriptions.0.id") + "/payment-status";
  expect_refused("POST", path, "/api/v1/clients", {{"{}", "/status"}, {R"({"status":"late"})", "/status"}});
  for (const char* status : {"overdue", "pending", "paid", "pending", "overdue", "paid"}) {
    ApiResponse declared = api.post(path, std::string(R"({"status":")") + status + "\"}");
    EXPECT_EQ(declared.text("payment_status"), status);
    EXPECT_EQ(names(std::string("?payment_status=") + status).size(), 1u) << status;
  }
}

} // namespace
} // namespace renova

// Rules over a real socket, bad input first.
#include "storage/message_store.hpp"
#include "tests/api/catalogue_fixture.hpp"

namespace renova {
namespace {

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

} // namespace
} // namespace renova

#include "services/import_path.hpp"
#include "storage/renewal_store.hpp"
#include "storage/template_store.hpp"
#include "tests/services/imports_fixture.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>

namespace renova::test {
namespace {

using services::ImportCounts;

constexpr std::string_view kOld = R"({"clients":[
 {"id":"1","name":"Zuleide Falcão","phone":"5511987654321","plan_type":"IPTV","value":29.9,
  "plan_duration":"2026-12-31","reminder_time_3days":"08:30","reminder_time_payment":"10:00",
  "custom_message_3days":"Oi {name}, vence {plan_duration}","custom_message_payment":"",
  "created_at":"2025-01-15T10:22:33","payment_status":"paid","last_renewal_date":"2025-02-01T09:00:00",
  "renewal_days":30,"observations":"[15/01/2025 10:22] ligou","box":"X96",
  "renewal_history":[{"date":"2025-02-01T09:00:00","days_added":30,"previous_expiration":"2025-02-05",
                      "new_expiration":"2025-03-07","value":29.9}]},
 {"id":"2","name":"NaN","phone":"5511987654322","plan_type":"VPN","value":NaN,"plan_duration":"2026-12-31"},
 {"id":"3","name":"Sem Nove","phone":"1187654323","plan_type":"VPN","value":"15,00",
  "plan_duration":"2026-12-20"}],
 "templates":[{"name":"Aviso","content":"Oi {name}, R$ {value}","type":"reminder_3days","plan_type":"all"},
              {"name":"Natal","content":"Feliz natal {name}","type":"promo","plan_type":"all"}]})";

class LegacyImports : public ImportFixture {
 protected:
  std::vector<storage::TemplateRow> templates() {
    return must(in_tenant([](storage::TenantTransaction& tx) {
      storage::TemplatePageQuery query;
      query.limit = 100;
      return storage::template_store::page(tx, query);
    }));
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, LegacyImports, kBothEngines, engine_name);

TEST_P(LegacyImports, KeepsEverythingThatTheOriginalKnew) {
  ImportId id = committed(legacy(kOld));
  ImportCounts done = counts(id);
  EXPECT_EQ(done.lines, 5);
  EXPECT_EQ(done.error, 1);
  auto zuleide = client("5511987654321");
  ASSERT_TRUE(zuleide);
  EXPECT_EQ(to_string(zuleide->client.created_at), "2025-01-15T13:22:33.000000Z");
  EXPECT_EQ(zuleide->client.custom, R"({"box":"X96"})");
  const storage::SubscriptionRow& row = zuleide->subscriptions.at(0);
  EXPECT_EQ(row.price_amount, 2990);
  EXPECT_EQ(row.before_at, 510);
  EXPECT_FALSE(row.due_at);
  EXPECT_EQ(row.before_text, "Oi {name}, vence {due_date}");
  EXPECT_EQ(row.created_at, clock.now()); // old rules are not caught up
  EXPECT_EQ(notes(zuleide->client.id).at(0).text, "ligou");
  auto renewals = must(
      in_tenant([&](auto& tx) { return storage::list_renewals(tx, zuleide->client.id, false, 10, {}); }));
  ASSERT_EQ(renewals.size(), 1u);
  EXPECT_EQ(renewals[0].to_expires_on, Date::of(2025, 3, 7));
  EXPECT_TRUE(client("5511987654323"));
  EXPECT_FALSE(client("5511987654322"));
}

TEST_P(LegacyImports, TheReminderTextReplacesTheOneThatIsUsed) {
  auto before = templates();
  ImportId id = committed(legacy(kOld));
  int reminders = 0;
  for (const auto& row : templates()) {
    if (row.kind != domain::MessageKind::reminder || row.plan_type || row.locale != domain::Locale::pt_br)
      continue;
    ++reminders;
    EXPECT_EQ(row.body, "Oi {name}, {value}");
  }
  EXPECT_EQ(reminders, 1);
  must(imports::undo(job(), id));
  auto after = templates();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].body, before[i].body);
  EXPECT_FALSE(client("5511987654321"));
}

TEST_P(LegacyImports, TwiceIsOnce) {
  committed(legacy(kOld));
  ImportId again = committed(legacy(kOld));
  ImportCounts done = counts(again);
  EXPECT_EQ(done.create + done.update, 0);
  EXPECT_EQ(done.skip, 4);
  EXPECT_EQ(notes(client("5511987654321")->client.id).size(), 1u);
}

TEST_P(LegacyImports, ReadsTheFolderOfTheOriginal) {
  TempFolder folder;
  std::filesystem::create_directory(folder.path() / "local_data");
  auto write = [&](std::string_view name, std::string_view text) {
    std::ofstream(folder.path() / "local_data" / name, std::ios::binary) << text;
  };
  imports::PathOptions options;
  auto nothing = imports::import_path(job(), folder.path().string(), options);
  EXPECT_EQ(nothing.error().code, ErrorCode::not_found);

  constexpr std::string_view kClient =
      R"({"name":"Zuleide","phone":"11987654321","plan_type":"IPTV","value":10,"plan_duration":"2026-12-31"})";
  write("clients.json", "[" + std::string(kClient) + ",\n {\"name\":\"cut o");
  auto corrupt = imports::import_path(job(), folder.path().string(), options);
  ASSERT_TRUE(corrupt.has_error());
  EXPECT_NE(corrupt.error().detail.find("clients.json"), std::string::npos);
  EXPECT_NE(corrupt.error().detail.find("line 2"), std::string::npos) << corrupt.error().detail;
  EXPECT_EQ(imports_kept(), 0u);

  write("clients.json", "[" + std::string(kClient) + ",{\"name\":\"x\"}]");
  write("message_templates.json", R"({"templates":[{"name":"A","content":"Oi {name}","type":"promo"}]})");
  options.dry_run = true;
  auto dry = must(imports::import_path(job(), folder.path().string(), options));
  EXPECT_EQ(dry.counts.lines, 3);
  EXPECT_FALSE(dry.id);
  EXPECT_EQ(imports_kept(), 0u);
  EXPECT_FALSE(client("5511987654321"));

  options.dry_run = false;
  auto report = must(imports::import_path(job(), folder.path().string(), options));
  EXPECT_EQ(report.counts.error, 1);
  ASSERT_EQ(report.lines.size(), 1u);
  EXPECT_EQ(report.lines[0].line, 2);
  EXPECT_TRUE(client("5511987654321"));
  EXPECT_NE(to_text(report).find("3 lines: 2 created"), std::string::npos) << to_text(report);
  EXPECT_TRUE(boost::json::parse(to_json(report)).is_object());
}

TEST_P(LegacyImports, ReadsAFileOfCsvFromTheDisk) {
  TempFolder folder;
  std::ofstream(folder.path() / "lista.csv") << "nome;fone\nAna Lima;11987654321\n";
  auto report = must(imports::import_path(job(), (folder.path() / "lista.csv").string(), {}));
  EXPECT_EQ(report.counts.create, 1);
  std::ofstream(folder.path() / "outra.csv") << "a;b\n1;2\n";
  auto refused = imports::import_path(job(), (folder.path() / "outra.csv").string(), {});
  EXPECT_EQ(refused.error().fields.at(0).code, "missing_column");
  EXPECT_EQ(imports_kept(), 1u);
}

} // namespace
} // namespace renova::test

#include "services/import_reading.hpp"

#include <gtest/gtest.h>

namespace renova::services {
namespace {

ImportContext context() {
  ImportContext context;
  context.mapping = {domain::ImportField::name,  domain::ImportField::phone,
                     domain::ImportField::plan,  domain::ImportField::plan_type,
                     domain::ImportField::value, domain::ImportField::due_date};
  context.today = Date::of(2026, 11, 23);
  storage::ImportPlan plan;
  plan.id = PlanId::make(Instant{1});
  plan.name = "Família";
  plan.name_key = "familia";
  plan.plan_type = "STREAMING";
  plan.price_amount = 4500;
  plan.price_currency = "BRL";
  context.plans.emplace(plan.name_key, plan);
  return context;
}
ImportEntry read(const std::vector<std::string>& cells) {
  return read_import_line(context(), cells_to_json(cells));
}

TEST(ImportReading, SaysWhyALineHasNoCells) {
  EXPECT_EQ(read_import_line(context(), problem_line("cell_too_long")).errors.at(0).code, "cell_too_long");
  EXPECT_EQ(read_import_line(context(), "{}").errors.at(0).code, "erased");
}

TEST(ImportReading, LinksAPlanByItsName) {
  ImportEntry entry = read({"Ana Lima", "11987654321", "FAMILIA", "", "", "31/12/2026"});
  ASSERT_TRUE(entry.ok());
  EXPECT_TRUE(entry.plan_id);
  EXPECT_EQ(entry.row.plan_type, "STREAMING");
  EXPECT_EQ(entry.row.price->amount, 4500);
}

TEST(ImportReading, OwnValueAndTypeWinOverThePlans) {
  ImportEntry entry = read({"Ana Lima", "11987654321", "Família", "IPTV", "39,90", "31/12/2026"});
  EXPECT_TRUE(entry.plan_id);
  EXPECT_EQ(entry.row.plan_type, "IPTV");
  EXPECT_EQ(entry.row.price->amount, 3990);
}

TEST(ImportReading, TakesAPlanThatIsAType) {
  ImportEntry entry = read({"Ana Lima", "11987654321", "iptv", "", "39,90", "31/12/2026"});
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry.row.plan_type, "IPTV");
  EXPECT_TRUE(entry.custom.empty() && entry.warnings.empty());
}

TEST(ImportReading, KeepsTheNameOfAPlanThatDoesNotExist) {
  ImportEntry entry = read({"Ana Lima", "11987654321", "Ouro Antigo", "IPTV", "39,90", "31/12/2026"});
  ASSERT_TRUE(entry.ok());
  EXPECT_FALSE(entry.plan_id);
  EXPECT_EQ(entry.warnings.at(0).code, "plan_not_found");
  EXPECT_EQ(entry.custom.at(0), (std::pair<std::string, std::string>("plano", "Ouro Antigo")));
}

TEST(ImportReading, NeedsAValueWhenThePlanDoesNotExist) {
  ImportEntry entry = read({"Ana Lima", "11987654321", "Ouro Antigo", "", "", "31/12/2026"});
  ASSERT_FALSE(entry.ok());
  EXPECT_EQ(entry.errors.at(0).field, "value");
}

TEST(RepeatedLines, ComparesPhoneAndType) {
  RepeatedLines lines;
  EXPECT_FALSE(lines.add("5511987654321", "IPTV", 2, false));
  EXPECT_FALSE(lines.add("5511987654322", "IPTV", 3, false));
  auto same = lines.add("5511987654321", "IPTV", 4, false);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->line, 2);
  EXPECT_TRUE(same->same_type);
  auto other = lines.add("5511987654321", "VPN", 5, false);
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->same_type);
  EXPECT_EQ(lines.add("5511987654321", "VPN", 6, true)->line, 5);
  EXPECT_EQ(lines.add("5511987654321", "VPN", 7, true)->line, 6); // 6 took over
}

TEST(ImportTypes, StoredTextsSurviveARoundTrip) {
  ImportOptions options;
  options.merge = domain::MergePolicy::skip;
  options.repeats = domain::RepeatPolicy::last;
  options.plan_type = "VPN";
  options.month_first = true;
  options.header = false;
  options.delimiter = '\t';
  EXPECT_EQ(options_from_json(to_json(options)).value(), options);
  std::vector<ImportColumn> columns{{"Nome \"x\"", domain::ImportField::name}, {"?", std::nullopt}};
  EXPECT_EQ(columns_from_json(to_json(columns)).value(), columns);
  ImportCounts counts{9, 1, 2, 3, 3, 1, 0, 1, 1};
  EXPECT_EQ(counts_from_json(to_json(counts)).value(), counts);
  std::vector<LineProblem> problems{{"phone", "invalid_phone", "no\nphone"}};
  EXPECT_EQ(problems_from_json(to_json(problems)).value(), problems);
  std::vector<std::string> cells{"", "a;b", "\"", "ção"};
  EXPECT_EQ(cells_from_json(cells_to_json(cells)).value(), cells);
  for (std::string_view damaged : {"", "{", "5", "[5]"}) {
    EXPECT_TRUE(options_from_json(damaged).has_error());
    EXPECT_TRUE(columns_from_json(damaged).has_error());
    EXPECT_TRUE(cells_from_json(damaged).has_error());
  }
}

} // namespace
} // namespace renova::services

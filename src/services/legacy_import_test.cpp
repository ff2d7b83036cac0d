#include "services/legacy_import.hpp"

#include "services/legacy_values.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>

namespace renova::services {
namespace {

LegacySettings settings() {
  LegacySettings settings;
  settings.zone = domain::TimeZone::find("America/Sao_Paulo").value(); // UTC−3, no daylight saving since 2019
  return settings;
}
ImportEntry convert(std::string_view json) { return convert_legacy_client(json, settings()); }

// A whole record with one member replaced or added.
std::string record(std::string_view member, std::string_view value) {
  boost::json::object object = boost::json::parse(R"({
    "id":"3f0c","name":"Zuleide Falcão","phone":"5511987654321","plan_type":"IPTV","value":29.9,
    "plan_duration":"2026-12-31",
    "reminder_time_3days":"09:00","reminder_time_payment":"10:00",
    "custom_message_3days":"","custom_message_payment":"","created_at":"2025-01-15T10:22:33.123456",
    "payment_status":"pending","last_renewal_date":null,"renewal_days":0,
    "observations":"","renewal_history":[]})")
                                   .as_object();
  if (value.empty()) {
    object.erase(member);
  } else {
    object[member] = boost::json::parse(boost::json::string_view(value.data(), value.size()));
  }
  return boost::json::serialize(object);
}

struct Bad {
  std::string_view member;
  std::string_view value; // empty: absent
  std::string_view field;
  std::string_view code;
};
class LegacyBad : public testing::TestWithParam<Bad> {};

TEST_P(LegacyBad, IsAnErrorOfItsField) {
  ImportEntry entry = convert(record(GetParam().member, GetParam().value));
  ASSERT_EQ(entry.errors.size(), 1u);
  EXPECT_EQ(entry.errors[0].field, GetParam().field);
  EXPECT_EQ(entry.errors[0].code, GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(
    Members, LegacyBad,
    testing::Values(
        Bad{"name", "", "name", "required"}, Bad{"name", "\"x\"", "name", "too_short"},
        Bad{"phone", "", "phone", "required"}, Bad{"phone", "\"abc\"", "phone", "invalid_phone"},
        Bad{"value", "", "value", "required"}, Bad{"value", "\"N\"", "value", "invalid_money"},
        Bad{"value", "0", "value", "out_of_range"}, Bad{"value", "0.0", "value", "out_of_range"},
        Bad{"value", "-5", "value", "out_of_range"}, Bad{"value", "-5.5", "value", "out_of_range"},
        Bad{"value", "\"-5\"", "value", "out_of_range"}, Bad{"value", "0.004", "value", "out_of_range"},
        Bad{"value", "1e300", "value", "out_of_range"}, Bad{"value", "[]", "value", "invalid_money"},
        Bad{"value", "true", "value", "invalid_money"}, Bad{"plan_duration", "", "due_date", "required"},
        Bad{"plan_duration", "\"not-a-date\"", "due_date", "invalid_date"},
        Bad{"plan_duration", "\"2026-02-30\"", "due_date", "invalid_date"}));

TEST(LegacyImport, RefusesWhatIsNoObject) {
  for (std::string_view text : {"5", "null", "[]", "\"x\"", "{"}) {
    ImportEntry entry = convert(text);
    ASSERT_EQ(entry.errors.size(), 1u) << text;
    EXPECT_EQ(entry.errors[0].code, "not_an_object");
  }
}

TEST(LegacyImport, ReadsAWholeRecord) {
  ImportEntry entry = convert(record("name", "\"José D'Ávila\""));
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry.row.name, "José D'Ávila");
  EXPECT_EQ(entry.row.phone.digits, "5511987654321");
  EXPECT_EQ(entry.row.plan_type, "IPTV");
  EXPECT_EQ(entry.row.price->amount, 2990);
  EXPECT_EQ(entry.row.due_on, Date::of(2026, 12, 31));
  EXPECT_EQ(entry.row.status, domain::PaymentStatus::pending);
  EXPECT_EQ(to_string(*entry.created_at), "2025-01-15T13:22:33.123456Z");
  EXPECT_FALSE(entry.before_at || entry.due_at || entry.before_text || entry.due_text);
  EXPECT_TRUE(entry.notes.empty() && entry.renewals.empty() && entry.custom.empty() &&
              entry.warnings.empty());
}

TEST(LegacyImport, TakesNumbersAsTextsAndTextsAsNumbers) {
  EXPECT_EQ(convert(record("phone", "11987654321")).row.phone.digits, "5511987654321");
  EXPECT_EQ(convert(record("phone", "5511987654321.0")).row.phone.digits, "5511987654321");
  EXPECT_EQ(convert(record("value", "\"1.234,50\"")).row.price->amount, 123450);
  EXPECT_EQ(convert(record("value", "30")).row.price->amount, 3000);
  EXPECT_EQ(convert(record("value", "29.899999999999999")).row.price->amount, 2990);
  EXPECT_EQ(convert(record("value", "19.999")).row.price->amount, 2000);
  EXPECT_EQ(convert(record("plan_type", "\"outros\"")).row.plan_type, "OTHER");
}

TEST(LegacyImport, ReportsTheMissingNinthDigit) {
  ImportEntry entry = convert(record("phone", "\"11 8765-4321\""));
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry.row.phone.digits, "5511987654321");
  ASSERT_EQ(entry.warnings.size(), 1u);
  EXPECT_EQ(entry.warnings[0].code, "ninth_digit_added");
}

TEST(LegacyImport, KeepsOwnTimesAndTexts) {
  EXPECT_EQ(convert(record("reminder_time_3days", "\"9:5\"")).before_at, 9 * 60 + 5);
  EXPECT_EQ(convert(record("reminder_time_payment", "\"18:30\"")).due_at, 18 * 60 + 30);
  ImportEntry wrong = convert(record("reminder_time_payment", "\"25:00\""));
  EXPECT_TRUE(wrong.ok());
  EXPECT_EQ(wrong.warnings.at(0).code, "invalid_time");
  ImportEntry text =
      convert(record("custom_message_3days",
                     R"("Oi {name}, vence {plan_duration} em {days_until_expiration} dias: R$ {value}")"));
  EXPECT_EQ(text.before_text, "Oi {name}, vence {due_date} em {days} dias: {value}");
}

TEST(LegacyImport, ReadsNotesWithTheirStamps) {
  ImportEntry entry = convert(record(
      "observations", R"("primeira\n[15/01/2025 10:22] ligou\ne pediu prazo\n\n[16/01/2025 08:00] pagou")"));
  ASSERT_EQ(entry.notes.size(), 3u);
  EXPECT_EQ(entry.notes[0], (ImportNote{"primeira", std::nullopt}));
  EXPECT_EQ(entry.notes[1].text, "ligou\ne pediu prazo");
  EXPECT_EQ(to_string(*entry.notes[1].at), "2025-01-15T13:22:00.000000Z");
  EXPECT_EQ(entry.notes[2].text, "pagou");
  std::string long_text(4500, 'a');
  EXPECT_EQ(convert(record("observations", "\"" + long_text + "\"")).notes.size(), 3u);
}

TEST(LegacyImport, ReadsTheRenewalHistory) {
  ImportEntry entry = convert(record("renewal_history", R"([
    {"date":"2025-03-01T09:00:00","days_added":30,"previous_expiration":"2025-03-05",
     "new_expiration":"2025-04-04","value":29.9},
    {"date":"2025-02-01T09:00:00","days_added":30,"new_expiration":"2025-03-05","value":"25,00"},
    {"date":"?"}, 7])"));
  ASSERT_EQ(entry.renewals.size(), 2u);
  EXPECT_EQ(entry.renewals[0].to, Date::of(2025, 3, 5)); // the oldest first
  EXPECT_EQ(entry.renewals[0].from, Date::of(2025, 2, 3));
  EXPECT_EQ(entry.renewals[0].amount, 2500);
  EXPECT_EQ(entry.renewals[1].from, Date::of(2025, 3, 5));
  EXPECT_EQ(entry.renewals[1].amount, 2990);
  EXPECT_EQ(entry.warnings.size(), 2u);
}

TEST(LegacyImport, KeepsUnknownMembersAsCustomFields) {
  ImportEntry entry = convert(record("mac_address", R"("00:1A:79")"));
  ASSERT_EQ(entry.custom.size(), 1u);
  EXPECT_EQ(entry.custom[0], (std::pair<std::string, std::string>("mac_address", "00:1A:79")));
  EXPECT_EQ(convert(record("screens", "3")).custom.at(0).second, "3");
  EXPECT_TRUE(convert(record("days_until_expiration", "3")).custom.empty()); // computed by the original
}

TEST(LegacyImport, ReadsTemplates) {
  LegacyTemplate entry = convert_legacy_template(
      R"({"id":"1","name":"Três dias","content":"Olá {name}! R$ {value:.2f} até dia {payment_day}.","type":"reminder_3days","plan_type":"all"})");
  ASSERT_TRUE(entry.errors.empty());
  EXPECT_EQ(entry.kind, domain::MessageKind::reminder);
  EXPECT_FALSE(entry.plan_type);
  EXPECT_EQ(entry.body, "Olá {name}! {value} até dia {payment_day}.");
  EXPECT_EQ(
      convert_legacy_template(R"({"name":"a","content":"x y","type":"payment","plan_type":"VPN"})").kind,
      domain::MessageKind::due_today);
  EXPECT_EQ(convert_legacy_template(R"({"name":"a","content":"x y","type":"payment_due"})").kind,
            domain::MessageKind::due_today);
  EXPECT_EQ(convert_legacy_template(R"({"name":"a","content":"x y","type":"promo"})").kind,
            domain::MessageKind::promo);
  EXPECT_EQ(convert_legacy_template(R"({"name":"a","content":"x y","type":"?"})").warnings.at(0).code,
            "unknown_type");
  EXPECT_EQ(convert_legacy_template(R"({"name":"a","content":"","type":"promo"})").errors.at(0).field,
            "content");
  EXPECT_EQ(convert_legacy_template("7").errors.at(0).code, "not_an_object");
}

TEST(LegacyImport, BracesThatNameNothingStayAsTheyRead) {
  std::string body = modernise_body("{name} {unknown} {{x}} { {name.__class__}");
  EXPECT_EQ(body.find("{name} "), 0u);
  EXPECT_NE(body.find("{{unknown}}"), std::string::npos) << body;
}

TEST(LegacyValues, ReadsLocalAndExactTimes) {
  auto zone = settings().zone;
  EXPECT_EQ(to_string(legacy::instant_of("2025-01-15", zone).value()), "2025-01-15T03:00:00.000000Z");
  EXPECT_EQ(to_string(legacy::instant_of("2025-01-15 10:22", zone).value()), "2025-01-15T13:22:00.000000Z");
  EXPECT_EQ(to_string(legacy::instant_of("2025-01-15T10:22:33Z", zone).value()),
            "2025-01-15T10:22:33.000000Z");
  for (std::string_view text : {"", "x", "2025-13-01", "2025-01-15T99:00:00", "2025-01-15x10:00:00"}) {
    EXPECT_TRUE(legacy::instant_of(text, zone).has_error()) << text;
  }
}

} // namespace
} // namespace renova::services

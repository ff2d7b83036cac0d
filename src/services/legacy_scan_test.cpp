#include "services/legacy_scan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace renova::services {
namespace {

struct Seen {
  std::vector<std::string> clients;
  std::vector<std::string> templates;
};
result<Seen> scan(std::string_view text) {
  Seen seen;
  auto outcome = scan_legacy(text, [&](const LegacyRecord& record) -> result<void> {
    (record.is_template ? seen.templates : seen.clients).emplace_back(record.json);
    EXPECT_EQ(text.substr(record.byte, record.json.size()), record.json);
    return {};
  });
  if (outcome.has_error()) return outcome.error();
  return seen;
}

struct Corrupt {
  std::string_view text;
  std::string_view place;
};
class LegacyCorrupt : public testing::TestWithParam<Corrupt> {};

TEST_P(LegacyCorrupt, SaysWhere) {
  auto seen = scan(GetParam().text);
  ASSERT_TRUE(seen.has_error());
  EXPECT_EQ(seen.error().code, ErrorCode::malformed);
  Error error = seen.error();
  ASSERT_EQ(error.fields.size(), 1u);
  EXPECT_EQ(error.fields[0].code, "corrupt_file");
  EXPECT_NE(error.detail.find(GetParam().place), std::string::npos) << error.detail;
}
INSTANTIATE_TEST_SUITE_P(
    Texts, LegacyCorrupt,
    testing::Values(Corrupt{"", "line 1, column 1 (byte 0)"}, Corrupt{"[", "(byte 1)"},
                    Corrupt{"[{\"name\":\"Ana\"},\n {\"name\":\"Bi", "line 2, column 13 (byte 29)"},
                    Corrupt{"[{\"name\":\"Ana\"}", "(byte 15)"}, Corrupt{"[{} {}]", "(byte 4)"},
                    Corrupt{"[{}]x", "(byte 4)"}, Corrupt{"[{\"a\":1,}]", "(byte 8)"},
                    Corrupt{"[{\"a\":tru}]", "(byte 6)"}, Corrupt{"{\"clients\":[{}]", "(byte 15)"},
                    Corrupt{"{\"clients\" [{}]}", "(byte 11)"}, Corrupt{"{clients:[]}", "(byte 1)"},
                    Corrupt{"\"text\"", "(byte 0)"}, Corrupt{"5", "(byte 0)"},
                    Corrupt{"[{\"a\":\"\xff\"}]", "(byte 7)"}, Corrupt{"[{\"a\":\"x\ny\"}]", "(byte 8)"},
                    Corrupt{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "corrupt"},
                    Corrupt{"[\n{\"a\":1},\n{\"a\":2}\n{\"a\":3}]", "line 4, column 1"}));

TEST(LegacyScan, RefusesWhatIsNoClientList) {
  for (std::string_view text : {"{}", "{\"a\":[1,2]}", "{\"clients\":5}", "{\"clients\":{\"a\":{}}}"}) {
    auto seen = scan(text);
    ASSERT_TRUE(seen.has_error()) << text;
    EXPECT_EQ(seen.error().fields.at(0).code, "not_a_client_list") << text;
  }
}

TEST(LegacyScan, ReadsListsAndBothLayouts) {
  Seen list = scan("\xEF\xBB\xBF [ {\"phone\":\"1\"} , {\"content\":\"x\"}, 5, null ] \n").value();
  EXPECT_EQ(list.clients, (std::vector<std::string>{"{\"phone\":\"1\"}", "5", "null"}));
  EXPECT_EQ(list.templates, (std::vector<std::string>{"{\"content\":\"x\"}"}));

  Seen object =
      scan(R"({"metadata":{"n":[1]},"templates":[{"a":"]}\""}],"clients":[{"b":{"c":[]}}],"count":1})")
          .value();
  EXPECT_EQ(object.clients, (std::vector<std::string>{R"({"b":{"c":[]}})"}));
  EXPECT_EQ(object.templates, (std::vector<std::string>{R"({"a":"]}\""})"}));
  EXPECT_TRUE(scan("[]").value().clients.empty());
}

TEST(LegacyScan, TakesPythonsNumbersThatAreNone) {
  Seen seen =
      scan(R"([{"value":NaN},{"value":Infinity},{"value":-Infinity},{"name":"NaN \" Infinity"}])").value();
  ASSERT_EQ(seen.clients.size(), 4u);
  for (int i = 0; i < 3; ++i) {
    auto value = parse_legacy(seen.clients[static_cast<std::size_t>(i)]).value();
    EXPECT_TRUE(value.at("value").is_string()) << i; // no number
  }
  EXPECT_EQ(parse_legacy(seen.clients[3]).value().at("name").as_string(), "NaN \" Infinity");
}

TEST(LegacyScan, StopsWhenTheSinkSaysSo) {
  int calls = 0;
  auto outcome = scan_legacy("[{},{},{}]", [&](const LegacyRecord&) -> result<void> {
    ++calls;
    return Error(ErrorCode::unavailable, "full");
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
}

} // namespace
} // namespace renova::services

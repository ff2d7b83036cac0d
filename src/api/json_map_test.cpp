#include "api/json_map.hpp"

#include <gtest/gtest.h>

namespace renova::api {
namespace json_map_test {

enum class Colour { red, blue };
BOOST_DESCRIBE_ENUM(Colour, red, blue)
inline std::string_view to_text(Colour c) { return c == Colour::red ? "red" : "blue"; }
inline bool from_text(std::string_view text, Colour& out) {
  if (text != "red" && text != "blue") return false;
  out = text == "red" ? Colour::red : Colour::blue;
  return true;
}

struct Inner {
  std::int32_t count = 0;
  std::optional<Date> day;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (count, day))

struct Outer {
  ClientId id;
  std::string name;
  Colour colour = Colour::red;
  std::vector<Inner> inner;
  std::map<std::string, std::string> custom;
  std::optional<Instant> at;
  std::optional<MoneyInput> price;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (id, name, colour, inner, custom, at, price))

struct Change {
  Patch<std::string> note;
  PatchRequired<std::string> name;
};
BOOST_DESCRIBE_STRUCT(Change, (), (note, name))

} // namespace json_map_test

namespace {

using namespace json_map_test;

std::vector<FieldError> errors_of(std::string_view text) {
  auto decoded = decode<Outer>(*parse_json(text));
  return decoded.has_error() ? decoded.error().fields : std::vector<FieldError>();
}

TEST(JsonMap, ReportsEveryBrokenFieldWithItsPointer) {
  auto errors =
      errors_of(R"({"id":"x","name":1,"colour":"green","inner":[{"count":2147483648,"day":"2026-02-30"},7],
    "custom":{"a/b":1},"at":"yesterday","price":5,"more":0})");
  std::map<std::string, std::string> codes;
  for (const FieldError& error : errors) codes[error.pointer] = error.code;
  EXPECT_EQ(codes, (std::map<std::string, std::string>{{"/id", "invalid_format"},
                                                       {"/name", "wrong_type"},
                                                       {"/colour", "unknown_value"},
                                                       {"/inner/0/count", "out_of_range"},
                                                       {"/inner/0/day", "invalid_format"},
                                                       {"/inner/1", "wrong_type"},
                                                       {"/custom/a~1b", "wrong_type"},
                                                       {"/at", "invalid_format"},
                                                       {"/price", "wrong_type"},
                                                       {"/more", "unknown_field"}}));
}

TEST(JsonMap, RequiresWhatIsNotOptional) {
  std::vector<std::string> pointers;
  for (const FieldError& error : errors_of("{}")) pointers.push_back(error.pointer + " " + error.code);
  EXPECT_EQ(pointers, (std::vector<std::string>{"/id required", "/name required", "/colour required",
                                                "/inner required", "/custom required"}));
}

TEST(JsonMap, WritesWhatItReads) {
  const std::string text =
      R"({"id":"01977b3e-0000-7000-8000-000000000001","name":"Zoë \"Z\"","colour":"blue",)"
      R"("inner":[{"count":-1,"day":"2026-12-31"}],"custom":{"k":"v"},"at":"2026-11-23T12:00:00.000000Z"})";
  auto outer = decode<Outer>(*parse_json(text));
  ASSERT_TRUE(outer.has_value());
  EXPECT_EQ(encode(outer->inner), R"([{"count":-1,"day":"2026-12-31"}])");
  EXPECT_EQ(encode(outer->custom), R"({"k":"v"})");
  EXPECT_EQ(encode(outer->at), R"("2026-11-23T12:00:00.000000Z")");
  EXPECT_EQ(encode(outer->id), R"("01977b3e-0000-7000-8000-000000000001")");
  EXPECT_EQ(encode(outer->colour), R"("blue")");
}

TEST(JsonMap, TellsAbsentFromNullInAMergePatch) {
  auto absent = *decode<Change>(*parse_json("{}"));
  EXPECT_FALSE(absent.note.present);
  auto cleared = *decode<Change>(*parse_json(R"({"note":null})"));
  EXPECT_TRUE(cleared.note.clears());
  auto set = *decode<Change>(*parse_json(R"({"note":"n","name":"m"})"));
  EXPECT_EQ(set.note.value, "n");
  EXPECT_EQ(set.name.value, "m");
  auto refused = decode<Change>(*parse_json(R"({"name":null})"));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().fields[0].code, "not_null");
}

TEST(JsonMap, PricesAreObjectsOrDecimalStrings) {
  auto price = [](std::string_view text) {
    std::vector<FieldError> errors;
    MoneyInput money;
    Decode<MoneyInput>::from(*parse_json(text), Decoding("/price", errors), money);
    return errors.empty()
               ? money.decimal + "|" + std::to_string(money.amount.value_or(-1)) + "|" + money.currency
               : errors[0].pointer + " " + errors[0].code;
  };
  EXPECT_EQ(price(R"("50.00")"), "50.00|-1|");
  EXPECT_EQ(price(R"({"amount":5000,"currency":"BRL"})"), "|5000|BRL");
  EXPECT_EQ(price("50"), "/price wrong_type");
  EXPECT_EQ(price("50.5"), "/price wrong_type");
  EXPECT_EQ(price(R"({"amount":50.5})"), "/price/amount wrong_type");
  EXPECT_EQ(price(R"({"currency":"BRL"})"), "/price/amount required");
  EXPECT_EQ(price(R"({"amount":1,"cents":2})"), "/price/cents unknown_field");
}

TEST(JsonMap, DescribesItselfAsASchema) {
  SchemaBook book;
  EXPECT_EQ(boost::json::serialize(schema_of<Outer>(book)), R"({"$ref":"#/components/schemas/Outer"})");
  const auto& outer = book.at("Outer");
  EXPECT_EQ(outer.at("additionalProperties").as_bool(), false);
  EXPECT_EQ(boost::json::serialize(outer.at("properties").at("colour")),
            R"({"type":"string","enum":["red","blue"]})");
  EXPECT_EQ(boost::json::serialize(outer.at("required")), R"(["id","name","colour","inner","custom"])");
  EXPECT_TRUE(book.contains("Inner"));
  EXPECT_EQ(boost::json::serialize(book.at("Inner").at("properties").at("day")),
            R"({"type":["string","null"],"format":"date"})");
}

TEST(JsonParse, KeepsTheWholeRangeOfIntegersAndText) {
  EXPECT_EQ(parse_json("9223372036854775807")->as_int64(), INT64_MAX);
  EXPECT_EQ(parse_json(R"("\uD83D\uDE00")")->as_string(), "😀");
  EXPECT_TRUE(parse_json(" \n{} \t").has_value());
  EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']')).has_value());
  EXPECT_TRUE(parse_json(std::string(33, '[') + std::string(33, ']')).has_error());
  EXPECT_TRUE(parse_json(R"({"a":{"x":1},"b":{"x":1}})").has_value());
}

TEST(JsonParse, BoundsTheNumberOfValues) {
  std::string many = "[";
  for (std::size_t i = 0; i <= kJsonValuesMax; ++i) many += "0,";
  many += "0]";
  EXPECT_TRUE(parse_json(many).has_error());
}

} // namespace
} // namespace renova::api

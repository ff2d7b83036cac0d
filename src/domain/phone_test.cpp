#include "domain/phone.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

// Digits, with "*" when corrected and "~" when a landline; or the error's code.
std::string read(std::string_view text, std::string_view country = "BR") {
  auto phone = parse_phone(text, *Country::parse(country));
  if (!phone) return Error(phone.error()).fields.at(0).code;
  return phone->digits + (phone->corrected ? "*" : "") + (phone->landline ? "~" : "");
}

TEST(Phone, AreaCodesAreThe67OfAnatel) {
  int assigned = 0;
  for (int ddd = -5; ddd < 200; ++ddd) assigned += is_brazilian_area_code(ddd);
  EXPECT_EQ(assigned, 67);
  for (int bad : {0, 10, 20, 23, 25, 26, 29, 30, 36, 39, 40, 50, 52, 56, 60, 70, 72, 76, 78, 80, 90, 100}) {
    EXPECT_FALSE(is_brazilian_area_code(bad)) << bad;
  }
}

TEST(Phone, NonsenseIsRefused) {
  EXPECT_EQ(read(""), "required");
  EXPECT_EQ(read("   "), "required");
  for (std::string_view bad :
       {"abc", "+", "()", "11 98765-432x", "11 98765-4321 ramal 2", "++5511987654321", "55+11987654321",
        "11 18765-4321", "11 08765-4321", "11 88765-43210", "551198765432100000", "119876543210987654",
        "1198765\n4321", "+5511987654321012345", "١١٩٨٧٦٥٤٣٢١"}) {
    EXPECT_EQ(read(bad), "invalid_phone") << bad;
  }
  EXPECT_EQ(read(std::string(5000, '1')), "invalid_phone");
  EXPECT_EQ(read("5,51199E+12"), "scientific_notation");
  EXPECT_EQ(read("5.51199e12"), "scientific_notation");
  EXPECT_EQ(read("98765-4321"), "area_code_missing");
  EXPECT_EQ(read("+0123456789"), "unknown_country_code");
  EXPECT_EQ(read("+8331234567890"), "unknown_country_code");
}

// What libphonenumber 8.12.57 says for Brazil; where it calls a number invalid for the missing ninth digit,
// we correct it.
TEST(Phone, LibphonenumberVectors) {
  EXPECT_EQ(read("0 15 11 96123-4567"), "5511961234567");
  EXPECT_EQ(read("5511961234567"), "5511961234567");
  EXPECT_EQ(read("11 6123-4567"), "5511961234567*");
  EXPECT_EQ(read("(31) 8765-4321"), "5531987654321*");
  EXPECT_EQ(read("11 7890-1234"), "5511978901234*");
  EXPECT_EQ(read("99912-3456"), "area_code_missing");
  EXPECT_EQ(read("20 99123-4567"), "unknown_area_code");
  EXPECT_EQ(read("52 99123-4567"), "unknown_area_code");
  EXPECT_EQ(read("11 3123-4567"), "551131234567~");
}

TEST(Phone, AnyHumanFormat) {
  for (std::string_view text :
       {"+55 (11) 98765-4321", "55 11 98765-4321", "11987654321", "(11) 98765.4321", "011 98765-4321",
        "0 21 11 98765 4321", "0055 11 98765-4321", "+55 (0)11 98765-4321", "tel:+5511987654321",
        "https://wa.me/5511987654321", "whatsapp:+5511987654321", "5511987654321.0",
        "\u00A0+55\u00A011\u00A098765\u20114321\u202C", "  11 98765/4321  ", "0 55 11 98765-4321"}) {
    EXPECT_EQ(read(text), "5511987654321") << text;
  }
  EXPECT_EQ(read("551187654321"), "5511987654321*");
  EXPECT_EQ(read("+55 11 8765-4321"), "5511987654321*");
  EXPECT_EQ(read("0 15 11 3123-4567"), "551131234567~");
}

TEST(Phone, SantaMariaIsNoCountry) {
  EXPECT_EQ(read("55 98765-4321"), "5555987654321");
  EXPECT_EQ(read("(55) 9 8765-4321"), "5555987654321");
  EXPECT_EQ(read("55 3222-1234"), "555532221234~");
  EXPECT_EQ(read("5555987654321"), "5555987654321");
  EXPECT_EQ(read("+55 55 98765-4321"), "5555987654321");
  EXPECT_EQ(read("+55 98765-4321"), "area_code_missing");
}

TEST(Phone, OtherCountries) {
  EXPECT_EQ(read("+351 912 345 678"), "351912345678");
  EXPECT_EQ(read("351912345678"), "351912345678");
  EXPECT_EQ(read("912 345 678", "PT"), "351912345678");
  EXPECT_EQ(read("351 912 345 678", "PT"), "351912345678");
  EXPECT_EQ(read("+1 (212) 555-1234"), "12125551234");
  EXPECT_EQ(read("12125551234"),
            "invalid_phone"); // 11 digits would be Brazilian here, and are not: not guessed
  EXPECT_EQ(read("(212) 555-1234", "US"), "12125551234");
  EXPECT_EQ(read("1 212 555 1234", "US"), "12125551234");
  EXPECT_EQ(read("112 555 1234", "US"), "invalid_phone");
  EXPECT_EQ(read("+52 1 55 1234 5678"), "525512345678");
  EXPECT_EQ(read("+54 9 11 2345-6789"), "5491123456789");
  EXPECT_EQ(read("07911 123456", "GB"), "447911123456");
  EXPECT_EQ(read("+44 (0)7911 123456"), "447911123456");
  EXPECT_EQ(read("00000 002 000", "GB"),
            "invalid_phone"); // found by the fuzzer: no number begins with two trunk zeros
  EXPECT_EQ(read("+380 44 123 4567"), "380441234567");
  EXPECT_EQ(read("11 98765-4321", "PT"), "invalid_phone");
  EXPECT_EQ(read("+5511987654321", "PT"), "5511987654321");
  EXPECT_EQ(read("+351 91"), "invalid_phone");
  EXPECT_FALSE(Country::parse("br"));
  EXPECT_FALSE(Country::parse("XX"));
  EXPECT_EQ(Country::parse("PT")->calling_code(), "351");
}

TEST(Phone, KeysMasksAndForms) {
  EXPECT_EQ(match_key("5511987654321"), "1187654321");
  EXPECT_EQ(match_key("551187654321"), "1187654321");
  EXPECT_EQ(match_key("351912345678"), "351912345678");
  EXPECT_EQ(match_key("555"), "555");
  EXPECT_EQ(mask("5511987654567"), "5511•••••4567");
  EXPECT_EQ(mask("351912345678"), "3519••••5678");
  EXPECT_EQ(mask("12345678"), "•••••");
  EXPECT_EQ(mask(""), "•••••");
  EXPECT_EQ(format_phone("5511987654321"), "+55 11 98765-4321");
  EXPECT_EQ(format_phone("551131234567"), "+55 11 3123-4567");
  EXPECT_EQ(format_phone("351912345678"), "+351912345678");
  EXPECT_EQ(export_phone("5511987654321", Country()), "5511987654321");
  EXPECT_EQ(export_phone("12125551234", Country()), "+12125551234");
}

// Reading what was stored, exported or shown gives the same number; every Brazilian number has its key.
RC_GTEST_PROP(PhoneProperty, FormsReadBack, ()) {
  int ddd = *rc::gen::suchThat(rc::gen::inRange(11, 100), is_brazilian_area_code);
  bool mobile = *rc::gen::arbitrary<bool>();
  std::string number = mobile ? "9" + std::to_string(*rc::gen::inRange(10'000'000, 100'000'000))
                              : std::to_string(*rc::gen::inRange(20'000'000, 60'000'000));
  std::string national = std::to_string(ddd) + number;
  auto phone = parse_phone(national, Country());
  RC_ASSERT(phone.has_value());
  RC_ASSERT(phone->digits == "55" + national);
  RC_ASSERT(phone->landline == !mobile);
  RC_ASSERT(!phone->corrected);
  for (std::string text : {phone->digits, format_phone(phone->digits), export_phone(phone->digits, Country()),
                           "0" + national, "041" + national}) {
    RC_ASSERT(parse_phone(text, Country())->digits == phone->digits);
  }
  if (mobile && number[1] >= '6') {
    auto legacy = parse_phone(std::to_string(ddd) + number.substr(1), Country());
    RC_ASSERT(legacy->digits == phone->digits);
    RC_ASSERT(legacy->corrected);
    RC_ASSERT(match_key("55" + std::to_string(ddd) + number.substr(1)) == match_key(phone->digits));
  }
}

RC_GTEST_PROP(PhoneProperty, NoTextBreaksIt, ()) {
  auto text = *rc::gen::container<std::string>(
      rc::gen::element('0', '1', '5', '9', '+', ' ', '-', '(', 'e', '.', '\xC2', '\xA0', '\xE2'));
  auto phone = parse_phone(text, Country());
  if (phone) {
    RC_ASSERT((phone->digits.size() >= 10 && phone->digits.size() <= 15));
    RC_ASSERT(phone->digits.find_first_not_of("0123456789") == std::string::npos);
  }
}

} // namespace
} // namespace renova::domain

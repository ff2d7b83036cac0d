#include "domain/money.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

Currency currency(std::string_view code) { return *Currency::parse(code); }
std::string code_of(const result<Money>& outcome) {
  return outcome ? std::to_string(outcome->amount) : Error(outcome.error()).fields.at(0).code;
}

TEST(Money, CurrencyIsThreeCapitals) {
  for (std::string_view bad : {"", "BR", "brl", "BRLX", "B1L", "R$ "})
    EXPECT_FALSE(Currency::parse(bad)) << bad;
  EXPECT_EQ(currency("BRL").minor_digits(), 2);
  EXPECT_EQ(currency("JPY").minor_digits(), 0);
  EXPECT_EQ(currency("KWD").minor_digits(), 3);
}

TEST(Money, DecimalIsStrict) {
  for (std::string_view bad :
       {"", ".", "5.", ".5", "-1", "+1", "1e3", " 1", "1 ", "1,5", "1.2.3", "nan", "inf", "0x1", "١"}) {
    EXPECT_EQ(code_of(parse_decimal(bad, Currency())), "invalid_money") << bad;
  }
  EXPECT_EQ(code_of(parse_decimal("0.004", Currency())), "too_many_decimals");
  EXPECT_EQ(code_of(parse_decimal("1.5", currency("JPY"))), "too_many_decimals");
  EXPECT_EQ(code_of(parse_decimal("100000000.00", Currency())), "out_of_range");
  EXPECT_EQ(code_of(parse_decimal(std::string(400, '9'), Currency())), "out_of_range");
  EXPECT_EQ(code_of(parse_decimal("99999999.99", Currency())), "9999999999");
  EXPECT_EQ(code_of(parse_decimal("50.00", Currency())), "5000");
  EXPECT_EQ(code_of(parse_decimal("50", Currency())), "5000");
  EXPECT_EQ(code_of(parse_decimal("0.5", Currency())), "50");
  EXPECT_EQ(code_of(parse_decimal("29.900", Currency())), "2990");
  EXPECT_EQ(code_of(parse_decimal("1500", currency("JPY"))), "1500");
}

TEST(Money, HumanForms) {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  for (const Case& c : std::initializer_list<Case>{{"1.234,50", "123450"},
                                                   {"R$ 1.234,50", "123450"},
                                                   {"R$\u00A01.234,50", "123450"},
                                                   {"1,234.50", "123450"},
                                                   {"29.9", "2990"},
                                                   {"29,9", "2990"},
                                                   {"R$50", "5000"},
                                                   {"50,00 R$", "5000"},
                                                   {"BRL 50", "5000"},
                                                   {"1 234,50", "123450"},
                                                   {"1.234", "123400"},
                                                   {"1.234.567", "123456700"},
                                                   {"1,234,567.89", "123456789"},
                                                   {"0.500", "50"},
                                                   {"1234,5", "123450"},
                                                   {"12.34.567", "invalid_money"},
                                                   {"1.23,4.5", "invalid_money"},
                                                   {"1234.567,89", "invalid_money"},
                                                   {"", "invalid_money"},
                                                   {"R$", "invalid_money"},
                                                   {",", "invalid_money"},
                                                   {"50,", "invalid_money"},
                                                   {"-50", "invalid_money"},
                                                   {"1e3", "invalid_money"},
                                                   {"cinquenta", "invalid_money"},
                                                   {"29,905", "2990500"},
                                                   {"29,9055", "too_many_decimals"}}) {
    EXPECT_EQ(code_of(parse_human_money(c.text, Currency())), c.expected) << c.text;
  }
}

TEST(Money, FormatsByLocale) {
  Money money{123450, Currency()};
  EXPECT_EQ(format_money(money, Locale::pt_br), "R$ 1.234,50");
  EXPECT_EQ(format_money(money, Locale::en), "R$1,234.50");
  EXPECT_EQ(format_money(money, Locale::es), "R$ 1.234,50");
  EXPECT_EQ(format_money({5, Currency()}, Locale::pt_br), "R$ 0,05");
  EXPECT_EQ(format_money({-5, Currency()}, Locale::pt_br), "-R$ 0,05");
  EXPECT_EQ(format_money({1500, currency("JPY")}, Locale::en), "¥1,500");
  EXPECT_EQ(format_money({1500, currency("CHF")}, Locale::en), "CHF 15.00");
  EXPECT_EQ(format_money({INT64_MIN, Currency()}, Locale::en), "-R$92,233,720,368,547,758.08");
}

TEST(Money, SumsAndProductsDoNotOverflow) {
  Money big{INT64_MAX, Currency()};
  EXPECT_EQ(code_of(add(big, {1, Currency()})), "out_of_range");
  EXPECT_EQ(code_of(multiply(big, 2)), "out_of_range");
  EXPECT_EQ(code_of(add({1, Currency()}, {1, currency("USD")})), "currency_mismatch");
  EXPECT_EQ(add({1, Currency()}, {2, Currency()})->amount, 3);
  EXPECT_EQ(multiply({250, Currency()}, 3)->amount, 750);
  EXPECT_EQ(code_of(check_price({0, Currency()})), "out_of_range");
  EXPECT_EQ(code_of(check_price({kMaxAmount + 1, Currency()})), "out_of_range");
  EXPECT_TRUE(check_price({1, Currency()}));
}

// Whatever is written is read back, in every form and currency.
RC_GTEST_PROP(MoneyProperty, FormsReadBack, ()) {
  auto code = *rc::gen::element<std::string>("BRL", "USD", "JPY", "EUR", "KWD", "CHF");
  Money money{*rc::gen::inRange<std::int64_t>(0, kMaxAmount + 1), currency(code)};
  auto locale = *rc::gen::element(Locale::pt_br, Locale::en, Locale::es);
  RC_ASSERT(parse_decimal(to_decimal(money), money.currency).value() == money);
  std::string text = format_money(money, locale);
  auto human = parse_human_money(text, money.currency);
  RC_LOG() << text;
  RC_ASSERT(human.has_value());
  RC_ASSERT(*human == money);
}

RC_GTEST_PROP(MoneyProperty, NoTextBreaksIt, (const std::string& text)) {
  for (auto outcome : {parse_decimal(text, Currency()), parse_human_money(text, Currency())}) {
    if (outcome) RC_ASSERT((outcome->amount >= 0 && outcome->amount <= kMaxAmount));
  }
}

} // namespace
} // namespace renova::domain

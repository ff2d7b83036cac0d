// Money as integer minor units and an ISO 4217 code; never a floating-point number.
#pragma once

#include "base/result.hpp"
#include "domain/locale.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace renova::domain {

// The largest amount that anything may cost, in minor units: 99,999,999.99 of a currency with two decimals.
inline constexpr std::int64_t kMaxAmount = 99'999'999'99;

// Three upper-case letters of ISO 4217. Any well-formed code is accepted; minor digits default to two.
class Currency {
 public:
  constexpr Currency() = default;                       // BRL
  static result<Currency> parse(std::string_view text); // error: invalid_currency

  std::string_view code() const { return {code_.data(), code_.size()}; }
  int minor_digits() const; // ISO 4217: JPY 0, KWD 3, BRL 2

  friend bool operator==(const Currency&, const Currency&) = default;

 private:
  std::array<char, 3> code_{'B', 'R', 'L'};
};

struct Money {
  std::int64_t amount = 0; // minor units
  Currency currency;
  friend bool operator==(const Money&, const Money&) = default;
};

// Reads "50", "50.00", "0.5": digits, at most one point, at most the currency's decimals; no sign, exponent,
// blank or grouping. The form of prices in the API. Errors: invalid_money, too_many_decimals, out_of_range.
result<Money> parse_decimal(std::string_view text, Currency currency);

// Reads what people type and spreadsheets export: "R$ 1.234,50", "1,234.50", "29.9", "29,9", "1 234,50",
// "1.234". The last separator is the decimal one, unless it groups exactly three digits ("1.234" is 1234 in a
// currency with two decimals). Same errors as parse_decimal.
result<Money> parse_human_money(std::string_view text, Currency currency);

// "50.00", "1500" (JPY): what parse_decimal reads.
std::string to_decimal(const Money& money);

// "R$ 1.234,50" (pt-BR, plain blank), "R$1,234.50" (en), "R$ 1.234,50" (es); other currencies by symbol or
// code.
std::string format_money(const Money& money, Locale locale);

// Sums and products that would overflow, or that mix currencies, are errors (out_of_range,
// currency_mismatch).
result<Money> add(const Money& a, const Money& b);
result<Money> multiply(const Money& money, std::int64_t times);

// A price: > 0 and ≤ kMaxAmount. Error: out_of_range.
result<Money> check_price(const Money& money);

} // namespace renova::domain

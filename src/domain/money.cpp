#include "domain/money.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <vector>

namespace renova::domain {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error invalid() { return field_error("", "invalid_money", "must be an amount such as 50.00"); }
Error out_of_range() {
  return field_error("", "out_of_range",
                     "must be more than 0 and at most 99,999,999.99 (in minor units 9999999999)");
}

// The amount of `whole` and `fraction`, both digits only, scaled to the currency's minor units.
result<Money> assemble(std::string_view whole, std::string_view fraction, Currency currency) {
  auto decimals = static_cast<std::size_t>(currency.minor_digits());
  // More decimals than the currency has are fine as long as they are zeros ("50.000" yen is not our reading,
  // "50.00" is 50).
  while (fraction.size() > decimals && fraction.back() == '0') fraction.remove_suffix(1);
  if (fraction.size() > decimals) {
    return field_error(
        "", "too_many_decimals",
        "may have at most " + std::to_string(decimals) + " decimals in " + std::string(currency.code()));
  }
  std::int64_t amount = 0;
  auto push = [&](char digit) {
    amount = amount * 10 + (digit - '0');
    return amount <= kMaxAmount;
  };
  for (char c : whole) {
    if (!push(c)) return out_of_range();
  }
  for (std::size_t i = 0; i < decimals; ++i) {
    if (!push(i < fraction.size() ? fraction[i] : '0')) return out_of_range();
  }
  return Money{amount, currency};
}

struct Symbol {
  std::string_view code;
  std::string_view symbol;
};
constexpr Symbol kSymbols[] = {{"BRL", "R$"}, {"USD", "$"},  {"EUR", "€"}, {"GBP", "£"},   {"JPY", "¥"},
                               {"MXN", "$"},  {"ARS", "$"},  {"CLP", "$"}, {"COP", "$"},   {"UYU", "$"},
                               {"PEN", "S/"}, {"BOB", "Bs"}, {"PYG", "₲"}, {"CAD", "CA$"}, {"AUD", "A$"}};

// Takes a currency symbol or code, and signs of a blank, off both ends: what is left must be digits and
// separators.
std::string_view strip_symbol(std::string_view text, Currency currency) {
  auto strip = [&](std::string_view symbol) {
    if (symbol.empty() || text.size() < symbol.size()) return;
    if (equals_ignoring_case(text.substr(0, symbol.size()), symbol)) {
      text = trim(text.substr(symbol.size()));
    } else if (equals_ignoring_case(text.substr(text.size() - symbol.size()), symbol)) {
      text = trim(text.substr(0, text.size() - symbol.size()));
    }
  };
  text = trim(text);
  strip(currency.code());
  for (const Symbol& known : kSymbols) {
    if (known.code == currency.code()) strip(known.symbol);
  }
  strip("$");
  return text;
}

// Group separators must stand between groups of three: "1.234.567", not "12.34.567".
bool groups_well(std::string_view whole, char separator) {
  std::size_t at = whole.find(separator);
  if (at == std::string_view::npos) return true;
  if (at == 0 || at > 3) return false;
  while (at != std::string_view::npos) {
    std::size_t next = whole.find(separator, at + 1);
    std::size_t end = next == std::string_view::npos ? whole.size() : next;
    if (end - at != 4) return false;
    at = next;
  }
  return true;
}

std::string grouped(std::string digits, char separator) {
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, separator);
  return digits;
}

// Whole and fractional digits of the absolute amount.
std::pair<std::string, std::string> split(const Money& money) {
  auto decimals = static_cast<std::size_t>(money.currency.minor_digits());
  std::uint64_t magnitude = money.amount < 0 ? 0 - static_cast<std::uint64_t>(money.amount)
                                             : static_cast<std::uint64_t>(money.amount);
  std::string digits = std::to_string(magnitude);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  return {digits.substr(0, digits.size() - decimals), digits.substr(digits.size() - decimals)};
}

} // namespace

result<Currency> Currency::parse(std::string_view text) {
  if (text.size() != 3 ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return field_error("", "invalid_currency",
                       "must be a currency code of three capital letters, such as BRL");
  }
  Currency currency;
  std::copy(text.begin(), text.end(), currency.code_.begin());
  return currency;
}

int Currency::minor_digits() const {
  // ISO 4217, table A.1: everything that has not two.
  constexpr std::string_view kNone[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                        "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
  constexpr std::string_view kThree[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::find(std::begin(kNone), std::end(kNone), code()) != std::end(kNone)) return 0;
  if (std::find(std::begin(kThree), std::end(kThree), code()) != std::end(kThree)) return 3;
  return 2;
}

result<Money> parse_decimal(std::string_view text, Currency currency) {
  std::size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  bool digits = std::all_of(whole.begin(), whole.end(), is_digit) &&
                std::all_of(fraction.begin(), fraction.end(), is_digit);
  if (whole.empty() || !digits || (point != std::string_view::npos && fraction.empty())) return invalid();
  return assemble(whole, fraction, currency);
}

result<Money> parse_human_money(std::string_view text, Currency currency) {
  std::string compact;
  for (char c : strip_symbol(text, currency)) {
    // Blanks, apostrophes (Swiss) and the bytes of U+00A0 and U+202F group digits as well.
    bool blank =
        c == ' ' || c == '\'' || c == '\xC2' || c == '\xA0' || c == '\xE2' || c == '\x80' || c == '\xAF';
    if (!blank) compact += c;
  }
  if (compact.empty() || compact.find_first_not_of("0123456789.,") != std::string::npos) return invalid();
  std::size_t last = compact.find_last_of(".,");
  if (last == std::string::npos) return assemble(compact, {}, currency);

  char separator = compact[last];
  char other = separator == '.' ? ',' : '.';
  bool mixed = compact.find(other) != std::string::npos;
  bool repeated = std::count(compact.begin(), compact.end(), separator) > 1;
  std::string_view all = compact;
  std::string_view whole = all.substr(0, last);
  std::string_view fraction = all.substr(last + 1);
  // One kind of separator before exactly three digits groups thousands, except behind a lone zero ("0.500").
  bool grouping =
      !mixed && (repeated || (fraction.size() == 3 && whole != "0" && currency.minor_digits() != 3));
  if (grouping) {
    whole = all;
    fraction = {};
    other = separator;
  }
  if (!groups_well(whole, other) || (repeated && mixed) ||
      fraction.find_first_of(".,") != std::string_view::npos)
    return invalid();
  std::string digits;
  for (char c : whole) {
    if (is_digit(c)) digits += c;
  }
  if (digits.empty() || (fraction.empty() && !grouping)) return invalid();
  return assemble(digits, fraction, currency);
}

std::string to_decimal(const Money& money) {
  auto [whole, fraction] = split(money);
  return (money.amount < 0 ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
}

std::string format_money(const Money& money, Locale locale) {
  auto [whole, fraction] = split(money);
  bool english = locale == Locale::en;
  std::string number = grouped(whole, english ? ',' : '.');
  if (!fraction.empty()) number += (english ? "." : ",") + fraction;
  std::string symbol(money.currency.code());
  bool is_code = true;
  for (const Symbol& known : kSymbols) {
    if (known.code == money.currency.code()) {
      symbol = known.symbol;
      is_code = false;
    }
  }
  return (money.amount < 0 ? "-" : "") + symbol + (english && !is_code ? "" : " ") + number;
}

result<Money> add(const Money& a, const Money& b) {
  if (a.currency != b.currency)
    return field_error("", "currency_mismatch", "amounts of two currencies have no sum");
  Money sum{0, a.currency};
  if (__builtin_add_overflow(a.amount, b.amount, &sum.amount)) return out_of_range();
  return sum;
}

result<Money> multiply(const Money& money, std::int64_t times) {
  Money product{0, money.currency};
  if (__builtin_mul_overflow(money.amount, times, &product.amount)) return out_of_range();
  return product;
}

result<Money> check_price(const Money& money) {
  if (money.amount <= 0 || money.amount > kMaxAmount) return out_of_range();
  return money;
}

} // namespace renova::domain

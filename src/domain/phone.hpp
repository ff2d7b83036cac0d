// Phone numbers: any human format in, E.164 digits without the plus stored (PROTOCOLS.md §7).
#pragma once

#include "base/result.hpp"

#include <array>
#include <string>
#include <string_view>

namespace renova::domain {

// Two upper-case letters of ISO 3166-1: whose habits a number without a country code follows.
class Country {
 public:
  constexpr Country() = default;                       // BR
  static result<Country> parse(std::string_view text); // error: unsupported_country

  std::string_view code() const { return {code_.data(), code_.size()}; }
  // Calling code without the plus, "55" for BR.
  std::string_view calling_code() const;

  friend bool operator==(const Country&, const Country&) = default;

 private:
  std::array<char, 2> code_{'B', 'R'};
};

struct Phone {
  std::string digits;     // E.164 without the plus, 10–15 digits
  bool corrected = false; // the ninth digit was missing and was added: worth showing to the owner
  bool landline = false;  // a Brazilian fixed number: WhatsApp Business can live there, most do not
  friend bool operator==(const Phone&, const Phone&) = default;
};

// Reads "+55 (11) 98765-4321", "011 98765-4321", "0 15 11 98765-4321", "tel:+5511…", "https://wa.me/5511…".
// Errors: required, invalid_phone, area_code_missing, unknown_area_code, country_code_missing,
// unknown_country_code, scientific_notation (a spreadsheet's "5,51199E+12" has lost digits).
result<Phone> parse_phone(std::string_view text, Country country);

// What finds the same person whether or not a gateway's id carries the ninth digit: DDD + last eight digits
// for Brazil, all digits elsewhere. `digits` is E.164 without the plus.
std::string match_key(std::string_view digits);

// For logs: "5511•••••4567".
std::string mask(std::string_view digits);

// For export: digits alone in the home country, with a plus elsewhere, so that import reads the same number
// again.
std::string export_phone(std::string_view digits, Country country);

// For people: "+55 11 98765-4321"; other countries "+351912345678".
std::string format_phone(std::string_view digits);

// True for the 67 area codes that ANATEL has assigned.
bool is_brazilian_area_code(int ddd);

} // namespace renova::domain

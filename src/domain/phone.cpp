#include "domain/phone.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace renova::domain {
namespace {

constexpr std::size_t kMinDigits = 10;
constexpr std::size_t kMaxDigits = 15;     // E.164
constexpr std::size_t kMaxPhoneText = 100; // bytes of what people type

struct Plan {
  std::string_view country;
  std::string_view calling_code;
  std::size_t min; // national significant number, without a trunk prefix
  std::size_t max;
  bool trunk_zero; // numbers are dialled with a 0 in front at home
};
// ITU E.164 assignments and national plans of where Renova's clients live; other countries are accepted with
// their plus sign and a plausible length.
constexpr Plan kPlans[] = {
    {"BR", "55", 10, 11, true}, {"PT", "351", 9, 9, false},  {"US", "1", 10, 10, false},
    {"CA", "1", 10, 10, false}, {"ES", "34", 9, 9, false},   {"MX", "52", 10, 10, false},
    {"AR", "54", 10, 11, true}, {"CO", "57", 10, 10, false}, {"CL", "56", 9, 9, false},
    {"PE", "51", 8, 9, true},   {"UY", "598", 7, 8, true},   {"PY", "595", 7, 9, true},
    {"BO", "591", 8, 8, false}, {"EC", "593", 8, 9, true},   {"VE", "58", 10, 10, true},
    {"GB", "44", 9, 10, true},  {"IE", "353", 7, 9, true},   {"FR", "33", 9, 9, true},
    {"DE", "49", 8, 11, true},  {"IT", "39", 8, 11, false},  {"CH", "41", 9, 9, true},
    {"NL", "31", 9, 9, true},   {"BE", "32", 8, 9, true},    {"LU", "352", 7, 9, false},
    {"AO", "244", 9, 9, false}, {"MZ", "258", 8, 9, false},  {"CV", "238", 7, 7, false},
    {"GT", "502", 8, 8, false}, {"SV", "503", 8, 8, false},  {"HN", "504", 8, 8, false},
    {"NI", "505", 8, 8, false}, {"CR", "506", 8, 8, false},  {"PA", "507", 7, 8, false},
    {"CU", "53", 8, 8, true},   {"JP", "81", 9, 10, true},   {"AU", "61", 9, 9, true},
    {"IL", "972", 8, 9, true},  {"IN", "91", 10, 10, true},  {"AE", "971", 8, 9, true},
    {"ZA", "27", 9, 9, true}};

// The first digits of every assigned calling code (ITU-T E.164, list of assigned country codes): of two or
// three digits.
constexpr std::string_view kTwoDigitCodes[] = {
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
    "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
    "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"};
constexpr std::string_view kThreeDigitZones[] = {"21", "22", "23", "24", "25", "26", "29", "35",
                                                 "37", "38", "42", "50", "59", "67", "68", "69",
                                                 "80", "85", "87", "88", "96", "97", "99"};

const Plan* plan_of(std::string_view country) {
  for (const Plan& plan : kPlans) {
    if (plan.country == country) return &plan;
  }
  return nullptr;
}

Error invalid(std::string_view code, std::string_view detail) {
  return field_error("", std::string(code), std::string(detail));
}
Error invalid_phone() { return invalid("invalid_phone", "must be a phone number with its area code"); }

// What was typed, without decoration.
struct Typed {
  std::string digits;
  bool international = false; // began with + or 00
};

result<Typed> strip(std::string_view text) {
  text = trim(text);
  if (text.empty()) return invalid("required", "must not be empty");
  if (text.size() > kMaxPhoneText) return invalid_phone();
  for (std::string_view scheme : {"tel:", "whatsapp:", "https://wa.me/", "http://wa.me/", "wa.me/"}) {
    if (text.size() > scheme.size() && equals_ignoring_case(text.substr(0, scheme.size()), scheme)) {
      text = trim(text.substr(scheme.size()));
      break;
    }
  }
  // A spreadsheet's number: "5511987654321.0" is harmless, "5,51198765E+12" has lost digits.
  if (text.size() > 12 && text.substr(text.size() - 2) == ".0") text.remove_suffix(2);
  std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos && exponent > 0 && exponent + 1 < text.size() &&
      text.find_first_not_of("0123456789.,+eE") == std::string_view::npos) {
    return invalid("scientific_notation",
                   "is a number whose last digits a spreadsheet has cut; format the column as text");
  }
  Typed typed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= '0' && c <= '9') {
      typed.digits += c;
    } else if (c == '+') {
      if (!typed.digits.empty() || typed.international) return invalid_phone();
      typed.international = true;
    } else if (std::string_view("()-./ \t").find(c) == std::string_view::npos &&
               static_cast<unsigned char>(c) < 0x80) {
      return invalid_phone();
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      // No-break and thin blanks, typographic dashes and direction marks, as copied from web pages.
      std::string_view three = text.substr(i, 3);
      std::string_view two = text.substr(i, 2);
      bool dash = three.size() == 3 && three[0] == '\xE2' && three[1] == '\x80' &&
                  static_cast<unsigned char>(three[2]) <= 0xAF;
      if (two != "\xC2\xA0" && !dash) return invalid_phone();
      i += dash ? 2 : 1;
    }
  }
  if (!typed.international && typed.digits.size() >= 12 && typed.digits.compare(0, 2, "00") == 0) {
    typed.digits.erase(0, 2);
    typed.international = true;
  }
  if (typed.digits.empty()) return invalid_phone();
  return typed;
}

// The national number, area code first, as a Brazilian one.
result<Phone> brazilian(std::string national) {
  if (national.size() == 8 || national.size() == 9) {
    return invalid("area_code_missing", "needs its area code (DDD)");
  }
  if (national.size() != 10 && national.size() != 11) return invalid_phone();
  if (!is_brazilian_area_code((national[0] - '0') * 10 + (national[1] - '0'))) {
    return invalid("unknown_area_code", "has an area code (DDD) that does not exist");
  }
  char first = national[2];
  Phone phone;
  if (national.size() == 11) {
    if (first != '9') return invalid_phone();
  } else if (first >= '2' && first <= '5') {
    phone.landline = true;
  } else if (first >= '6') {
    // A mobile of before 2016: all of them got a 9 in front.
    national.insert(2, 1, '9');
    phone.corrected = true;
  } else {
    return invalid_phone();
  }
  phone.digits = "55" + national;
  return phone;
}

// Digits of a Brazilian text without an international prefix (PROTOCOLS.md §7, clean-up).
result<Phone> brazilian_local(std::string digits) {
  if (digits[0] == '0') {
    std::size_t zeros = digits.find_first_not_of('0');
    digits.erase(0, zeros == std::string::npos ? digits.size() : zeros);
    // Long-distance calls name a carrier of two digits between the 0 and the area code. "0 55 11 9…" names a
    // country.
    bool country = digits.compare(0, 2, "55") == 0;
    if ((digits.size() == 12 || digits.size() == 13) && !country) digits.erase(0, 2);
  }
  // 10 and 11 digits are national even when they begin with 55: that is the area code of Santa Maria.
  if ((digits.size() == 12 || digits.size() == 13) && digits.compare(0, 2, "55") == 0) digits.erase(0, 2);
  return brazilian(std::move(digits));
}

bool is_assigned_code(std::string_view digits) {
  if (digits[0] == '1' || digits[0] == '7') return true;
  std::string_view two = digits.substr(0, 2);
  auto is_two = [&](std::string_view code) { return code == two; };
  return std::any_of(std::begin(kTwoDigitCodes), std::end(kTwoDigitCodes), is_two) ||
         std::any_of(std::begin(kThreeDigitZones), std::end(kThreeDigitZones), is_two);
}

// The number of a known plan from what follows its calling code, or nothing when the length is wrong.
std::optional<Phone> of_plan(const Plan& plan, std::string national) {
  if (plan.trunk_zero) {
    if (national.starts_with('0')) national.erase(0, 1);
    if (national.starts_with('0')) return std::nullopt;
  }
  // Mexican mobiles used to be written +52 1; the 1 was dropped in 2019.
  if (plan.country == "MX" && national.size() == 11 && national[0] == '1') national.erase(0, 1);
  if (national.size() < plan.min || national.size() > plan.max) return std::nullopt;
  // North America: area codes and exchanges begin with 2–9.
  if (plan.calling_code == "1" && (national[0] < '2' || national[3] < '2')) return std::nullopt;
  Phone phone;
  phone.digits = std::string(plan.calling_code) + national;
  if (phone.digits.size() < kMinDigits || phone.digits.size() > kMaxDigits) return std::nullopt;
  return phone;
}

// Digits that begin with a calling code.
result<Phone> international(std::string digits) {
  if (digits[0] == '0') return invalid("unknown_country_code", "has a country code that does not exist");
  if (digits.compare(0, 2, "55") == 0) {
    std::string national = digits.substr(2);
    if (!national.empty() && national[0] == '0') national.erase(0, 1); // "+55 (0)11 …"
    return brazilian(std::move(national));
  }
  for (const Plan& plan : kPlans) {
    if (digits.compare(0, plan.calling_code.size(), plan.calling_code) != 0) continue;
    std::optional<Phone> phone = of_plan(plan, digits.substr(plan.calling_code.size()));
    if (phone) return *phone;
    return invalid_phone();
  }
  if (!is_assigned_code(digits))
    return invalid("unknown_country_code", "has a country code that does not exist");
  if (digits.size() < kMinDigits || digits.size() > kMaxDigits) return invalid_phone();
  Phone phone;
  phone.digits = std::move(digits);
  return phone;
}

// A foreign number that lost its plus: only where it is long enough that no home number looks like it.
std::optional<Phone> foreign_without_plus(const std::string& digits) {
  if (digits.size() < 12 || digits[0] == '0') return std::nullopt;
  for (const Plan& plan : kPlans) {
    if (plan.country == "BR" || digits.compare(0, plan.calling_code.size(), plan.calling_code) != 0) continue;
    return of_plan(plan, digits.substr(plan.calling_code.size()));
  }
  return std::nullopt;
}

result<Phone> local(const Plan& plan, const std::string& digits) {
  std::optional<Phone> home = of_plan(plan, digits);
  if (home) return *home;
  if (digits.compare(0, plan.calling_code.size(), plan.calling_code) == 0) {
    std::optional<Phone> full = of_plan(plan, digits.substr(plan.calling_code.size()));
    if (full) return *full;
  }
  if (digits.size() < plan.min) return invalid("area_code_missing", "is too short for a full number");
  if (digits.size() >= 12) return invalid("country_code_missing", "needs + and its country code");
  return invalid_phone();
}

} // namespace

result<Country> Country::parse(std::string_view text) {
  if (!plan_of(text)) return field_error("", "unsupported_country", "must be a country code such as BR");
  Country country;
  std::copy(text.begin(), text.end(), country.code_.begin());
  return country;
}

std::string_view Country::calling_code() const { return plan_of(code())->calling_code; }

bool is_brazilian_area_code(int ddd) {
  // ANATEL's numbering plan: every second digit but 0, except those that were never assigned.
  if (ddd < 11 || ddd > 99 || ddd % 10 == 0) return false;
  constexpr int kUnassigned[] = {23, 25, 26, 29, 36, 39, 52, 56, 57, 58, 59, 72, 76, 78};
  return std::find(std::begin(kUnassigned), std::end(kUnassigned), ddd) == std::end(kUnassigned);
}

result<Phone> parse_phone(std::string_view text, Country country) {
  TRY(Typed typed, strip(text));
  if (typed.international) return international(std::move(typed.digits));
  if (country.code() != "BR") return local(*plan_of(country.code()), typed.digits);
  auto home = brazilian_local(typed.digits);
  if (home) return home;
  std::optional<Phone> foreign = foreign_without_plus(typed.digits);
  if (foreign && typed.digits.compare(0, 2, "55") != 0) return *foreign;
  return home;
}

std::string match_key(std::string_view digits) {
  if (digits.substr(0, 2) != "55" || (digits.size() != 12 && digits.size() != 13)) return std::string(digits);
  return std::string(digits.substr(2, 2)) + std::string(digits.substr(digits.size() - 8));
}

std::string mask(std::string_view digits) {
  constexpr std::size_t kShown = 4;
  if (digits.size() < 2 * kShown + 1) return "•••••";
  std::string masked(digits.substr(0, kShown));
  for (std::size_t i = 2 * kShown; i < digits.size(); ++i) masked += "•";
  return masked + std::string(digits.substr(digits.size() - kShown));
}

std::string export_phone(std::string_view digits, Country country) {
  std::string_view code = country.calling_code();
  return (digits.substr(0, code.size()) == code ? "" : "+") + std::string(digits);
}

std::string format_phone(std::string_view digits) {
  std::string all(digits);
  if (all.compare(0, 2, "55") != 0 || (all.size() != 12 && all.size() != 13)) return "+" + all;
  return "+55 " + all.substr(2, 2) + " " + all.substr(4, all.size() - 8) + "-" + all.substr(all.size() - 4);
}

} // namespace renova::domain

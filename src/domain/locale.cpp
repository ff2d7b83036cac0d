#include "domain/locale.hpp"

#include "base/text.hpp"
#include "domain/enum_text.hpp"

#include <cstdio>

namespace renova::domain {
namespace {

constexpr std::array<std::string_view, 3> kLocales{"pt-BR", "en", "es"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

} // namespace

std::string_view to_text(Locale locale) { return enum_to_text(kLocales, locale); }
bool from_text(std::string_view text, Locale& out) { return enum_from_text(kLocales, text, out); }

result<Locale> parse_locale(std::string_view text) {
  std::string language = to_lower(text.substr(0, text.find_first_of("-_")));
  if (language == "pt") return Locale::pt_br;
  if (language == "en") return Locale::en;
  if (language == "es") return Locale::es;
  return field_error("", "unsupported_locale", "must be pt-BR, en or es");
}

std::string format_date(Date date, Locale locale) {
  char buffer[32];
  int n = 0;
  if (locale == Locale::en) {
    n = std::snprintf(buffer, sizeof buffer, "%s %u, %04d", kMonths[date.month() - 1].data(), date.day(),
                      date.year());
  } else {
    n = std::snprintf(buffer, sizeof buffer, "%02u/%02u/%04d", date.day(), date.month(), date.year());
  }
  return std::string(buffer, static_cast<std::size_t>(n));
}

} // namespace renova::domain

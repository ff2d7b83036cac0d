// Single cells of imports and exports: dates, statuses, tags, amounts.
#include "base/text.hpp"
#include "domain/import_row.hpp"
#include "domain/import_text.hpp"

#include <algorithm>
#include <charconv>

namespace renova::domain {
namespace {

Error invalid_date() { return field_error("", "invalid_date", "must be a date such as 31/12/2026"); }

std::optional<int> number(std::string_view text, std::size_t min_digits, std::size_t max_digits) {
  if (text.size() < min_digits || text.size() > max_digits) return std::nullopt;
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text[0] == '-') return std::nullopt;
  return value;
}

result<Date> real_date(int year, int month, int day) {
  if (year < 1900 || year > 2199 || month < 1 || month > 12) return invalid_date();
  if (day < 1 || static_cast<unsigned>(day) > days_in_month(year, static_cast<unsigned>(month)))
    return invalid_date();
  return Date::of(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

// "12", "dez", "dezembro", "december": the first three letters tell the month in all three languages.
std::optional<int> month_of(std::string_view text) {
  if (auto plain = number(text, 1, 2)) return plain;
  static constexpr std::array<std::string_view, 12> kNames{"jan",     "fev feb", "mar", "abr apr",
                                                           "mai may", "jun",     "jul", "ago aug",
                                                           "set sep", "out oct", "nov", "dez dec dic"};
  std::string folded = fold(text.substr(0, 20)).substr(0, 3);
  if (folded.size() < 3) return std::nullopt;
  if (folded == "ene") return 1;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i].find(folded) % 4 == 0) return static_cast<int>(i) + 1;
  }
  return std::nullopt;
}

// Days since 1899-12-30, perhaps with a time of day as the fraction.
std::optional<Date> excel_serial(std::string_view text) {
  constexpr int kFirst = 19'725; // 1954-01-01
  constexpr int kLast = 80'353;  // 2119-12-31
  std::size_t point = text.find_first_of(".,");
  if (point != std::string_view::npos &&
      text.find_first_not_of("0123456789", point + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  auto serial = number(text.substr(0, point), 5, 5);
  if (!serial || *serial < kFirst || *serial > kLast) return std::nullopt;
  return Date::of(1899, 12, 30) + *serial;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> out;
  while (true) {
    std::size_t at = text.find_first_of(separators);
    out.push_back(trim(text.substr(0, at)));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

} // namespace

result<Date> parse_import_date(std::string_view text, bool month_first) {
  text = trim(text);
  if (text.size() > 40) return invalid_date();
  if (auto serial = excel_serial(text)) return *serial;
  // A time of day behind the date does not matter.
  text = trim(text.substr(0, text.find_first_of(" ,", std::min<std::size_t>(text.size(), 6))));
  if (text.size() > 10 && text[10] == 'T') text = text.substr(0, 10);
  if (auto packed = number(text, 8, 8)) return real_date(*packed / 10000, *packed / 100 % 100, *packed % 100);
  std::vector<std::string_view> parts = split(text, "/-.");
  if (parts.size() != 3) return invalid_date();
  if (auto year = number(parts[0], 4, 4)) {
    auto month = month_of(parts[1]);
    auto day = number(parts[2], 1, 2);
    return month && day ? real_date(*year, *month, *day) : result<Date>(invalid_date());
  }
  auto year = number(parts[2], 4, 4);
  if (!year) {
    year = number(parts[2], 2, 2);
    if (year) *year += 2000;
  }
  auto day = number(parts[month_first ? 1 : 0], 1, 2);
  auto month = month_of(parts[month_first ? 0 : 1]);
  return year && month && day ? real_date(*year, *month, *day) : result<Date>(invalid_date());
}

std::optional<PaymentStatus> parse_import_status(std::string_view text) {
  struct Word {
    std::string_view key;
    PaymentStatus status;
  };
  static constexpr Word kWords[] = {{"pago", PaymentStatus::paid},
                                    {"paga", PaymentStatus::paid},
                                    {"paid", PaymentStatus::paid},
                                    {"pagado", PaymentStatus::paid},
                                    {"emdia", PaymentStatus::paid},
                                    {"quitado", PaymentStatus::paid},
                                    {"ok", PaymentStatus::paid},
                                    {"sim", PaymentStatus::paid},
                                    {"yes", PaymentStatus::paid},
                                    {"pendente", PaymentStatus::pending},
                                    {"pending", PaymentStatus::pending},
                                    {"pendiente", PaymentStatus::pending},
                                    {"aberto", PaymentStatus::pending},
                                    {"emaberto", PaymentStatus::pending},
                                    {"unpaid", PaymentStatus::pending},
                                    {"open", PaymentStatus::pending},
                                    {"aguardando", PaymentStatus::pending},
                                    {"nao", PaymentStatus::pending},
                                    {"no", PaymentStatus::pending},
                                    {"naopago", PaymentStatus::pending},
                                    {"vencido", PaymentStatus::overdue},
                                    {"vencida", PaymentStatus::overdue},
                                    {"atrasado", PaymentStatus::overdue},
                                    {"atrasada", PaymentStatus::overdue},
                                    {"ematraso", PaymentStatus::overdue},
                                    {"inadimplente", PaymentStatus::overdue},
                                    {"overdue", PaymentStatus::overdue},
                                    {"late", PaymentStatus::overdue},
                                    {"expirado", PaymentStatus::overdue},
                                    {"expired", PaymentStatus::overdue},
                                    {"devedor", PaymentStatus::overdue}};
  std::string key = import_key(text);
  for (const Word& word : kWords) {
    if (word.key == key) return word.status;
  }
  return std::nullopt;
}

std::vector<std::string> split_tags(std::string_view text) {
  std::vector<std::string> tags;
  for (std::string_view tag : split(text, ",;|\n")) {
    if (!tag.empty()) tags.emplace_back(tag);
  }
  return tags;
}

std::string_view export_status(PaymentStatus status, Locale locale) {
  if (locale == Locale::en) return to_text(status);
  bool spanish = locale == Locale::es;
  switch (status) {
    case PaymentStatus::paid:
      return spanish ? "pagado" : "pago";
    case PaymentStatus::pending:
      return spanish ? "pendiente" : "pendente";
    case PaymentStatus::overdue:
      break;
  }
  return "vencido";
}

std::string export_value(const Money& money, Locale locale) {
  std::string text = to_decimal(money);
  if (locale != Locale::en) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

std::string export_date(Date date, Locale locale) {
  return locale == Locale::en ? to_string(date) : format_date(date, locale);
}

} // namespace renova::domain

#include "services/legacy_values.hpp"

#include "base/text.hpp"
#include "domain/import_row.hpp"
#include "domain/text_rules.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <cmath>

namespace renova::services::legacy {
namespace {

namespace json = boost::json;

std::string shortest(double number) {
  char buffer[64];
  auto format = std::abs(number) < 1e18 ? std::chars_format::fixed : std::chars_format::general;
  auto end = std::to_chars(buffer, buffer + sizeof buffer, number, format);
  return end.ec == std::errc() ? std::string(buffer, end.ptr) : std::string();
}

std::string rounded(double number, int decimals) {
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed, decimals);
  return end.ec == std::errc() ? std::string(buffer, end.ptr) : std::string();
}

// The whole number that `text` is.
std::optional<int> number(std::string_view text) {
  int value = 0;
  auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size() || value < 0) return {};
  return value;
}

// "[15/01/2025 10:22] " at the beginning of a line: its instant, and the length of the stamp.
struct Stamp {
  Instant at;
  std::size_t length = 0;
};
std::optional<Stamp> stamp_of(std::string_view line, const domain::TimeZone& zone) {
  constexpr std::size_t kStamp = sizeof("[15/01/2025 10:22]") - 1;
  if (line.size() < kStamp || line[0] != '[' || line[kStamp - 1] != ']' || line[11] != ' ') return {};
  auto date = domain::parse_import_date(line.substr(1, 10));
  auto minutes = domain::parse_time_of_day(line.substr(12, 5));
  if (date.has_error() || minutes.has_error()) return {};
  return Stamp{zone.at_local(*date, *minutes), kStamp};
}

void add_note(std::vector<ImportNote>& notes, std::string_view text, std::optional<Instant> at) {
  std::string clean = strip_control(text);
  std::string_view rest = trim(clean);
  while (!rest.empty()) {
    std::string_view part = prefix(rest, domain::kMaxNoteLength);
    notes.push_back({std::string(trim(part)), at});
    rest = trim(rest.substr(part.size()));
  }
}

} // namespace

std::string text_of(const json::value* value) {
  if (!value || value->is_null()) return {};
  if (value->is_string()) return std::string(value->get_string().data(), value->get_string().size());
  if (value->is_double()) return shortest(value->get_double());
  return json::serialize(*value);
}

result<domain::Money> money_of(const json::value* value, domain::Currency currency) {
  std::string text = text_of(value);
  if (trim(text).empty()) return field_error("", "required", "a price is missing");
  if (value->is_double()) {
    double amount = value->get_double();
    if (!std::isfinite(amount) || amount < 0 || amount > 1e15) {
      return field_error("", "out_of_range", "a price must be greater than 0");
    }
    text = rounded(amount, currency.minor_digits());
  } else if (value->is_bool() || value->is_structured()) {
    return field_error("", "invalid_money", "a price must be a number");
  }
  if (text.front() == '-') return field_error("", "out_of_range", "a price must be greater than 0");
  TRY(domain::Money money,
      value->is_string() ? domain::parse_human_money(text, currency) : domain::parse_decimal(text, currency));
  return domain::check_price(money);
}

result<int> time_of(std::string_view text) {
  text = trim(text);
  std::size_t colon = text.find(':');
  auto hours = number(text.substr(0, std::min<std::size_t>(colon, 3)));
  auto minutes = colon == std::string_view::npos ? std::nullopt : number(text.substr(colon + 1, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return field_error("", "invalid_time", "a time must be HH:MM");
  }
  return *hours * 60 + *minutes;
}

result<Instant> instant_of(std::string_view text, const domain::TimeZone& zone) {
  text = trim(text);
  if (auto exact = parse_instant(text); exact.has_value()) return *exact;
  TRY(Date date, parse_date(text.substr(0, 10)));
  if (text.size() == 10) return zone.at_local(date, 0);
  if (text[10] != 'T' && text[10] != ' ') return Error(ErrorCode::malformed, "not a time");
  // Seconds and their decimals by the same reader, as if the clock were UTC's.
  std::string iso(text);
  iso[10] = 'T';
  if (iso.size() == 16) iso += ":00";
  TRY(Instant wall, parse_instant(iso + "Z"));
  constexpr std::int64_t kMinute = 60'000'000;
  std::int64_t of_day = wall.us - std::int64_t{date.days} * 86'400'000'000;
  Instant minute = zone.at_local(date, static_cast<int>(of_day / kMinute));
  return minute + Duration(of_day % kMinute);
}

std::vector<ImportNote> notes_of(std::string_view observations, const domain::TimeZone& zone) {
  std::vector<ImportNote> notes;
  std::string text;
  std::optional<Instant> at;
  while (!observations.empty()) {
    std::size_t end = observations.find('\n');
    std::string_view line = observations.substr(0, end);
    observations.remove_prefix(end == std::string_view::npos ? observations.size() : end + 1);
    if (auto stamp = stamp_of(trim(line), zone)) {
      add_note(notes, text, at);
      at = stamp->at;
      text = trim(line).substr(stamp->length);
    } else {
      text += '\n';
      text += line;
    }
  }
  add_note(notes, text, at);
  return notes;
}

} // namespace renova::services::legacy

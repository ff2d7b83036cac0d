// The character classes and small text rules that the parsers of this layer share.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace renova::http::syntax {

using CharSet = std::array<bool, 256>;

constexpr CharSet make_set(std::string_view characters, bool letters_and_digits) {
  CharSet set{};
  for (const char c : characters) set[static_cast<unsigned char>(c)] = true;
  if (letters_and_digits) {
    for (int c = '0'; c <= '9'; ++c) set[static_cast<std::size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c) set[static_cast<std::size_t>(c)] = true;
    for (int c = 'A'; c <= 'Z'; ++c) set[static_cast<std::size_t>(c)] = true;
  }
  return set;
}

// RFC 9110 §5.6.2.
inline constexpr CharSet kToken = make_set("!#$%&'*+-.^_`|~", true);
// RFC 3986 §3.3: pchar, the slash and the percent sign.
inline constexpr CharSet kPath = make_set("-._~!$&'()*+,;=:@/%", true);
// RFC 3986 §3.2.2, as far as a Host field may use it: reg-name, IP literals, port.
inline constexpr CharSet kHost = make_set("-._~!$&'()*+,;=:[]%", true);
// RFC 3986 §2.3.
inline constexpr CharSet kUnreserved = make_set("-._~", true);

// RFC 9110 §5.5: visible characters, blank, tab and obs-text; no other control character.
constexpr CharSet make_field_value() {
  CharSet set{};
  for (std::size_t c = 0; c < 256; ++c) set[c] = c == '\t' || (c >= 0x20 && c != 0x7f);
  return set;
}
inline constexpr CharSet kFieldValue = make_field_value();

constexpr bool all_of(std::string_view text, const CharSet& set) {
  for (const char c : text)
    if (!set[static_cast<unsigned char>(c)]) return false;
  return true;
}

constexpr bool is_token(std::string_view text) { return !text.empty() && all_of(text, kToken); }

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Without blanks and tabs at both ends (OWS, RFC 9110 §5.6.3).
constexpr std::string_view trim_ows(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes the text before the next `separator` (or all of it) from the front of `rest`.
constexpr std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto piece = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return piece;
}

// Appends the percent-decoded text to `out`; false for an escape that is not two hex digits.
bool percent_decode(std::string_view text, bool plus_is_blank, std::string& out);

} // namespace renova::http::syntax

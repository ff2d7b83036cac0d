#include "base/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace renova {
namespace {

// Reads one code point at the front and removes it; -1 when the bytes are malformed (one byte is removed).
utf8proc_int32_t take(std::string_view& text) {
  utf8proc_int32_t code_point = -1;
  auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                            static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  text.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 1);
  return n > 0 ? code_point : -1;
}

void append(std::string& out, utf8proc_int32_t code_point) {
  utf8proc_uint8_t bytes[4];
  auto n = utf8proc_encode_char(code_point, bytes);
  out.append(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(n));
}

bool is_control(utf8proc_int32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

std::string map(std::string_view text, int options) {
  utf8proc_uint8_t* raw = nullptr;
  auto n =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &raw, static_cast<utf8proc_option_t>(options));
  std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(raw, &std::free);
  if (n < 0) return std::string(text);
  return std::string(reinterpret_cast<char*>(raw), static_cast<std::size_t>(n));
}

std::string only_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto c = take(text);
    if (c >= 0) append(out, c);
  }
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

std::string one_blank_a_run(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

} // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      text.remove_prefix(1);
    } else if (take(text) < 0) {
      return false;
    }
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) take(text);
  return count;
}

std::string fold(std::string_view text) {
  if (is_ascii(text)) return one_blank_a_run(to_lower(text));
  constexpr int kOptions = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                           UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
  return one_blank_a_run(map(is_utf8(text) ? std::string(text) : only_utf8(text), kOptions));
}

std::string normalize(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  return map(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
  auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  for (bool again = true; again;) {
    again = false;
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    if (text.starts_with(kNoBreakSpace)) {
      text.remove_prefix(2);
      again = true;
    }
    if (text.ends_with(kNoBreakSpace)) {
      text.remove_suffix(2);
      again = true;
    }
  }
  return text;
}

bool has_control(std::string_view text) {
  while (!text.empty()) {
    auto c = take(text);
    if (c >= 0 && is_control(c)) return true;
  }
  return false;
}

std::string strip_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto c = take(text);
    if (c == '\r') {
      if (!text.starts_with('\n')) out += '\n';
    } else if (c == '\n' || c == '\t' || (c >= 0 && !is_control(c))) {
      append(out, c);
    }
  }
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}

std::string digits_of(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

std::string_view prefix(std::string_view text, std::size_t code_points) {
  std::string_view rest = text;
  for (; code_points > 0 && !rest.empty(); --code_points) take(rest);
  return text.substr(0, text.size() - rest.size());
}

} // namespace renova

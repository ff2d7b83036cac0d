#include "base/json.hpp"

#include "base/text.hpp"

#include <charconv>
#include <cmath>

namespace renova {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

bool needs_escape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\' || c == 0x7f; }

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (!needs_escape(c)) continue;
    out.append(text, start, i - start);
    append_escaped(out, c);
    start = i + 1;
  }
  out.append(text, start);
  out += '"';
}

// Replaces each malformed byte by U+FFFD.
std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::string_view one = prefix(text, 1);
    out += is_utf8(one) ? one : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(one.size());
  }
  return out;
}

} // namespace

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
  } else if (has_element_.back()) {
    out_ += ',';
  }
  has_element_.back() = true;
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  has_element_.push_back(false);
}

void JsonWriter::close(char bracket) {
  out_ += bracket;
  has_element_.pop_back();
}

void JsonWriter::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_ += ':';
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) {
  separate();
  if (is_utf8(text)) {
    append_string(out_, text);
  } else {
    append_string(out_, repaired(text));
  }
}

void JsonWriter::value(bool b) { raw(b ? "true" : "false"); }

void JsonWriter::value(std::int64_t number) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  raw({buffer, static_cast<std::size_t>(end - buffer)});
}

void JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  raw({buffer, static_cast<std::size_t>(end - buffer)});
}

void JsonWriter::value(Instant instant) {
  separate();
  out_ += '"';
  out_ += to_string(instant);
  out_ += '"';
}

void JsonWriter::value(Date date) {
  separate();
  out_ += '"';
  out_ += to_string(date);
  out_ += '"';
}

void JsonWriter::null() { raw("null"); }

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

std::string json_quoted(std::string_view text) {
  std::string out;
  JsonWriter(out).value(text);
  return out;
}

} // namespace renova

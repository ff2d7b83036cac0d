#include "api/query_decode.hpp"

#include "base/text.hpp"

namespace renova::api {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

result<std::string> percent_decode(std::string_view text) {
  const Error malformed(ErrorCode::malformed, "the query string is not properly encoded");
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return malformed;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (out.find('\0') != out.npos || !is_utf8(out)) return malformed;
  return out;
}

} // namespace

result<QueryPairs> parse_query(std::string_view query) {
  QueryPairs pairs;
  while (!query.empty()) {
    std::size_t end = query.find('&');
    std::string_view part = query.substr(0, end);
    query = end == query.npos ? std::string_view{} : query.substr(end + 1);
    if (part.empty()) continue;
    if (pairs.size() == kQueryParametersMax) return Error(ErrorCode::malformed, "too many query parameters");
    std::size_t equals = part.find('=');
    TRY(std::string name, percent_decode(part.substr(0, equals)));
    TRY(std::string value,
        percent_decode(equals == part.npos ? std::string_view{} : part.substr(equals + 1)));
    pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

} // namespace renova::api

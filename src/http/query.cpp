#include "http/query.hpp"

#include "base/text.hpp"
#include "http/syntax.hpp"

namespace renova::http {

namespace {

result<std::string> decode(std::string_view text) {
  std::string decoded;
  if (!syntax::percent_decode(text, true, decoded))
    return Error(ErrorCode::malformed, "the query has a percent sign without two hexadecimal digits");
  if (decoded.find('\0') != std::string::npos || !is_utf8(decoded))
    return Error(ErrorCode::malformed, "the query is not UTF-8 text");
  return decoded;
}

} // namespace

result<std::vector<QueryParameter>> parse_query(std::string_view query) {
  std::vector<QueryParameter> parameters;
  while (!query.empty()) {
    std::string_view piece = syntax::take_until(query, '&');
    if (piece.empty()) continue;
    if (parameters.size() == kQueryParametersMax)
      return Error(ErrorCode::malformed, "the query has too many parameters");
    const std::string_view raw_name = syntax::take_until(piece, '=');
    TRY(std::string name, decode(raw_name));
    TRY(std::string value, decode(piece));
    parameters.push_back({std::move(name), std::move(value)});
  }
  return parameters;
}

std::string url_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (syntax::kUnreserved[byte]) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[byte >> 4];
      encoded += kHex[byte & 15];
    }
  }
  return encoded;
}

} // namespace renova::http

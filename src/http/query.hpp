// Query strings and form bodies: decoding with limits, and encoding.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace renova::http {

struct QueryParameter {
  std::string name;
  std::string value;
  friend bool operator==(const QueryParameter&, const QueryParameter&) = default;
};

// More parameters than this are refused.
inline constexpr std::size_t kQueryParametersMax = 100;

// Decodes "a=1&b=x%20y" (application/x-www-form-urlencoded: plus is a blank) in the order of the text. A name
// without an equals sign has an empty value; empty pieces are skipped; the same name may come several times.
// Error: malformed (a bad escape, NUL, invalid UTF-8, too many).
result<std::vector<QueryParameter>> parse_query(std::string_view query);

// Everything but RFC 3986's unreserved characters becomes %XX (blank too).
std::string url_encode(std::string_view text);

} // namespace renova::http

// The request target (RFC 9112 §3.2): its forms, decoding, dot segments.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace renova::http {

struct Target {
  std::string path;      // decoded, without dot segments, begins with a slash; "*" for asterisk-form
  std::string query;     // still encoded
  std::string authority; // of absolute-form: replaces the Host field (RFC 9112 §3.2.2); otherwise empty
};

// Error: malformed (a character that may not stand there, a fragment, a bad escape, NUL, invalid UTF-8, a
// scheme other than http or https, asterisk-form with a method other than OPTIONS).
result<Target> parse_target(std::string_view method, std::string_view text);

// True for a uri-host with an optional port (RFC 9110 §7.2). Not for an empty one.
bool is_host(std::string_view text);

} // namespace renova::http

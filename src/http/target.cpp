#include "http/target.hpp"

#include "base/text.hpp"
#include "http/syntax.hpp"

namespace renova::http {

namespace {

Error malformed(const char* detail) { return Error(ErrorCode::malformed, detail); }

// RFC 3986 §5.2.4 on a decoded path: "." and ".." are resolved, never above the root.
std::string without_dot_segments(std::string_view path) {
  if (path.find("/.") == std::string_view::npos) return std::string(path);
  std::string out;
  out.reserve(path.size());
  std::string_view rest = path.substr(1);
  for (bool last = false; !last;) {
    last = rest.find('/') == std::string_view::npos;
    const std::string_view segment = syntax::take_until(rest, '/');
    if (segment == "." || segment == "..") {
      if (segment == "..") out.resize(out.empty() ? 0 : out.rfind('/'));
      if (last) out += '/';
      continue;
    }
    out += '/';
    out += segment;
  }
  return out.empty() ? "/" : out;
}

result<std::string> decode_path(std::string_view raw) {
  if (!syntax::all_of(raw, syntax::kPath)) return malformed("the path has a character that must be encoded");
  if (raw.find('%') == std::string_view::npos) return without_dot_segments(raw);
  std::string decoded;
  if (!syntax::percent_decode(raw, false, decoded))
    return malformed("the path has a percent sign without two hexadecimal digits");
  if (decoded.find('\0') != std::string::npos || !is_utf8(decoded))
    return malformed("the path is not UTF-8 text");
  return without_dot_segments(decoded);
}

// The rest behind "http://" or "https://"; empty for another scheme.
std::string_view behind_scheme(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (text.size() > scheme.size() && equals_ignoring_case(text.substr(0, scheme.size()), scheme))
      return text.substr(scheme.size());
  return {};
}

} // namespace

bool is_host(std::string_view text) {
  if (text.empty() || !syntax::all_of(text, syntax::kHost)) return false;
  std::string_view port;
  if (text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    for (const char c : text.substr(1, end - 1))
      if (syntax::hex_value(c) < 0 && c != ':' && c != '.') return false;
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return false;
  } else {
    if (text.find_first_of("[]") != std::string_view::npos) return false;
    const auto colon = text.find(':');
    if (colon == 0) return false;
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (port.empty()) return true;
  port.remove_prefix(1);
  return port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos;
}

result<Target> parse_target(std::string_view method, std::string_view text) {
  Target target;
  if (text == "*") {
    if (method != "OPTIONS") return malformed("an asterisk is a target for OPTIONS only");
    target.path = "*";
    return target;
  }
  for (const char c : text)
    if (c < '!' || c > '~' || c == '#')
      return malformed("the request target has a character that must be encoded");
  if (!text.starts_with('/')) {
    const std::string_view rest = behind_scheme(text);
    if (rest.empty()) return malformed("the request target is neither a path nor an http address");
    const auto end = rest.find_first_of("/?");
    target.authority = rest.substr(0, end);
    if (!is_host(target.authority)) return malformed("the request target has no valid host");
    text = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  }
  std::string_view query = text;
  std::string_view path = syntax::take_until(query, '?');
  if (path.empty()) path = "/";
  target.query = query;
  TRY(target.path, decode_path(path));
  return target;
}

} // namespace renova::http

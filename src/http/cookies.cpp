#include "http/cookies.hpp"

#include "base/text.hpp"
#include "http/syntax.hpp"

#include <stdexcept>

namespace renova::http {

namespace {

// RFC 6265 §4.1.1: cookie-octet, without the quotes around it.
constexpr syntax::CharSet kCookieOctet = syntax::make_set("!#$%&'()*+-./:<=>?@[]^_`{|}~", true);

} // namespace

std::optional<std::string_view> find_cookie(const Headers& headers, std::string_view name) {
  for (const Header& line : headers.lines()) {
    if (!equals_ignoring_case(line.name, "Cookie")) continue;
    for (std::string_view rest = line.value; !rest.empty();) {
      std::string_view value = syntax::trim_ows(syntax::take_until(rest, ';'));
      if (value.find('=') == std::string_view::npos) continue;
      if (syntax::take_until(value, '=') != name) continue;
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      return value;
    }
  }
  return std::nullopt;
}

std::string to_string(const SetCookie& cookie) {
  if (!syntax::is_token(cookie.name) || !syntax::all_of(cookie.value, kCookieOctet) ||
      !syntax::all_of(cookie.path, syntax::kPath) || cookie.path.find(';') != std::string::npos)
    throw std::logic_error("a cookie that cannot be set: " + cookie.name);
  std::string text = cookie.name + "=" + cookie.value + "; Path=" + cookie.path;
  if (cookie.max_age) text += "; Max-Age=" + std::to_string(cookie.max_age->count());
  if (cookie.http_only) text += "; HttpOnly";
  if (cookie.secure) text += "; Secure";
  switch (cookie.same_site) {
    case SetCookie::SameSite::strict:
      return text + "; SameSite=Strict";
    case SetCookie::SameSite::lax:
      return text + "; SameSite=Lax";
    case SetCookie::SameSite::none:
      break;
  }
  return text + "; SameSite=None";
}

} // namespace renova::http

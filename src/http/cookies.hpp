// Cookies (RFC 6265): reading the Cookie field, making a Set-Cookie field.
#pragma once

#include "http/message.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace renova::http {

// The first cookie of that name in the request; none when it is not there. Lives as long as the headers.
std::optional<std::string_view> find_cookie(const Headers& headers, std::string_view name);

struct SetCookie {
  enum class SameSite { strict, lax, none };
  std::string name;
  std::string value;
  std::string path = "/";
  std::optional<std::chrono::seconds> max_age = {}; // none: until the browser is closed; zero: delete it
  bool http_only = true;
  bool secure = false;
  SameSite same_site = SameSite::strict;
};

// The value of a Set-Cookie field. Throws std::logic_error when the name is no token or the value or path has
// a character that a cookie cannot carry: a bug, because both are ours.
std::string to_string(const SetCookie& cookie);

} // namespace renova::http

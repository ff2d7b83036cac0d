#include "api/route.hpp"

#include <algorithm>
#include <stdexcept>

namespace renova::api {

std::string_view to_text(RateClass rate) {
  switch (rate) {
    case RateClass::normal:
      return "normal";
    case RateClass::messages:
      return "messages";
    case RateClass::none:
      return "none";
  }
  return "none";
}

namespace {

std::string capitalized(std::string_view word) {
  std::string out;
  bool start = true;
  for (char c : word) {
    if (c == '-' || c == '_') {
      out += ' ';
    } else {
      out += start ? static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) : c;
    }
    start = false;
  }
  return out;
}

// The resource of "/api/v1/clients/{id}" is "clients".
std::string resource_of(std::string_view pattern) {
  constexpr std::string_view kPrefix = "/api/v1/";
  if (!pattern.starts_with(kPrefix)) return "system";
  pattern.remove_prefix(kPrefix.size());
  return std::string(pattern.substr(0, pattern.find('/')));
}

} // namespace

RouteBuilder RouteTable::add(std::string_view method, std::string_view pattern, Access access, RateClass rate,
                             std::string_view operation_id, std::string_view summary) {
  auto route = std::make_unique<Route>();
  route->method = method;
  route->pattern = pattern;
  route->access = access;
  route->rate = rate;
  route->operation_id = operation_id;
  route->summary = summary;
  std::string resource = resource_of(pattern);
  route->tag = capitalized(resource);
  route->scope = resource + (method == "GET" ? ":read" : ":write");
  for (const auto& other : routes_) {
    if (other->operation_id == operation_id) {
      throw std::logic_error("operation id used twice: " + route->operation_id);
    }
  }
  router_.add(method, pattern);
  routes_.push_back(std::move(route));
  return RouteBuilder(*routes_.back());
}

RouteTable::Match RouteTable::find(std::string_view method, std::string_view path) const {
  http::Router::Match found = router_.match(method, path);
  Match match;
  if (found.kind == http::Router::Match::Kind::found) match.route = routes_[found.index].get();
  match.parameters = std::move(found.parameters);
  match.allowed = std::move(found.allowed);
  return match;
}

} // namespace renova::api

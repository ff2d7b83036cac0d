#include "http/router.hpp"

#include "http/syntax.hpp"

#include <set>
#include <stdexcept>

namespace renova::http {

namespace {

struct Route {
  std::size_t index = 0;
  std::vector<std::string> names; // of the parameters, in order
};

} // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> tail;
  std::map<std::string, Route, std::less<>> routes; // by method
  std::string allowed;
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

std::string_view Router::Match::parameter(std::string_view name) const {
  for (const Parameter& p : parameters)
    if (p.name == name) return p.value;
  return {};
}

std::size_t Router::add(std::string_view method, std::string_view pattern) {
  auto refuse = [&](const char* why) {
    throw std::logic_error("route " + std::string(method) + " " + std::string(pattern) + ": " + why);
  };
  if (!syntax::is_token(method)) refuse("no method");
  if (!pattern.starts_with('/')) refuse("no leading slash");
  Route route{count_, {}};
  Node* node = root_.get();
  std::string_view rest = pattern.substr(1);
  for (bool last = false; !last;) {
    last = rest.find('/') == std::string_view::npos;
    std::string_view segment = syntax::take_until(rest, '/');
    std::unique_ptr<Node>* next = nullptr;
    if (segment.starts_with('{') && segment.ends_with('}')) {
      segment = segment.substr(1, segment.size() - 2);
      const bool tail = segment.ends_with('*');
      if (tail) segment.remove_suffix(1);
      if (segment.empty()) refuse("a parameter without a name");
      if (tail && !last) refuse("a tail that is not last");
      route.names.emplace_back(segment);
      next = tail ? &node->tail : &node->parameter;
    } else {
      if (segment.find_first_of("{}*") != std::string_view::npos) refuse("a brace or star inside a segment");
      next = &node->literals[std::string(segment)];
    }
    if (!*next) *next = std::make_unique<Node>();
    node = next->get();
  }
  if (!node->routes.emplace(std::string(method), std::move(route)).second) refuse("is there already");

  std::set<std::string_view> allowed{"OPTIONS"};
  for (const auto& [name, unused] : node->routes) {
    allowed.insert(name);
    if (name == "GET") allowed.insert("HEAD");
  }
  node->allowed.clear();
  for (const std::string_view name : allowed) {
    if (!node->allowed.empty()) node->allowed += ", ";
    node->allowed += name;
  }
  return count_++;
}

// `rest` is what follows the slash behind `node`'s own segment. The depth is bounded by the longest pattern.
const Router::Node* Router::find(const Node& node, std::string_view rest,
                                 std::vector<std::string_view>& values) {
  std::string_view after = rest;
  const bool last = rest.find('/') == std::string_view::npos;
  const std::string_view segment = syntax::take_until(after, '/');
  auto go = [&](const Node& next) -> const Node* {
    if (last) return next.routes.empty() ? nullptr : &next;
    return find(next, after, values);
  };
  if (const auto literal = node.literals.find(segment); literal != node.literals.end())
    if (const Node* found = go(*literal->second)) return found;
  if (node.parameter && !segment.empty()) {
    values.push_back(segment);
    if (const Node* found = go(*node.parameter)) return found;
    values.pop_back();
  }
  if (node.tail && !node.tail->routes.empty()) {
    values.push_back(rest);
    return node.tail.get();
  }
  return nullptr;
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  std::vector<std::string_view> values;
  const Node* node = find(*root_, path.substr(1), values);
  if (node == nullptr) return match;
  match.allowed = node->allowed;
  auto route = node->routes.find(method);
  if (route == node->routes.end() && method == "HEAD") route = node->routes.find("GET");
  if (route == node->routes.end()) {
    match.kind = Match::Kind::method_not_allowed;
    return match;
  }
  match.kind = Match::Kind::found;
  match.index = route->second.index;
  match.parameters.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    match.parameters.push_back({route->second.names[i], std::string(values[i])});
  return match;
}

} // namespace renova::http

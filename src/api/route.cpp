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

// One path segment of the tree: literal children by text, and at most one that takes any text.
struct RouteTable::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::string parameter_name;
  std::map<std::string, const Route*, std::less<>> methods;
};

namespace {

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == path.npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

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

RouteTable::RouteTable() : root_(std::make_unique<Node>()) {}
RouteTable::~RouteTable() = default;

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
  Node* node = root_.get();
  for (std::string_view segment : segments(pattern)) {
    if (segment.starts_with('{')) {
      std::string name(segment.substr(1, segment.size() - 2));
      if (!node->parameter) {
        node->parameter = std::make_unique<Node>();
        node->parameter_name = name;
      }
      if (node->parameter_name != name) {
        throw std::logic_error("two names for one path parameter: " + route->pattern);
      }
      node = node->parameter.get();
    } else {
      auto& child = node->literals[std::string(segment)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    }
  }
  if (!node->methods.emplace(method, route.get()).second) {
    throw std::logic_error("route defined twice: " + route->method + " " + route->pattern);
  }
  routes_.push_back(std::move(route));
  return RouteBuilder(*routes_.back());
}

RouteTable::Match RouteTable::find(std::string_view method, std::string_view path) const {
  std::vector<std::string_view> parts = segments(path);
  Match match;
  // Walks the tree depth first, literals before parameters; patterns are short, so recursion is bounded by
  // them.
  auto walk = [&](auto& self, const Node& node, std::size_t depth) -> const Node* {
    if (depth == parts.size()) return node.methods.empty() ? nullptr : &node;
    if (auto literal = node.literals.find(parts[depth]); literal != node.literals.end()) {
      if (const Node* found = self(self, *literal->second, depth + 1)) return found;
    }
    if (node.parameter && !parts[depth].empty()) {
      match.parameters.emplace_back(node.parameter_name, std::string(parts[depth]));
      if (const Node* found = self(self, *node.parameter, depth + 1)) return found;
      match.parameters.pop_back();
    }
    return nullptr;
  };
  const Node* node = walk(walk, *root_, 0);
  if (!node) return match;
  auto found = node->methods.find(method);
  if (found == node->methods.end() && method == "HEAD") found = node->methods.find("GET");
  if (found != node->methods.end()) match.route = found->second;
  for (const auto& [name, route] : node->methods) {
    match.allowed += name + ", ";
    if (name == "GET") match.allowed += "HEAD, ";
  }
  match.allowed += "OPTIONS";
  return match;
}

} // namespace renova::api

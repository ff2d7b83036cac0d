// Which route a method and a path belong to. Pure: it knows indices, not handlers.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::http {

// Patterns are paths whose segments are literal ("clients"), a parameter ("{id}": one segment, not empty) or,
// at the end only, a tail ("{path*}": the rest, which may be empty or hold slashes). A literal wins over a
// parameter and a parameter over a tail, segment by segment from the left, whatever the order of add(); when
// the more literal way leads nowhere the other one is tried.
class Router {
 public:
  struct Parameter {
    std::string_view name; // lives as long as the router
    std::string value;
  };
  struct Match {
    enum class Kind { found, not_found, method_not_allowed };
    Kind kind = Kind::not_found;
    std::size_t index = 0;             // found: which add() it was, counted from 0
    std::vector<Parameter> parameters; // found: in the order of the pattern
    std::string allowed;               // for an Allow field: "GET, HEAD, OPTIONS"; empty when not found

    // The value of that parameter; empty when the pattern has none of that name.
    std::string_view parameter(std::string_view name) const;
  };

  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  // Throws std::logic_error for a malformed pattern or a method and pattern that are there already: a bug.
  std::size_t add(std::string_view method, std::string_view pattern);

  // `path` is decoded (Request::path). HEAD finds the GET route where there is no HEAD route. OPTIONS without
  // a route of its own is method_not_allowed like others: its caller answers 204 with `allowed`.
  Match match(std::string_view method, std::string_view path) const;

  std::size_t size() const { return count_; }

 private:
  struct Node;
  static const Node* find(const Node& node, std::string_view rest, std::vector<std::string_view>& values);

  std::unique_ptr<Node> root_;
  std::size_t count_ = 0;
};

} // namespace renova::http

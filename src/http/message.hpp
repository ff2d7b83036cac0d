// A request and its answer, without any network type: what api/ sees of HTTP.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::http {

struct Header {
  std::string name;
  std::string value;
};

// Header lines in order; names compare without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> lines) : lines_(lines) {}
  void add(std::string name, std::string value) { lines_.push_back({std::move(name), std::move(value)}); }
  void reserve(std::size_t lines) { lines_.reserve(lines); }
  void set(std::string_view name, std::string value); // replaces all of that name
  // The first value of that name; empty when there is none.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  void remove(std::string_view name); // all of that name
  const std::vector<Header>& lines() const { return lines_; }

 private:
  std::vector<Header> lines_;
};

struct Request {
  std::string method; // upper case: GET, POST, …
  std::string target; // as sent: /api/v1/clients?limit=5
  std::string path;   // percent-decoded, without dot segments; no NUL; valid UTF-8
  std::string query;  // still encoded, without the question mark
  Headers headers;
  std::string body; // dechunked, whole
  std::string peer; // the client's IP address as text (of the connection; proxies are api/'s business)
  bool secure = false;
};

// One answer. Content-Length, Date, Connection and compression are the server's work.
struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};
  // Sent instead of `body` when set, without a copy and as it is (static files).
  std::shared_ptr<const std::string> shared_body = nullptr;

  // When set, the body is streamed chunked instead: `next` is called for each piece, one at a time, and must
  // call the function that it gets exactly once (at once or later, on any thread): a piece, an empty string
  // at the end, or an error, which breaks the connection so that the client can tell.
  using Piece = std::function<void(result<std::string>)>;
  std::function<void(Piece)> next = nullptr;
};

// Answers one request; may be called at once or later, from any thread, exactly once. Dropping it uncalled
// answers 500.
using Responder = std::function<void(Response)>;

} // namespace renova::http

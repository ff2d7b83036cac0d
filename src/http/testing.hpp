// For tests only: a blocking client that speaks raw bytes, with a deadline on everything.
#pragma once

#include "http/server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace renova::http::testing {

// No test waits longer than this for anything; a healthy run never comes near it.
inline constexpr std::chrono::seconds kPatience{20};

// Waits until the condition holds; false after kPatience.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

struct RawResponse {
  int status = 0;
  std::map<std::string, std::string> headers; // names in lower case
  std::string body;                           // dechunked
  bool complete = false;                      // false: the connection ended in the middle, or nothing came

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False when the peer has closed or reset the connection.
  bool send(std::string_view bytes);
  void shut_down_send();
  // Reads one answer; `head`: of a HEAD request, so without a body.
  RawResponse read(bool head = false);
  // Exactly so many bytes, or fewer when the connection ends.
  std::string read_bytes(std::size_t count);
  // True when the peer closes (or resets) the connection without sending anything more.
  bool closed_by_peer();
  // True when nothing arrives and the connection stays open until the server has gone once around its loop
  // (shown by the answer that another connection gets).
  bool quiet(std::uint16_t port);
  int handle() const { return fd_; }

  RawResponse request(std::string_view bytes) {
    send(bytes);
    return read();
  }

 private:
  bool fill(); // reads more into buffer_; false at the end
  int fd_ = -1;
  std::string buffer_;
};

// Answers "METHOD path body"; the handler of most tests here.
inline void echo(Request request, Responder respond) {
  respond({.headers = {{"Content-Type", "text/plain"}},
           .body = request.method + " " + request.path + " " + request.body});
}

inline ServerOptions echo_options() {
  ServerOptions options;
  options.handle = echo;
  options.body_max = [](const Request& head) -> std::size_t {
    return head.path == "/small" ? 10 : 1'000'000;
  };
  return options;
}

// Takes requests and answers them when the test says so, from the test's thread.
class Held {
 public:
  void operator()(Request request, Responder respond) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(std::move(request), std::move(respond));
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  std::pair<Request, Responder> take(std::size_t index = 0) {
    EXPECT_TRUE(eventually([&] { return count() > index; }));
    const std::lock_guard lock(mutex_);
    auto taken = std::move(waiting_.at(index));
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
    return taken;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<Request, Responder>> waiting_;
};

inline ServerOptions held_options(Held& held) {
  ServerOptions options;
  options.handle = [&held](Request request, Responder respond) {
    held(std::move(request), std::move(respond));
  };
  return options;
}

// A server on a free port of 127.0.0.1 with one thread.
std::unique_ptr<Server> start(ServerOptions options);

} // namespace renova::http::testing

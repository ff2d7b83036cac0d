// For tests only: a server that follows a script, and calls that wait for their result.
#pragma once

#include "http/outgoing.hpp"
#include "http/testing.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>

namespace renova::http::testing {

using Kind = OutgoingFailure::Kind;

// One accepted connection of the scripted server.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  ~Peer() { close(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Reads one whole request (head and sized body); empty at the end of the connection.
  std::string read_request() {
    std::string request;
    std::size_t wanted = std::string::npos;
    while (request.size() < wanted) {
      char piece[65536];
      const auto got = ::recv(fd_, piece, sizeof piece, 0);
      if (got <= 0) return {};
      request.append(piece, static_cast<std::size_t>(got));
      const auto head = request.find("\r\n\r\n");
      if (wanted != std::string::npos || head == std::string::npos) continue;
      const auto length = request.find("Content-Length: ");
      wanted = head + 4 + (length < head ? std::stoul(request.substr(length + 16)) : 0);
    }
    return request;
  }
  std::string read_some(std::size_t count) {
    std::string bytes(count, '\0');
    const auto got = ::recv(fd_, bytes.data(), count, MSG_WAITALL);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool ok(std::string_view body = "ok") {
    return write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                 std::string(body));
  }
  // Waits until the client goes away, at most so long; true when it has gone.
  bool gone(int milliseconds = 20'000) {
    pollfd ready{fd_, POLLIN | POLLRDHUP, 0};
    if (::poll(&ready, 1, milliseconds) == 0) return false;
    char byte;
    return ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
  }
  void reset() {
    const linger abort{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// Runs one script for each connection, each on a thread of its own. The script gets the number of the
// connection.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&, int number)>;
  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 128);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { run(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
  }

  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }
  std::atomic<int> requests{0}; // counted by scripts

 private:
  void run() {
    while (true) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      const timeval patience{kPatience.count(), 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      threads_.emplace_back([this, fd, number = connections_++] {
        Peer peer(fd);
        script_(peer, number);
      });
    }
  }
  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::thread acceptor_;
  std::vector<std::thread> threads_;
};

inline std::unique_ptr<OutgoingClient> permissive() {
  return OutgoingClient::create({.allow_private_addresses = true});
}

inline OutgoingRequest post(std::string url, std::string body = "hello") {
  OutgoingRequest request;
  request.url = std::move(url);
  request.body = std::move(body);
  request.total_timeout = kPatience;
  return request;
}

inline std::future<OutgoingResult> begin(OutgoingClient& client, OutgoingRequest request) {
  auto promise = std::make_shared<std::promise<OutgoingResult>>();
  auto future = promise->get_future();
  client.send(std::move(request),
              [promise](OutgoingResult result) { promise->set_value(std::move(result)); });
  return future;
}

inline OutgoingResult call(OutgoingClient& client, OutgoingRequest request) {
  return begin(client, std::move(request)).get();
}

inline void expect_failure(const OutgoingResult& result, Kind kind, bool sent, const std::string& what) {
  const auto* failure = std::get_if<OutgoingFailure>(&result);
  ASSERT_NE(failure, nullptr) << what << ": status " << std::get<Response>(result).status;
  EXPECT_EQ(static_cast<int>(failure->kind), static_cast<int>(kind)) << what << ": " << failure->detail;
  EXPECT_EQ(failure->sent, sent) << what << ": " << failure->detail;
}

inline void expect_status(const OutgoingResult& result, int status, const std::string& what) {
  const auto* response = std::get_if<Response>(&result);
  ASSERT_NE(response, nullptr) << what << ": " << std::get<OutgoingFailure>(result).detail;
  EXPECT_EQ(response->status, status) << what;
}

} // namespace renova::http::testing

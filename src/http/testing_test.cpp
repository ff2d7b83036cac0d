#include "http/testing.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

namespace renova::http::testing {

RawClient::RawClient(std::uint16_t port) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
    return;
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval patience{kPatience.count(), 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

RawClient::~RawClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::shut_down_send() { ::shutdown(fd_, SHUT_WR); }

bool RawClient::fill() {
  char piece[65536];
  const auto got = ::recv(fd_, piece, sizeof piece, 0);
  if (got <= 0) return false;
  buffer_.append(piece, static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::read_bytes(std::size_t count) {
  while (buffer_.size() < count && fill()) {
  }
  std::string taken = buffer_.substr(0, count);
  buffer_.erase(0, taken.size());
  return taken;
}

bool RawClient::closed_by_peer() {
  if (!buffer_.empty()) return false;
  char byte;
  const auto got = ::recv(fd_, &byte, 1, 0);
  return got == 0 || (got < 0 && (errno == ECONNRESET || errno == EPIPE));
}

bool RawClient::quiet(std::uint16_t port) {
  RawClient other(port);
  other.request("GET /turn HTTP/1.1\r\nHost: a\r\n\r\n");
  pollfd ready{fd_, POLLIN, 0};
  return buffer_.empty() && ::poll(&ready, 1, 0) == 0;
}

RawResponse RawClient::read(bool head) {
  RawResponse response;
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return response;
  std::string_view text = std::string_view(buffer_).substr(0, end + 2);
  const std::string_view first = text.substr(0, text.find("\r\n"));
  if (first.starts_with("HTTP/1.1 ") && first.size() > 12)
    std::from_chars(first.data() + 9, first.data() + 12, response.status);
  text.remove_prefix(first.size() + 2);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find("\r\n"));
    const auto colon = line.find(':');
    response.headers[to_lower(line.substr(0, colon))] = trim(line.substr(colon + 1));
    text.remove_prefix(line.size() + 2);
  }
  buffer_.erase(0, end + 4);
  response.complete = true;
  if (head || response.status < 200 || response.status == 204 || response.status == 304) return response;
  if (response.headers.contains("content-length")) {
    const std::size_t length = std::stoul(response.header("content-length"));
    response.body = read_bytes(length);
    response.complete = response.body.size() == length;
  } else if (response.header("transfer-encoding") == "chunked") {
    response.complete = false;
    while (true) {
      while ((end = buffer_.find("\r\n")) == std::string::npos)
        if (!fill()) return response;
      const std::size_t size = std::stoul(buffer_.substr(0, end), nullptr, 16);
      buffer_.erase(0, end + 2);
      const std::string chunk = read_bytes(size + 2);
      if (chunk.size() != size + 2) return response;
      response.body += chunk.substr(0, size);
      if (size == 0) break;
    }
    response.complete = true;
  } else {
    while (fill()) {
    }
    response.body.swap(buffer_);
  }
  return response;
}

std::unique_ptr<Server> start(ServerOptions options) {
  options.port = 0;
  if (options.threads == 0) options.threads = 1;
  auto server = Server::start(std::move(options));
  EXPECT_TRUE(server.has_value()) << server.error().detail;
  return std::move(*server);
}

} // namespace renova::http::testing

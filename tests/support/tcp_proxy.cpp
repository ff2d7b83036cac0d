#include "tests/support/tcp_proxy.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace renova::test {

namespace {

constexpr int kTickMs = 5; // how soon a link notices that it is spoilt or that the proxy ends

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int socket, const char* data, std::size_t size) {
  while (size > 0) {
    ssize_t sent = ::send(socket, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

} // namespace

TcpProxy::TcpProxy(int target_port) : target_port_(target_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

TcpProxy::~TcpProxy() {
  stopping_ = true;
  acceptor_.join();
  ::close(listener_);
  for (Link& link : links_) link.thread.join();
}

void TcpProxy::spoil(Mode mode) {
  std::lock_guard lock(mutex_);
  for (Link& link : links_) link.mode = mode;
}

void TcpProxy::accept_loop() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, kTickMs) <= 0) continue;
    int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(target_port_);
    if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      ::close(client);
      ::close(server);
      continue;
    }
    std::lock_guard lock(mutex_);
    Link& link = links_.emplace_back();
    link.client = client;
    link.server = server;
    link.thread = std::thread([this, &link] { pump(link); });
  }
}

void TcpProxy::pump(Link& link) {
  std::array<char, 65'536> buffer;
  bool open = true;
  while (open && !stopping_) {
    std::array<pollfd, 2> sockets{pollfd{link.client, POLLIN, 0}, pollfd{link.server, POLLIN, 0}};
    if (link.mode == Mode::black_hole) {
      ::poll(nullptr, 0, kTickMs);
      continue;
    }
    if (::poll(sockets.data(), 2, kTickMs) <= 0) continue;
    for (int side = 0; side < 2 && open; ++side) {
      if (sockets[static_cast<std::size_t>(side)].revents == 0) continue;
      if (link.mode == Mode::black_hole) break;
      int from = side == 0 ? link.client : link.server;
      int to = side == 0 ? link.server : link.client;
      ssize_t size = ::recv(from, buffer.data(), buffer.size(), 0);
      if (side == 1 && link.mode == Mode::lose_answers) size = 0;
      open = size > 0 && send_all(to, buffer.data(), static_cast<std::size_t>(size));
    }
  }
  ::close(link.client);
  ::close(link.server);
}

} // namespace renova::test

#include "bench/http/load.hpp"
#include "http/server.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace renova::bench {

namespace {

using Clock = std::chrono::steady_clock;

const std::string kHandshake =
    "GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

double resident_mib() {
  std::size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

// The other process: opens the sockets, says "ready", and after the event has reached all of them says when.
void run_clients(int from_server, int to_server, int sockets) {
  std::uint16_t port = 0;
  check(::read(from_server, &port, sizeof port) == sizeof port, "read");
  const int epoll = ::epoll_create1(0);
  char buffer[4096];
  for (int i = 0; i < sockets; ++i) {
    const int fd = connect_to(port);
    check(fd >= 0, "connect");
    check(::send(fd, kHandshake.data(), kHandshake.size(), 0) > 0, "send");
    check(::recv(fd, buffer, sizeof buffer, 0) > 12, "handshake");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  check(::write(to_server, "r", 1) == 1, "write");
  epoll_event events[1024];
  for (int left = sockets; left > 0;) {
    const int count = ::epoll_wait(epoll, events, 1024, 10'000);
    check(count > 0, "event");
    for (int i = 0; i < count; ++i) {
      check(::recv(events[i].data.fd, buffer, sizeof buffer, 0) > 0, "recv");
      ::epoll_ctl(epoll, EPOLL_CTL_DEL, events[i].data.fd, nullptr);
      --left;
    }
  }
  const auto last = Clock::now().time_since_epoch().count(); // one clock for all processes
  check(::write(to_server, &last, sizeof last) == sizeof last, "write");
  check(::read(from_server, buffer, 1) == 0, "end"); // stays until the server has looked at its memory
}

} // namespace

void websocket_bench(int sockets) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  sockets = std::min<int>(sockets, static_cast<int>(files.rlim_cur) - 200);

  int to_clients[2], to_server[2];
  check(::pipe(to_clients) == 0 && ::pipe(to_server) == 0, "pipe");
  const pid_t clients = ::fork();
  check(clients >= 0, "fork");
  if (clients == 0) {
    ::close(to_clients[1]);
    run_clients(to_clients[0], to_server[1], sockets);
    ::_exit(0);
  }
  const double before = resident_mib();
  std::mutex mutex;
  std::vector<std::shared_ptr<http::WebSocket>> open;
  http::ServerOptions options;
  options.port = 0;
  options.handle = [](http::Request, http::Responder respond) { respond({}); };
  options.upgrade = [&](std::shared_ptr<http::WebSocket> socket) -> std::optional<http::WebSocketEvents> {
    const std::lock_guard lock(mutex);
    open.push_back(std::move(socket));
    return http::WebSocketEvents{};
  };
  auto server = http::Server::start(std::move(options));
  check(server.has_value(), "start");
  const std::uint16_t port = (*server)->port();
  check(::write(to_clients[1], &port, sizeof port) == sizeof port, "write");
  char ready;
  check(::read(to_server[0], &ready, 1) == 1, "clients");

  const auto event = std::make_shared<const std::string>(300, 'e');
  const auto begin = Clock::now();
  for (const auto& socket : open) socket->send(event);
  Clock::rep last = 0;
  check(::read(to_server[0], &last, sizeof last) == sizeof last, "clients");
  const double took =
      std::chrono::duration<double, std::milli>(Clock::time_point(Clock::duration(last)) - begin).count();
  const double resident = resident_mib();
  ::close(to_clients[1]);
  ::waitpid(clients, nullptr, 0);
  std::printf(
      "websocket broadcast     %d sockets: %.0f ms to the last, %.1f MiB (%.1f before; %.1f KiB each)\n",
      sockets, took, resident, before, (resident - before) * 1024 / sockets);
}

} // namespace renova::bench

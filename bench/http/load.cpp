#include "bench/http/load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>

namespace renova::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kEvents = 256;

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  check(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

void no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

double percentile(std::vector<float>& sorted, double share) {
  return sorted.empty()
             ? 0
             : static_cast<double>(
                   sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]);
}

// CPU time of all threads of this process but the calling one, in microseconds.
double others_cpu_us() {
  timespec process{}, thread{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &process);
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &thread);
  return static_cast<double>(process.tv_sec - thread.tv_sec) * 1e6 +
         static_cast<double>(process.tv_nsec - thread.tv_nsec) / 1e3;
}

} // namespace

void check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "http_bench: %s failed\n", what);
  std::exit(1);
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

BareResponder::BareResponder(std::string answer, std::size_t request_size)
    : answer_(std::move(answer)), request_size_(request_size) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  check(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 1024) == 0,
        "listen");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

BareResponder::~BareResponder() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

void BareResponder::run() {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener_);
  std::map<int, std::size_t> received; // bytes of the request that is under way
  epoll_event events[kEvents];
  char buffer[65536];
  while (!stop_) {
    const int count = ::epoll_wait(epoll, events, kEvents, 20);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener_) {
        const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (accepted >= 0) no_delay(accepted), watch(epoll, accepted), received[accepted] = 0;
        continue;
      }
      const auto got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) {
        received.erase(fd);
        ::close(fd);
        continue;
      }
      std::size_t& bytes = received[fd];
      for (bytes += static_cast<std::size_t>(got); bytes >= request_size_; bytes -= request_size_)
        (void)::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
  }
  for (const auto& [fd, bytes] : received) ::close(fd);
  ::close(epoll);
}

Load run_load(std::uint16_t port, const std::string& request, const std::string& answer_end, int connections,
              double seconds) {
  struct Connection {
    std::string answer;
    Clock::time_point begin;
  };
  std::map<int, Connection> open;
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < connections; ++i) {
    const int fd = connect_to(port);
    check(fd >= 0, "connect");
    no_delay(fd);
    watch(epoll, fd);
    open[fd].begin = Clock::now();
    check(::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()),
          "send");
  }
  std::vector<float> latencies;
  latencies.reserve(1'000'000);
  const double cpu_before = others_cpu_us();
  const auto begin = Clock::now();
  const auto end =
      begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  epoll_event events[kEvents];
  char buffer[65536];
  auto now = begin;
  while (now < end) {
    const int count = ::epoll_wait(epoll, events, kEvents, 1000);
    check(count > 0, "answers");
    now = Clock::now();
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      const auto got = ::recv(fd, buffer, sizeof buffer, 0);
      check(got > 0, "recv");
      Connection& connection = open[fd];
      connection.answer.append(buffer, static_cast<std::size_t>(got));
      if (!connection.answer.ends_with(answer_end)) continue;
      latencies.push_back(std::chrono::duration<float, std::micro>(now - connection.begin).count());
      connection.answer.clear();
      connection.begin = now;
      check(::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0, "send");
    }
  }
  Load load;
  load.per_second =
      static_cast<double>(latencies.size()) / std::chrono::duration<double>(now - begin).count();
  load.server_cpu_us = (others_cpu_us() - cpu_before) / static_cast<double>(latencies.size());
  std::sort(latencies.begin(), latencies.end());
  load.p50_us = percentile(latencies, 0.50);
  load.p99_us = percentile(latencies, 0.99);
  for (const auto& [fd, connection] : open) ::close(fd);
  ::close(epoll);
  return load;
}

} // namespace renova::bench

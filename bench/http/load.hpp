// The floor and the load: a responder and a client that do nothing but epoll, recv and send.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace renova::bench {

// Ends the program with a word when something that cannot fail has failed.
void check(bool good, const char* what);

// One thread that answers each request (found by its empty line and, for POST, its known size) with fixed
// bytes.
class BareResponder {
 public:
  // `request_size`: bytes of each request.
  BareResponder(std::string answer, std::size_t request_size);
  ~BareResponder();
  std::uint16_t port() const { return port_; }

 private:
  void run();
  std::string answer_;
  std::size_t request_size_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

struct Load {
  double per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  double server_cpu_us = 0; // of this process without the thread of the load, for one request
};

// So many kept connections, each with one request under way, from this thread, for so many seconds. Answers
// end with `answer_end`, which stands nowhere else in them.
Load run_load(std::uint16_t port, const std::string& request, const std::string& answer_end, int connections,
              double seconds);

// Connects to 127.0.0.1; -1 when that fails.
int connect_to(std::uint16_t port);

// 10,000 WebSockets on one process of its own, one event to all. Prints a line.
void websocket_bench(int sockets);

} // namespace renova::bench

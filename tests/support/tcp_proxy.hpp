// A TCP proxy on the loopback that can go bad: swallow answers, or everything.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <thread>

namespace renova::test {

class TcpProxy {
 public:
  enum class Mode {
    forward,
    lose_answers, // requests arrive; at the first answer the connection is closed instead
    black_hole,   // nothing is passed on in either direction, and nothing is closed
  };

  explicit TcpProxy(int target_port);
  ~TcpProxy();

  int port() const { return port_; }
  // Applies to connections that are open now; later ones are forwarded.
  void spoil(Mode mode);

 private:
  struct Link {
    int client = -1;
    int server = -1;
    std::atomic<Mode> mode = Mode::forward;
    std::thread thread;
  };
  void accept_loop();
  void pump(Link& link);

  int target_port_;
  int port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::list<Link> links_;
  std::thread acceptor_;
};

} // namespace renova::test

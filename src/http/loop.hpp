// Inside of http/ only: one thread of the server with its event loop, its listener and its connections.
#pragma once

#include "http/asio.hpp"
#include "http/response_writer.hpp"
#include "http/server.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace renova::http {

class Loop;

// An open file descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Descriptor() { reset(); }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_;
};

// What one loop keeps alive and looks after: an HTTP session or a WebSocket. All calls on the loop's thread.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void on_ready(std::uint32_t) {}  // what watch() asked for has happened: EPOLLIN, EPOLLOUT, …
  virtual void on_tick(TimePoint now) = 0; // looks at its deadlines
  virtual void on_drain() = 0;             // ends as soon as it can do so politely
  virtual void abort() = 0;                // ends now
 private:
  friend class Loop;
  std::list<std::shared_ptr<Connection>>::iterator place_;
  bool registered_ = false;
};

// What all loops of one server share.
struct ServerShared {
  ServerOptions options;
  std::atomic<bool> draining{false};
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::int64_t> websockets{0};
  std::mutex mutex; // for `emptied`
  std::condition_variable emptied;

  void connection_closed();
  // The body of an answer that the protocol itself gives; a plain one when the options bring none.
  Response protocol_error(int status, std::string_view detail) const;
};

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(std::shared_ptr<ServerShared> shared);
  ~Loop();

  // The loop whose thread this is; null on other threads.
  static Loop* current();

  // Error: unavailable.
  result<void> listen(const Tcp::endpoint& endpoint);
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void run();         // until stop()
  void begin_drain(); // on the loop's thread
  void abort_all();   // on the loop's thread
  void stop();        // from any thread; nothing is posted afterwards

  // Runs `work` on the loop's thread soon; drops it when the loop has stopped. From any thread. `work` must
  // not own the loop.
  template <class Work>
  void post(Work work) {
    const std::lock_guard lock(post_mutex_);
    if (!stopped_) asio::post(context_.get_executor(), std::move(work));
  }

  // Readiness of a connection's descriptor until it is closed or unwatched. Asio would need
  // a system call for each wait; here one is needed only when the events change.
  void watch(int fd, Connection& connection, std::uint32_t events);
  void change_watch(int fd, Connection& connection, std::uint32_t events);
  void unwatch(int fd);

  void add(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);

  ServerShared& shared() { return *shared_; }
  const ServerOptions& options() const { return shared_->options; }
  Executor executor() { return context_.get_executor(); }
  std::string_view date() { return date_.now(); }
  // For one read at a time: sessions own no buffer while they wait, which keeps idle ones small.
  std::array<char, 64 * 1024>& read_buffer() { return read_buffer_; }

 private:
  void poll_soon();
  void poll_now();
  void accept_soon();
  void accept_now();
  void back_off();
  void tick_soon();
  std::vector<std::shared_ptr<Connection>> all() const;

  std::shared_ptr<ServerShared> shared_;
  asio::io_context context_;
  asio::executor_work_guard<Executor> work_;
  asio::posix::basic_stream_descriptor<Executor> poller_; // an epoll of our own, inside of Asio's
  Acceptor acceptor_;
  Timer back_off_;
  Timer ticker_;
  std::chrono::milliseconds tick_;
  bool ticking_ = false;
  bool backing_off_ = false;
  std::list<std::shared_ptr<Connection>> connections_;
  bool polling_ = false;
  std::vector<std::shared_ptr<Connection>> removed_; // while polling_: an event for them may still be in hand
  DateCache date_;
  std::mutex post_mutex_;
  bool stopped_ = false;
  std::array<char, 64 * 1024> read_buffer_;
};

// Starts a session on a fresh non-blocking socket. `over_limit`: answer 503 and close.
void start_session(Loop& loop, Descriptor socket, std::string peer, bool over_limit);

} // namespace renova::http

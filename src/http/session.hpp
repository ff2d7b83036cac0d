// Inside of http/ only: one HTTP connection.
#pragma once

#include "http/compression.hpp"
#include "http/loop.hpp"
#include "http/request_parser.hpp"

#include <deque>

namespace renova::http {

// The bytes that wait for the socket: small pieces are joined, shared ones are not copied, and all goes out
// with as few system calls as possible.
class OutputQueue {
 public:
  // A string to append to, for small pieces.
  std::string& tail();
  void add(std::string piece);
  void add(std::shared_ptr<const std::string> piece);
  bool empty() const { return chunks_.empty(); }
  std::size_t size() const { return size_; }
  void appended(std::size_t bytes) { size_ += bytes; }
  struct Written {
    std::size_t bytes = 0;
    bool broken = false; // the connection takes nothing any more
  };
  // Writes until all is out or the socket takes no more for now.
  Written write_to(int socket);
  void clear();

 private:
  struct Chunk {
    std::string own;
    std::shared_ptr<const std::string> shared;
    std::string_view bytes() const { return shared ? std::string_view(*shared) : std::string_view(own); }
  };
  void consume(std::size_t bytes);

  std::deque<Chunk> chunks_;
  std::size_t offset_ = 0; // of the first chunk: already written
  std::size_t size_ = 0;
};

inline constexpr std::size_t kOutputMax =
    256 * 1024; // more waiting for a slow reader: no further request is taken

// RFC 9110 §9.2.1: requests of these methods may be under way side by side.
inline bool is_safe_method(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

// Whether bytes go fast enough: in each window of time a minimum of them must pass. Bytes beyond that buy no
// further time, or a fast beginning would allow an endless rest.
class Pace {
 public:
  void start(std::chrono::milliseconds window, std::size_t bytes_per_second) {
    window_ = window;
    needed_ = std::max<std::size_t>(1, static_cast<std::size_t>(window.count()) * bytes_per_second / 1000);
    total_ = 0;
    restart();
  }
  void stop() { running_ = false; }
  bool running() const { return running_; }
  void progress(std::size_t bytes) {
    total_ += bytes;
    if (total_ - at_start_ >= needed_) restart();
  }
  void reached(std::size_t total) { progress(total - std::min(total, total_)); }
  bool late(TimePoint now) const { return running_ && now > start_ + window_; }

 private:
  void restart() {
    start_ = SteadyClock::now();
    at_start_ = total_;
    running_ = true;
  }

  std::chrono::milliseconds window_{};
  std::size_t needed_ = 1;
  std::size_t total_ = 0;
  std::size_t at_start_ = 0;
  TimePoint start_{};
  bool running_ = false;
};

// Reads requests, hands them to the options' handler, writes the answers in order. Everything runs on the
// loop's thread. One driver, advance(), does whatever can be done now and never calls itself, however many
// answers are given at once.
class Session final : public Connection, public std::enable_shared_from_this<Session> {
 public:
  Session(Loop& loop, Descriptor socket, std::string peer);

  void start();
  void start_refusing(); // answers 503 and closes

  void on_ready(std::uint32_t events) override;
  void on_tick(TimePoint now) override;
  void on_drain() override;
  void abort() override;

  // The answer of the request with that number; a second one, or one after the end, is ignored.
  void answer(std::uint64_t number, Response response);
  void answer_piece(std::uint64_t number, result<std::string> piece);

 private:
  enum class Phase { none, first, idle, header, body, linger };

  // One request that has been handed over and whose answer is not yet written.
  struct Slot {
    bool answered = false;
    bool safe = false; // by method (RFC 9110 §9.2.1): may be under way beside others
    bool head = false;
    bool http_1_0 = false;
    bool keep_alive = true;
    bool streaming = false; // the head is written
    bool waiting_for_piece = false;
    std::optional<result<std::string>> piece;
    Response response;
  };

  void advance();
  bool read_requests();
  bool may_dispatch() const;
  bool on_head();
  void on_request();
  void dispatch(Request request);
  bool try_upgrade(Request& request);
  void refuse(int status, std::string_view detail);
  bool write_answers();
  void write_answer(Slot& slot);
  void begin_stream(Slot& slot);
  bool continue_stream(Slot& slot, std::uint64_t number);
  void flush();
  void close_when_written();
  void close();
  void drop_slots();

  void on_readable();
  void update_interest();
  void update_deadline();
  std::string_view connection_field(const Slot& slot) const;

  Loop& loop_;
  Descriptor socket_;
  std::string peer_;
  RequestParser parser_;
  std::string stash_;           // bytes that were read and not yet parsed
  std::string_view input_;      // the same, while on_readable() runs: lies in the loop's buffer
  std::optional<Request> held_; // complete, but must wait for the answers before it
  bool held_keep_alive_ = true, held_1_0_ = false, held_upgrade_ = false;
  std::deque<Slot> slots_;
  std::uint64_t first_number_ = 0; // of slots_.front()
  OutputQueue out_;

  bool advancing_ = false;
  bool again_ = false;
  std::uint32_t interest_ = 0; // what the loop watches the socket for
  bool more_to_read_ = false;  // in the kernel, or the end of the stream
  bool blocked_ = false;       // the socket took no more; EPOLLOUT will tell
  bool read_more_ = true;      // false: no further request is taken from this connection
  bool peer_closed_ = false;   // the peer has shut down its side
  bool want_continue_ = false; // a 100 must go out before the body is read
  bool closing_ = false;       // no slot will follow; close when all is written
  bool reset_at_end_ = false;  // close with RST, so that the peer sees that the answer is broken
  bool lingering_ = false;
  bool closed_ = false;
  bool counted_ = true;

  Phase phase_ = Phase::none;
  std::uint64_t phase_request_ = 0; // which request the phase belongs to
  std::uint64_t requests_ = 0;      // complete ones so far
  TimePoint phase_start_{};
  Pace body_pace_, write_pace_;
};

// Takes a socket over after a WebSocket handshake request. False when api/ refuses: the request is then an
// ordinary one, and the socket is where it was.
bool start_websocket(Loop& loop, Descriptor& socket, Request& request);

} // namespace renova::http

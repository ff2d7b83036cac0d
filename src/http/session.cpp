#include "http/session.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

namespace renova::http {

namespace {

constexpr std::size_t kBodyMaxDefault = 1024 * 1024;
constexpr std::size_t kWriteMinRate = 1024; // bytes a second, on average over each write_deadline
constexpr std::chrono::seconds kLinger{2};  // how long what a refused client still sends is read and dropped

} // namespace

void start_session(Loop& loop, Descriptor socket, std::string peer, bool over_limit) {
  auto session = std::make_shared<Session>(loop, std::move(socket), std::move(peer));
  loop.add(session);
  over_limit ? session->start_refusing() : session->start();
}

Session::Session(Loop& loop, Descriptor socket, std::string peer)
    : loop_(loop),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      parser_({loop.options().line_max, loop.options().header_max, loop.options().header_count_max}) {
  loop_.watch(socket_.get(), *this, interest_);
}

void Session::start() { advance(); }

void Session::start_refusing() {
  refuse(503, "too many connections");
  advance();
}

// Does all that can be done without waiting, then arms what must be waited for. Calls from inside (an answer
// given at once, a piece given at once) only leave a mark.
void Session::advance() {
  if (advancing_) {
    again_ = true;
    return;
  }
  const auto self = shared_from_this();
  advancing_ = true;
  do {
    again_ = false;
    const bool read = read_requests();
    const bool written = write_answers();
    flush();
    again_ = (again_ || read || written) && !closed_;
  } while (again_);
  advancing_ = false;
  if (closed_) return;
  if (!input_.empty()) stash_.assign(std::exchange(input_, {})); // out of the loop's buffer
  close_when_written();
  if (closed_) return;
  update_interest();
  update_deadline();
}

// --- reading

bool Session::may_dispatch() const {
  return slots_.size() < static_cast<std::size_t>(loop_.options().pipelined_max) && out_.size() < kOutputMax;
}

// Parses what is there and hands complete requests over. True when something was handed over or refused.
bool Session::read_requests() {
  bool progress = false;
  std::string taken;
  if (!stash_.empty() && input_.empty()) {
    taken.swap(stash_);
    input_ = taken;
  }
  while (read_more_ && !closed_ && !want_continue_ && may_dispatch()) {
    if (held_) {
      const bool parallel = is_safe_method(held_->method) && !held_upgrade_;
      const bool only_safe = std::all_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.safe; });
      if (!slots_.empty() && !(parallel && only_safe)) break;
      if (held_upgrade_) flush();
      if (held_upgrade_ && !out_.empty()) break;
      progress = true;
      on_request();
      continue;
    }
    const auto step = parser_.feed(input_);
    if (step == RequestParser::Step::more) break;
    if (step == RequestParser::Step::head) {
      if (!on_head()) break;
      continue;
    }
    progress = true;
    if (step == RequestParser::Step::failed) {
      refuse(parser_.failure().status, parser_.failure().detail);
      break;
    }
    held_keep_alive_ = parser_.keep_alive();
    held_1_0_ = parser_.http_1_0();
    held_upgrade_ =
        parser_.upgrades_to_websocket() && loop_.options().upgrade && parser_.head().method == "GET";
    held_ = parser_.take();
    ++requests_;
  }
  if (!read_more_ || closed_) input_ = {};
  if (!taken.empty()) { // input_ lies in a local string
    stash_.assign(input_);
    input_ = {};
  }
  return progress;
}

// The head is complete: the body's limit, and a 100 when the client waits for one.
bool Session::on_head() {
  parser_.set_body_max(loop_.options().body_max ? loop_.options().body_max(parser_.head()) : kBodyMaxDefault);
  if (!parser_.expects_continue() || !input_.empty()) return true;
  // An oversize body is refused instead of asked for: feed() answers without reading a byte of it.
  std::string_view none;
  if (parser_.feed(none) == RequestParser::Step::failed) return true;
  want_continue_ = true;
  return false;
}

void Session::on_request() {
  Request request = std::move(*held_);
  held_.reset();
  request.peer = peer_;
  if (held_upgrade_ && !loop_.shared().draining) {
    if (try_upgrade(request)) return;
  }
  dispatch(std::move(request));
}

bool Session::try_upgrade(Request& request) {
  if (request.headers.get("Sec-WebSocket-Version") != "13") {
    refuse(426, "WebSocket version 13 is spoken here");
    slots_.back().response.headers.set("Sec-WebSocket-Version", "13");
    return true;
  }
  // The key is 16 bytes in base64, and a client must wait for the answer before it sends frames (RFC 6455
  // §4.1).
  if (request.headers.get("Sec-WebSocket-Key").size() != 24 || !input_.empty()) {
    refuse(400, "the WebSocket handshake is malformed");
    return true;
  }
  if (!start_websocket(loop_, socket_, request)) return false;
  counted_ = false; // the WebSocket has taken the connection over
  closed_ = true;
  loop_.remove(*this);
  return true;
}

// --- the socket

void Session::flush() {
  if (closed_ || blocked_ || out_.empty()) return;
  const OutputQueue::Written written = out_.write_to(socket_.get());
  if (written.broken) return abort();
  if (out_.empty()) return write_pace_.stop();
  blocked_ = true;
  if (!write_pace_.running()) write_pace_.start(loop_.options().write_deadline, kWriteMinRate);
  write_pace_.progress(written.bytes);
}

void Session::update_interest() {
  const bool taking = read_more_ && !held_ && !want_continue_ && stash_.empty() && may_dispatch();
  std::uint32_t wanted = EPOLLET | EPOLLRDHUP;
  if (!peer_closed_ && (lingering_ || taking)) wanted |= EPOLLIN;
  if (blocked_) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  loop_.change_watch(socket_.get(), *this, interest_);
}

void Session::on_ready(std::uint32_t events) {
  if (closed_) return;
  if (events & EPOLLERR) return abort();
  if (events & EPOLLOUT) {
    blocked_ = false;
    advance();
  }
  if (closed_ || !(events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))) return;
  if (interest_ & EPOLLIN) {
    more_to_read_ = events & EPOLLRDHUP;
    on_readable();
    // Edge-triggered: for what is left (also the end of the stream) the kernel must be asked to look again.
    if (!closed_ && more_to_read_ && (interest_ & EPOLLIN))
      loop_.change_watch(socket_.get(), *this, interest_);
  } else if (events & EPOLLHUP) { // nobody is there to read the answer
    abort();
  }
}

void Session::on_readable() {
  if (!stash_.empty()) return; // what was read before comes first
  auto& buffer = loop_.read_buffer();
  const auto length = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (length < 0) {
    if (errno != EAGAIN && errno != EINTR) abort();
    return;
  }
  if (static_cast<std::size_t>(length) == buffer.size()) more_to_read_ = true;
  if (length == 0) {
    peer_closed_ = true;
    if (lingering_) return abort();
  }
  if (lingering_) return;
  input_ = std::string_view(buffer.data(), static_cast<std::size_t>(length));
  advance();
}

// When no answer is outstanding and this connection takes no more requests, it ends: first our side, then, so
// that the last answer is not lost in a reset, what the peer still sends is dropped for a while.
void Session::close_when_written() {
  if (lingering_ || !out_.empty()) return;
  const bool answered = slots_.empty() && !held_ && (!read_more_ || (peer_closed_ && stash_.empty()));
  if (!closing_ && !answered) return;
  if (reset_at_end_) {
    const linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return close();
  }
  if (peer_closed_ || ::shutdown(socket_.get(), SHUT_WR) != 0) return close();
  lingering_ = true;
  drop_slots();
}

// What the slots own may call back when it is destroyed.
void Session::drop_slots() {
  held_.reset();
  const auto dropped = std::exchange(slots_, {});
}

void Session::close() {
  if (std::exchange(closed_, true)) return;
  socket_.reset();
  out_.clear();
  drop_slots();
  if (std::exchange(counted_, false)) loop_.shared().connection_closed();
  loop_.remove(*this);
}

void Session::abort() {
  const auto self = shared_from_this();
  close();
}

// --- deadlines

void Session::update_deadline() {
  Phase phase = Phase::none;
  if (lingering_)
    phase = Phase::linger;
  else if (!read_more_ || held_ || !(interest_ & EPOLLIN))
    phase = Phase::none;
  else if (parser_.in_body())
    phase = Phase::body;
  else if (parser_.started())
    phase = Phase::header;
  else if (slots_.empty())
    phase = requests_ == 0 ? Phase::first : Phase::idle;
  if (phase == phase_ && phase_request_ == requests_) {
    if (phase == Phase::body) body_pace_.reached(parser_.body_received());
    return;
  }
  if (phase == Phase::body) body_pace_.start(loop_.options().body_deadline, loop_.options().body_min_rate);
  phase_ = phase;
  phase_request_ = requests_;
  phase_start_ = SteadyClock::now();
}

void Session::on_tick(TimePoint now) {
  const ServerOptions& o = loop_.options();
  if (closed_) return;
  if (write_pace_.late(now)) return abort();
  const auto late = [&](std::chrono::milliseconds allowed) { return now > phase_start_ + allowed; };
  switch (phase_) {
    case Phase::none:
      return;
    case Phase::first:
    case Phase::idle:
      if (!late(phase_ == Phase::first ? o.header_deadline : o.idle_deadline)) return;
      read_more_ = false;
      break;
    case Phase::header:
      if (!late(o.header_deadline)) return;
      refuse(408, "the request head took too long");
      break;
    case Phase::body:
      if (!body_pace_.late(now)) return;
      refuse(408, "the request body took too long");
      break;
    case Phase::linger:
      if (!late(kLinger)) return;
      return abort();
  }
  advance();
}

void Session::on_drain() {
  if (closed_ || lingering_ || !slots_.empty() || held_ || parser_.started() || !out_.empty()) return;
  // Idle, as far as we know: a request that has just arrived is still answered.
  const std::uint64_t requests = requests_;
  on_readable();
  if (closed_ || requests_ > requests || parser_.started()) return;
  read_more_ = false;
  advance();
}

} // namespace renova::http

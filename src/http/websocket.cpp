#include "base/text.hpp"
#include "http/loop.hpp"
#include "http/session.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <optional>

namespace renova::http {

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using Stream = websocket::stream<Socket, false>; // false: no permessage-deflate
using HandshakeRequest = beast::http::request<beast::http::empty_body>;

constexpr std::chrono::seconds kHandshakeDeadline{5}; // for the opening and for the closing one
constexpr std::size_t kBufferKept = 4096;             // a larger read buffer is given back after its message

class WebSocketConnection final : public Connection,
                                  public WebSocket,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  WebSocketConnection(Loop& loop, Request request)
      : loop_(loop.shared_from_this()), request_(std::move(request)) {}

  // --- from any thread
  void send(std::shared_ptr<const std::string> text) override {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    if (waiting_.size() + writing_left_ >= static_cast<std::size_t>(loop_->options().websocket_queue_max)) {
      waiting_.clear();
      overflow_ = true;
    } else if (!overflow_) {
      waiting_.push_back(std::move(text));
    }
    schedule();
  }
  void close(std::uint16_t code, std::string reason) override {
    const std::lock_guard lock(mutex_);
    if (ended_ || close_wanted_) return;
    // A control frame holds at most 125 bytes (RFC 6455 §5.5), two of them are the code.
    reason.resize(std::min<std::size_t>(reason.size(), 123));
    while (!is_utf8(reason)) reason.pop_back();
    close_wanted_ = websocket::close_reason(static_cast<websocket::close_code>(code), reason);
    schedule();
  }
  const Request& request() const override { return request_; }

  // --- on the loop's thread
  void accept(Socket socket, WebSocketEvents events);
  Request take_request() { return std::move(request_); }
  void on_tick(TimePoint) override {} // Beast keeps the time
  void on_drain() override { close(websocket::close_code::service_restart, "the server restarts"); }
  void abort() override { finish(); }

 private:
  void schedule(); // with mutex_ held
  void pump();
  void write_next();
  void start_close(websocket::close_reason reason);
  void read_next();
  void on_read(SystemError error);
  void finish();

  // Guards what send() and close() touch.
  std::mutex mutex_;
  std::shared_ptr<Loop> loop_; // empty once ended
  std::vector<std::shared_ptr<const std::string>> waiting_;
  std::size_t writing_left_ = 0;
  std::optional<websocket::close_reason> close_wanted_;
  bool overflow_ = false;
  bool scheduled_ = false;
  bool ended_ = false;

  Request request_;
  WebSocketEvents events_;
  std::optional<Stream> stream_;
  beast::flat_buffer buffer_;
  std::vector<std::shared_ptr<const std::string>> writing_;
  std::size_t written_ = 0;
  bool open_ = false;
  bool write_under_way_ = false;
  bool closing_ = false;
};

void WebSocketConnection::schedule() {
  if (std::exchange(scheduled_, true)) return;
  loop_->post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->pump();
  });
}

void WebSocketConnection::accept(Socket socket, WebSocketEvents events) {
  events_ = std::move(events);
  loop_->shared().websockets.fetch_add(1);
  stream_.emplace(std::move(socket));
  stream_->set_option(websocket::stream_base::timeout{
      .handshake_timeout = kHandshakeDeadline,
      .idle_timeout =
          std::chrono::duration_cast<std::chrono::steady_clock::duration>(loop_->options().websocket_idle),
      .keep_alive_pings = true});
  stream_->read_message_max(loop_->options().websocket_frame_max);
  stream_->text(true);
  auto handshake = std::make_unique<HandshakeRequest>(beast::http::verb::get, request_.target, 11);
  for (const Header& line : request_.headers.lines()) handshake->insert(line.name, line.value);
  HandshakeRequest& kept = *handshake;
  stream_->async_accept(kept, [self = shared_from_this(), kept = std::move(handshake)](SystemError error) {
    if (error) return self->finish();
    self->open_ = true;
    self->read_next();
    self->pump();
  });
}

void WebSocketConnection::pump() {
  std::unique_lock lock(mutex_);
  scheduled_ = false;
  if (!open_ || ended_ || closing_) return;
  if (overflow_) {
    lock.unlock();
    return start_close({websocket::close_code::try_again_later, "the client reads too slowly"});
  }
  if (write_under_way_) return;
  if (written_ == writing_.size()) {
    writing_.clear();
    written_ = 0;
    writing_.swap(waiting_);
    writing_left_ = writing_.size();
  }
  if (writing_.empty()) {
    writing_.shrink_to_fit();
    if (!close_wanted_) return;
    const websocket::close_reason reason = *close_wanted_;
    lock.unlock();
    return start_close(reason);
  }
  lock.unlock();
  write_next();
}

void WebSocketConnection::write_next() {
  write_under_way_ = true;
  const auto text = std::move(writing_[written_++]);
  stream_->async_write(asio::buffer(*text),
                       [self = shared_from_this(), text](SystemError error, std::size_t) {
                         self->write_under_way_ = false;
                         {
                           const std::lock_guard lock(self->mutex_);
                           if (self->writing_left_ > 0) --self->writing_left_;
                         }
                         if (!error) self->pump(); // an error also ends the read, which finishes
                       });
}

void WebSocketConnection::start_close(websocket::close_reason reason) {
  closing_ = true;
  stream_->async_close(reason, [self = shared_from_this()](SystemError) { self->finish(); });
}

void WebSocketConnection::read_next() {
  stream_->async_read(buffer_,
                      [self = shared_from_this()](SystemError error, std::size_t) { self->on_read(error); });
}

void WebSocketConnection::on_read(SystemError error) {
  if (error) return closing_ ? void() : finish(); // while closing, the close handler finishes
  if (ended_) return;
  if (!stream_->got_text()) {
    if (!closing_) start_close({websocket::close_code::unknown_data, "text only"});
    return;
  }
  if (events_.on_text && !closing_) {
    const auto data = buffer_.data();
    events_.on_text(std::string(static_cast<const char*>(data.data()), data.size()));
  }
  buffer_.consume(buffer_.size());
  if (buffer_.capacity() > kBufferKept) buffer_.shrink_to_fit();
  if (!ended_) read_next();
}

void WebSocketConnection::finish() {
  const auto self = shared_from_this();
  std::shared_ptr<Loop> loop;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    loop = std::move(loop_);
    waiting_ = {};
  }
  SystemError ignored;
  if (stream_) beast::get_lowest_layer(*stream_).close(ignored);
  loop->shared().websockets.fetch_sub(1);
  loop->remove(*this);
  const auto events = std::exchange(events_, {}); // they may own this socket
  if (events.on_close) events.on_close();
  loop->shared().connection_closed();
}

} // namespace

bool start_websocket(Loop& loop, Socket& socket, Request& request) {
  const auto connection = std::make_shared<WebSocketConnection>(loop, std::move(request));
  auto events = loop.options().upgrade(connection);
  if (!events) {
    request = connection->take_request();
    return false;
  }
  loop.add(connection);
  connection->accept(std::move(socket), std::move(*events));
  return true;
}

} // namespace renova::http

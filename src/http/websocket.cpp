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

constexpr std::chrono::seconds kHandshakeDeadline{5};
constexpr std::size_t kBufferKept = 4096; // a larger read buffer is given back after its message

class WebSocketConnection;

// What the rest of the program holds: it may outlive the connection, the loop and the server.
class Mailbox final : public WebSocket {
 public:
  Mailbox(std::shared_ptr<Loop> loop, Request request)
      : loop_(std::move(loop)), request_(std::move(request)) {}

  void send(std::shared_ptr<const std::string> text) override;
  void close(std::uint16_t code, std::string reason) override;
  const Request& request() const override { return request_; }

 private:
  friend class WebSocketConnection;
  void schedule(); // with mutex_ held

  std::mutex mutex_;
  std::shared_ptr<Loop> loop_; // empty once ended
  std::weak_ptr<WebSocketConnection> connection_;
  std::vector<std::shared_ptr<const std::string>> waiting_;
  std::size_t writing_left_ = 0; // taken from waiting_ by the connection and not yet written
  std::optional<websocket::close_reason> close_wanted_;
  bool overflow_ = false;
  bool scheduled_ = false;
  bool ended_ = false;
  Request request_;
};

class WebSocketConnection final : public Connection,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  WebSocketConnection(Loop& loop, std::shared_ptr<Mailbox> mailbox)
      : loop_(loop), mailbox_(std::move(mailbox)) {}

  void accept(Socket socket, WebSocketEvents events);
  void pump();
  void on_tick(TimePoint now) override;
  void on_drain() override { mailbox_->close(websocket::close_code::service_restart, "the server restarts"); }
  void abort() override { finish(); }

  // The upgrade was refused: the request goes its ordinary way.
  static Request take_request(Mailbox& mailbox) {
    const std::lock_guard lock(mailbox.mutex_);
    mailbox.ended_ = true;
    mailbox.loop_.reset();
    return std::move(mailbox.request_);
  }

 private:
  void write_next();
  void start_close(websocket::close_reason reason);
  void read_next();
  void on_read(SystemError error);
  void finish();

  Loop& loop_;
  std::shared_ptr<Mailbox> mailbox_;
  WebSocketEvents events_;
  std::optional<Stream> stream_;
  beast::flat_buffer buffer_;
  std::vector<std::shared_ptr<const std::string>> writing_;
  std::size_t written_ = 0;
  bool open_ = false;
  bool write_under_way_ = false;
  bool closing_ = false;
  bool ended_ = false;
  TimePoint close_deadline_ = TimePoint::max();
};

void Mailbox::send(std::shared_ptr<const std::string> text) {
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

void Mailbox::close(std::uint16_t code, std::string reason) {
  const std::lock_guard lock(mutex_);
  if (ended_ || close_wanted_) return;
  // A control frame holds at most 125 bytes (RFC 6455 §5.5), two of them are the code.
  reason.resize(std::min<std::size_t>(reason.size(), 123));
  while (!is_utf8(reason)) reason.pop_back();
  close_wanted_ = websocket::close_reason(static_cast<websocket::close_code>(code), reason);
  schedule();
}

void Mailbox::schedule() {
  if (std::exchange(scheduled_, true)) return;
  loop_->post([weak = connection_] {
    if (const auto connection = weak.lock()) connection->pump();
  });
}

void WebSocketConnection::accept(Socket socket, WebSocketEvents events) {
  events_ = std::move(events);
  {
    const std::lock_guard lock(mailbox_->mutex_);
    mailbox_->connection_ = weak_from_this();
  }
  loop_.shared().websockets.fetch_add(1);
  stream_.emplace(std::move(socket));
  stream_->set_option(websocket::stream_base::timeout{
      .handshake_timeout = kHandshakeDeadline,
      .idle_timeout =
          std::chrono::duration_cast<std::chrono::steady_clock::duration>(loop_.options().websocket_idle),
      .keep_alive_pings = true});
  stream_->read_message_max(loop_.options().websocket_frame_max);
  stream_->text(true);
  stream_->auto_fragment(false); // one frame for each message, straight from the shared text
  auto handshake = std::make_unique<HandshakeRequest>(beast::http::verb::get, mailbox_->request().target, 11);
  for (const Header& line : mailbox_->request().headers.lines()) handshake->insert(line.name, line.value);
  HandshakeRequest& kept = *handshake;
  stream_->async_accept(kept, [self = shared_from_this(), kept = std::move(handshake)](SystemError error) {
    if (error) return self->finish();
    self->open_ = true;
    self->read_next();
    self->pump();
  });
}

// Beast keeps the time of a silent peer, but waits without end for one that never closes its side or never
// makes room for our close frame.
void WebSocketConnection::on_tick(TimePoint now) {
  if (!open_ || (!closing_ && stream_->is_open())) return;
  if (close_deadline_ == TimePoint::max()) close_deadline_ = now + loop_.options().websocket_close_deadline;
  if (now >= close_deadline_) finish();
}

void WebSocketConnection::pump() {
  Mailbox& box = *mailbox_;
  std::unique_lock lock(box.mutex_);
  box.scheduled_ = false;
  if (!open_ || ended_ || closing_) return;
  if (box.overflow_) {
    lock.unlock();
    return start_close({websocket::close_code::try_again_later, "the client reads too slowly"});
  }
  if (write_under_way_) return;
  if (written_ == writing_.size()) {
    writing_ = std::exchange(box.waiting_, {});
    written_ = 0;
    box.writing_left_ = writing_.size();
  }
  const auto close_wanted = box.close_wanted_;
  lock.unlock();
  if (!writing_.empty())
    write_next();
  else if (close_wanted)
    start_close(*close_wanted);
}

void WebSocketConnection::write_next() {
  write_under_way_ = true;
  const auto text = std::move(writing_[written_++]);
  stream_->async_write(asio::buffer(*text),
                       [self = shared_from_this(), text](SystemError error, std::size_t) {
                         self->write_under_way_ = false;
                         {
                           const std::lock_guard lock(self->mailbox_->mutex_);
                           --self->mailbox_->writing_left_;
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
  if (std::exchange(ended_, true)) return;
  const auto self = shared_from_this();
  {
    const std::lock_guard lock(mailbox_->mutex_);
    mailbox_->ended_ = true;
    mailbox_->loop_.reset();
    mailbox_->waiting_ = {};
  }
  SystemError ignored;
  beast::get_lowest_layer(*stream_).close(ignored);
  loop_.shared().websockets.fetch_sub(1);
  loop_.remove(*this);
  const auto events = std::exchange(events_, {}); // they may own the mailbox
  if (events.on_close) events.on_close();
  loop_.shared().connection_closed();
}

} // namespace

bool start_websocket(Loop& loop, Descriptor& socket, Request& request) {
  const auto mailbox = std::make_shared<Mailbox>(loop.shared_from_this(), std::move(request));
  auto events = loop.options().upgrade(mailbox);
  if (!events) {
    request = WebSocketConnection::take_request(*mailbox);
    return false;
  }
  const auto connection = std::make_shared<WebSocketConnection>(loop, mailbox);
  loop.unwatch(socket.get());
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  Socket taken(loop.executor(), address.ss_family == AF_INET6 ? Tcp::v6() : Tcp::v4(), socket.release());
  loop.add(connection);
  connection->accept(std::move(taken), std::move(*events));
  return true;
}

} // namespace renova::http

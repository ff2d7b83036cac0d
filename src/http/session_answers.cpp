// How a session hands requests over and writes the answers, in order.
#include "base/log.hpp"
#include "http/session.hpp"

namespace renova::http {

namespace {

bool allows_body(int status) { return status >= 200 && status != 204 && status != 304; }

// Answers one request once, from whatever thread, and says 500 when it is dropped unused.
class Ticket {
 public:
  Ticket(std::shared_ptr<Loop> loop, std::weak_ptr<Session> session, std::uint64_t number, Coding coding)
      : loop_(std::move(loop)), session_(std::move(session)), number_(number), coding_(coding) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    if (!used_) deliver(loop_->shared().protocol_error(500, "the request was not answered"));
  }

  void operator()(Response response) {
    if (used_.exchange(true)) return;
    compress_response(response, coding_, loop_->options().compress_min);
    deliver(std::move(response));
  }

 private:
  void deliver(Response response) {
    if (Loop::current() == loop_.get()) {
      if (const auto session = session_.lock()) session->answer(number_, std::move(response));
      return;
    }
    loop_->post([session = session_, number = number_, response = std::move(response)]() mutable {
      if (const auto live = session.lock()) live->answer(number, std::move(response));
    });
  }

  std::shared_ptr<Loop> loop_;
  std::weak_ptr<Session> session_;
  std::uint64_t number_;
  Coding coding_;
  std::atomic<bool> used_{false};
};

// The same for one piece of a streamed body; dropped unused it breaks the stream.
class PieceTicket {
 public:
  PieceTicket(std::shared_ptr<Loop> loop, std::weak_ptr<Session> session, std::uint64_t number)
      : loop_(std::move(loop)), session_(std::move(session)), number_(number) {}
  PieceTicket(const PieceTicket&) = delete;
  PieceTicket& operator=(const PieceTicket&) = delete;
  ~PieceTicket() {
    if (!used_) deliver(Error(ErrorCode::internal, "a piece of the body was dropped"));
  }

  void operator()(result<std::string> piece) {
    if (!used_.exchange(true)) deliver(std::move(piece));
  }

 private:
  void deliver(result<std::string> piece) {
    if (Loop::current() == loop_.get()) {
      if (const auto session = session_.lock()) session->answer_piece(number_, std::move(piece));
      return;
    }
    loop_->post([session = session_, number = number_, piece = std::move(piece)]() mutable {
      if (const auto live = session.lock()) live->answer_piece(number, std::move(piece));
    });
  }

  std::shared_ptr<Loop> loop_;
  std::weak_ptr<Session> session_;
  std::uint64_t number_;
  std::atomic<bool> used_{false};
};

} // namespace

void Session::dispatch(Request request) {
  Slot slot;
  slot.safe = is_safe_method(request.method);
  slot.head = request.method == "HEAD";
  slot.http_1_0 = held_1_0_;
  slot.keep_alive = held_keep_alive_;
  if (!slot.keep_alive) read_more_ = false;
  const std::uint64_t number = first_number_ + slots_.size();
  slots_.push_back(std::move(slot));
  const Coding coding = choose_coding(request.headers.get("Accept-Encoding"));
  auto ticket = std::make_shared<Ticket>(loop_.shared_from_this(), weak_from_this(), number, coding);
  try {
    loop_.options().handle(std::move(request),
                           [ticket](Response response) { (*ticket)(std::move(response)); });
  } catch (const std::exception& bug) {
    log::error("http_handler_threw", {{"what", bug.what()}});
    (*ticket)(loop_.shared().protocol_error(500, "the request could not be handled"));
  }
}

// Queues an answer that the protocol itself gives, behind those before it; nothing more is read.
void Session::refuse(int status, std::string_view detail) {
  read_more_ = false;
  Slot slot;
  slot.answered = true;
  slot.keep_alive = false;
  slot.response = loop_.shared().protocol_error(status, detail);
  slots_.push_back(std::move(slot));
}

// --- answering

void Session::answer(std::uint64_t number, Response response) {
  if (closed_ || number < first_number_ || number - first_number_ >= slots_.size()) return;
  Slot& slot = slots_[number - first_number_];
  if (slot.answered) return;
  slot.answered = true;
  slot.response = std::move(response);
  advance();
}

void Session::answer_piece(std::uint64_t number, result<std::string> piece) {
  if (closed_ || number != first_number_ || slots_.empty() || !slots_.front().waiting_for_piece) return;
  slots_.front().waiting_for_piece = false;
  slots_.front().piece = std::move(piece);
  advance();
}

// Writes the answers that are ready, in the order of the requests. True when one was completed.
bool Session::write_answers() {
  bool progress = false;
  while (!closed_ && !closing_ && !slots_.empty() && slots_.front().answered) {
    Slot& slot = slots_.front();
    if (loop_.shared().draining || slot.response.headers.get("Connection") == "close")
      slot.keep_alive = false;
    if (slot.response.next && !slot.head && allows_body(slot.response.status)) {
      if (!slot.streaming) begin_stream(slot);
      if (!continue_stream(slot, first_number_)) break;
    } else {
      write_answer(slot);
    }
    if (!slot.keep_alive) {
      closing_ = true;
      read_more_ = false;
    }
    slots_.pop_front();
    ++first_number_;
    progress = true;
  }
  if (want_continue_ && slots_.empty() && !closing_) {
    out_.add(std::string("HTTP/1.1 100 Continue\r\n\r\n"));
    want_continue_ = false;
    progress = true;
  }
  return progress;
}

std::string_view Session::connection_field(const Slot& slot) const {
  if (!slot.keep_alive) return "close";
  return slot.http_1_0 ? "keep-alive" : "";
}

void Session::write_answer(Slot& slot) {
  Response& response = slot.response;
  std::string& out = out_.tail();
  const std::size_t before = out.size();
  const bool body = allows_body(response.status);
  Framing framing = body ? Framing::sized : Framing::none;
  if (body && response.next) framing = slot.http_1_0 ? Framing::close : Framing::chunked; // HEAD of a stream
  const std::size_t length = response.shared_body ? response.shared_body->size() : response.body.size();
  write_head(out, response, framing, length, connection_field(slot), loop_.date());
  out_.appended(out.size() - before);
  if (!body || slot.head || response.next) return;
  if (response.shared_body)
    out_.add(std::move(response.shared_body));
  else
    out_.add(std::move(response.body));
}

void Session::begin_stream(Slot& slot) {
  slot.streaming = true;
  if (slot.http_1_0) slot.keep_alive = false;
  std::string head;
  write_head(head, slot.response, slot.http_1_0 ? Framing::close : Framing::chunked, 0,
             connection_field(slot), loop_.date());
  out_.add(std::move(head));
}

// Asks for pieces while the socket keeps up. True when the stream has ended.
bool Session::continue_stream(Slot& slot, std::uint64_t number) {
  while (!closed_) {
    if (slot.piece) {
      const result<std::string> piece = *std::exchange(slot.piece, std::nullopt);
      if (piece.has_error()) { // no last chunk: the client can tell that this is not the whole
        slot.keep_alive = false;
        reset_at_end_ = true;
        return true;
      }
      if (piece->empty()) {
        if (!slot.http_1_0) out_.add(std::string("0\r\n\r\n"));
        return true;
      }
      char size[24];
      const int length = std::snprintf(size, sizeof size, "%zx\r\n", piece->size());
      if (!slot.http_1_0) out_.add(std::string(size, static_cast<std::size_t>(length)));
      out_.add(*piece);
      if (!slot.http_1_0) out_.add(std::string("\r\n"));
    }
    if (slot.waiting_for_piece) return false;
    if (out_.size() >= kOutputMax) {
      flush();
      if (out_.size() >= kOutputMax) return false;
    }
    if (closed_) return false;
    slot.waiting_for_piece = true;
    auto ticket = std::make_shared<PieceTicket>(loop_.shared_from_this(), weak_from_this(), number);
    try {
      slot.response.next([ticket](result<std::string> piece) { (*ticket)(std::move(piece)); });
    } catch (const std::exception& bug) {
      log::error("http_stream_threw", {{"what", bug.what()}});
      (*ticket)(Error(ErrorCode::internal, "the body could not be made"));
    }
  }
  return false;
}

} // namespace renova::http

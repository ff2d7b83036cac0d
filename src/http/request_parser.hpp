// A strict, incremental parser of HTTP/1.x requests (RFC 9112). Pure: bytes in, decisions out; no socket, no
// clock.
//
// Everything that two implementations could read differently is refused: Content-Length beside
// Transfer-Encoding, a repeated or malformed Content-Length, a coding other than exactly "chunked", a line
// end other than CR LF, folded lines, a blank before the colon, a missing, repeated or malformed Host. A
// refusal is final: the connection must be closed, because where the next request begins can no longer be
// known.
#pragma once

#include "http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace renova::http {

class RequestParser {
 public:
  struct Limits {
    std::size_t line_max = 8 * 1024; // request line without its end → 414
    std::size_t header_max =
        32 * 1024; // all header lines together → 431; also trailers, also chunk extensions
    std::size_t header_count_max = 100; // → 431
  };
  enum class Step {
    more,  // the input is used up
    head,  // the head is complete, once for each request: time to set_body_max()
    done,  // the request is complete: take() it
    failed // failure() says why; the parser reads no further
  };
  struct Failure {
    int status = 0;
    std::string_view detail; // a literal
  };

  explicit RequestParser(Limits limits) : limits_(limits) {}

  // Reads from the front of `input` and removes what it has used. After Step::head call it again, even with
  // no input.
  Step feed(std::string_view& input);

  // The limit of the body of the present request in bytes (→ 413). Without a call there is none.
  void set_body_max(std::size_t bytes) { body_max_ = bytes; }

  const Request& head() const { return request_; }
  Request take(); // after Step::done; makes the parser ready for the next request
  const Failure& failure() const { return failure_; }

  // About the request that is being read; the framing ones are valid from Step::head on.
  bool started() const { return state_ != State::request_line || !partial_.empty(); }
  bool in_body() const { return state_ >= State::sized_body && state_ < State::complete; }
  bool http_1_0() const { return progress_.minor_version == 0; }
  bool keep_alive() const { return progress_.keep_alive && !progress_.close; }
  bool expects_continue() const { return progress_.expects_continue; }
  bool upgrades_to_websocket() const {
    return progress_.connection_upgrade && progress_.upgrade_websocket && !http_1_0();
  }
  std::size_t body_received() const { return request_.body.size(); }

 private:
  enum class State {
    request_line,
    header,
    head_complete,
    sized_body,
    chunk_size,
    chunk_data,
    chunk_end,
    trailer,
    complete,
    failed
  };
  enum class Line { more, ready, failed };

  Line next_line(std::string_view& input, std::string_view& line);
  std::size_t line_limit() const;
  bool on_line(std::string_view line); // false: failed
  bool on_request_line(std::string_view line);
  bool on_version(std::string_view version);
  bool on_header(std::string_view line);
  bool on_known_header(std::string_view name, std::string_view value);
  bool on_content_length(std::string_view value);
  bool on_connection(std::string_view value);
  bool on_head_end();
  bool on_body_begin();
  bool on_chunk_size(std::string_view line);
  bool on_trailer(std::string_view line);
  bool take_body(std::string_view& input);
  bool split_field(std::string_view line, std::string_view& name, std::string_view& value);
  bool fail(int status, std::string_view detail);

  Limits limits_;
  State state_ = State::request_line;
  Failure failure_;
  std::string partial_; // the beginning of a line whose end has not come yet
  std::string line_;    // a line that came in pieces
  std::size_t body_max_ = SIZE_MAX;
  // What is known of the present request; made anew for each.
  struct Progress {
    std::size_t header_bytes = 0;
    std::size_t extension_bytes = 0;
    std::uint64_t remaining = 0; // of the sized body or the present chunk
    int empty_lines = 0;
    int minor_version = 1;
    int hosts = 0;
    int lengths = 0;
    int codings = 0;
    bool chunked = false;
    bool keep_alive = true;
    bool close = false;
    bool expects_continue = false;
    bool connection_upgrade = false;
    bool upgrade_websocket = false;
    bool absolute = false;
  };
  Progress progress_;
  Request request_;
};

} // namespace renova::http

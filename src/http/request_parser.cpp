#include "http/request_parser.hpp"

#include "base/text.hpp"
#include "http/syntax.hpp"
#include "http/target.hpp"

#include <charconv>
#include <cstring>

namespace renova::http {

namespace {

constexpr std::size_t kMethodMax = 32;
constexpr std::size_t kChunkLineMax = 256; // size and extensions of one chunk
constexpr std::size_t kBodyReserveMax =
    65'536; // what a Content-Length may make us allocate before its bytes come
constexpr std::size_t kHeadersExpected = 12; // room for so many at once
constexpr int kEmptyLinesMax = 2;            // before a request line (RFC 9112 §2.2)

} // namespace

bool RequestParser::fail(int status, std::string_view detail) {
  failure_ = {status, detail};
  state_ = State::failed;
  return false;
}

Request RequestParser::take() {
  Request taken = std::move(request_);
  request_ = Request();
  progress_ = Progress();
  state_ = State::request_line;
  body_max_ = SIZE_MAX;
  return taken;
}

RequestParser::Step RequestParser::feed(std::string_view& input) {
  while (true) {
    switch (state_) {
      case State::failed:
        return Step::failed;
      case State::complete:
        return Step::done;
      case State::head_complete:
        if (!on_body_begin()) return Step::failed;
        break;
      case State::sized_body:
      case State::chunk_data:
        if (!take_body(input)) return Step::failed;
        if (progress_.remaining > 0) return Step::more;
        state_ = state_ == State::sized_body ? State::complete : State::chunk_end;
        break;
      default: {
        std::string_view line;
        switch (next_line(input, line)) {
          case Line::more:
            return Step::more;
          case Line::failed:
            return Step::failed;
          case Line::ready:
            break;
        }
        if (!on_line(line)) return Step::failed;
        if (state_ == State::head_complete) return Step::head;
      }
    }
  }
}

std::size_t RequestParser::line_limit() const {
  switch (state_) {
    case State::request_line:
      return limits_.line_max;
    case State::chunk_size:
      return kChunkLineMax;
    case State::chunk_end:
      return 0;
    default:
      return limits_.header_max - progress_.header_bytes;
  }
}

// Takes one line without its CR LF. A line that lies in `input` as a whole is not copied.
RequestParser::Line RequestParser::next_line(std::string_view& input, std::string_view& line) {
  auto too_long = [&] {
    if (state_ == State::request_line) return fail(414, "the request line is too long");
    if (state_ == State::chunk_size) return fail(400, "a chunk's size line is too long");
    if (state_ == State::chunk_end) return fail(400, "a chunk is longer than its size");
    return fail(431, "the header fields are too long");
  };
  const std::size_t limit = line_limit();
  const auto* end =
      input.empty() ? nullptr : static_cast<const char*>(memchr(input.data(), '\n', input.size()));
  if (end == nullptr) {
    const std::size_t checked = partial_.empty() ? 0 : partial_.size() - 1;
    partial_.append(input.substr(0, limit + 2));
    input = {};
    if (state_ == State::request_line && !partial_.empty() && partial_[0] != '\r' &&
        !syntax::kToken[static_cast<unsigned char>(partial_[0])])
      return fail(400, "the request does not begin with a method"), Line::failed;
    const auto cr = partial_.find('\r', checked);
    if (cr != std::string::npos && cr + 1 < partial_.size())
      return fail(400, "a carriage return without a line feed"), Line::failed;
    if (partial_.size() - (cr != std::string::npos) > limit) return too_long(), Line::failed;
    return Line::more;
  }
  const auto length = static_cast<std::size_t>(end - input.data());
  line = input.substr(0, length);
  input.remove_prefix(length + 1);
  if (!partial_.empty()) {
    if (partial_.size() + line.size() > limit + 1) return too_long(), Line::failed;
    partial_.append(line);
    line_.swap(partial_);
    partial_.clear();
    line = line_;
  }
  if (!line.ends_with('\r')) return fail(400, "a line feed without a carriage return"), Line::failed;
  line.remove_suffix(1);
  if (line.size() > limit) return too_long(), Line::failed;
  return Line::ready;
}

bool RequestParser::on_line(std::string_view line) {
  switch (state_) {
    case State::request_line:
      if (!line.empty()) return on_request_line(line);
      return ++progress_.empty_lines <= kEmptyLinesMax || fail(400, "empty lines instead of a request");
    case State::header:
      return line.empty() ? on_head_end() : on_header(line);
    case State::chunk_size:
      return on_chunk_size(line);
    case State::chunk_end: // line_limit() lets only an empty one through
      state_ = State::chunk_size;
      return true;
    default:
      return on_trailer(line);
  }
}

bool RequestParser::on_request_line(std::string_view line) {
  std::string_view rest = line;
  const std::string_view method = syntax::take_until(rest, ' ');
  const std::string_view target = syntax::take_until(rest, ' ');
  if (!syntax::is_token(method)) return fail(400, "the method is malformed");
  if (target.empty()) return fail(400, "the request line has no target");
  if (!on_version(rest)) return false;
  if (method.size() > kMethodMax || method == "CONNECT") return fail(501, "this method is not supported");
  const auto parsed = parse_target(method, target);
  if (parsed.has_error()) return fail(400, "the request target is malformed");
  request_.method = method;
  request_.target = target;
  request_.headers.reserve(kHeadersExpected);
  request_.path = parsed->path;
  request_.query = parsed->query;
  if (!parsed->authority.empty()) {
    progress_.absolute = true;
    request_.headers.add("Host", parsed->authority);
  }
  state_ = State::header;
  return true;
}

bool RequestParser::on_version(std::string_view version) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || !version.starts_with("HTTP/") || !digit(version[5]) || version[6] != '.' ||
      !digit(version[7]))
    return fail(400, "the request line has no HTTP version");
  if (version[5] != '1') return fail(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  progress_.minor_version =
      version[7] == '0' ? 0 : 1; // a higher minor version is served as ours (RFC 9110 §2.5)
  progress_.keep_alive = progress_.minor_version == 1;
  return true;
}

bool RequestParser::split_field(std::string_view line, std::string_view& name, std::string_view& value) {
  if (line.front() == ' ' || line.front() == '\t') return fail(400, "a folded header line");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return fail(400, "a header line without a colon");
  name = line.substr(0, colon);
  value = syntax::trim_ows(line.substr(colon + 1));
  if (!syntax::is_token(name)) return fail(400, "a header name is malformed");
  if (!syntax::all_of(value, syntax::kFieldValue)) return fail(400, "a header value has a control character");
  return true;
}

bool RequestParser::on_header(std::string_view line) {
  std::string_view name, value;
  if (!split_field(line, name, value)) return false;
  progress_.header_bytes += line.size();
  if (request_.headers.lines().size() >= limits_.header_count_max) return fail(431, "too many header fields");
  if (!on_known_header(name, value)) return false;
  if (progress_.absolute && equals_ignoring_case(name, "Host")) return true;
  request_.headers.add(std::string(name), std::string(value));
  return true;
}

bool RequestParser::on_known_header(std::string_view name, std::string_view value) {
  auto is = [&](std::string_view known) {
    return name.size() == known.size() && equals_ignoring_case(name, known);
  };
  if (is("Host")) {
    ++progress_.hosts;
    return is_host(value) || fail(400, "the Host field is malformed");
  }
  if (is("Content-Length")) return on_content_length(value);
  if (is("Connection")) return on_connection(value);
  if (is("Transfer-Encoding")) {
    ++progress_.codings;
    progress_.chunked = equals_ignoring_case(value, "chunked");
    if (progress_.codings > 1) return fail(400, "more than one Transfer-Encoding");
  } else if (is("Upgrade")) {
    while (!value.empty())
      if (equals_ignoring_case(syntax::trim_ows(syntax::take_until(value, ',')), "websocket"))
        progress_.upgrade_websocket = true;
  } else if (is("Expect")) {
    if (!equals_ignoring_case(value, "100-continue")) return fail(417, "this expectation is not supported");
    progress_.expects_continue = true;
  }
  return true;
}

bool RequestParser::on_content_length(std::string_view value) {
  if (++progress_.lengths > 1) return fail(400, "more than one Content-Length");
  const char* end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, progress_.remaining);
  if (value.empty() || value.front() == '-' || parsed.ec != std::errc() || parsed.ptr != end)
    return fail(400, "the Content-Length is malformed");
  return true;
}

bool RequestParser::on_connection(std::string_view value) {
  while (!value.empty()) {
    const std::string_view option = syntax::trim_ows(syntax::take_until(value, ','));
    if (equals_ignoring_case(option, "close")) progress_.close = true;
    if (equals_ignoring_case(option, "keep-alive")) progress_.keep_alive = true;
    if (equals_ignoring_case(option, "upgrade")) progress_.connection_upgrade = true;
  }
  return true;
}

bool RequestParser::on_head_end() {
  if (progress_.hosts > 1) return fail(400, "more than one Host field");
  if (progress_.hosts == 0 && progress_.minor_version == 1) return fail(400, "no Host field");
  if (progress_.codings > 0 && progress_.lengths > 0)
    return fail(400, "Content-Length beside Transfer-Encoding");
  if (progress_.codings > 0 && progress_.minor_version == 0)
    return fail(400, "Transfer-Encoding in HTTP/1.0");
  if (progress_.codings > 0 && !progress_.chunked)
    return fail(501, "the only transfer coding here is chunked");
  if (progress_.minor_version == 0 || (!progress_.chunked && progress_.remaining == 0))
    progress_.expects_continue = false; // RFC 9110 §10.1.1
  state_ = State::head_complete;
  return true;
}

bool RequestParser::on_body_begin() {
  progress_.header_bytes = 0; // trailers count anew
  if (progress_.chunked) {
    state_ = State::chunk_size;
    return true;
  }
  if (progress_.remaining > body_max_) return fail(413, "the body is too large");
  request_.body.reserve(std::min<std::uint64_t>(progress_.remaining, kBodyReserveMax));
  state_ = progress_.remaining == 0 ? State::complete : State::sized_body;
  return true;
}

bool RequestParser::take_body(std::string_view& input) {
  const std::string_view piece = input.substr(0, std::min<std::uint64_t>(progress_.remaining, input.size()));
  request_.body.append(piece);
  input.remove_prefix(piece.size());
  progress_.remaining -= piece.size();
  return true;
}

// RFC 9112 §7.1: chunk-size [ chunk-ext ]. Extensions are dropped.
bool RequestParser::on_chunk_size(std::string_view line) {
  constexpr std::uint64_t kSizeMax = std::uint64_t{1} << 60;
  std::size_t digits = 0;
  std::uint64_t size = 0;
  for (; digits < line.size() && syntax::hex_value(line[digits]) >= 0; ++digits) {
    size = size * 16 + static_cast<std::uint64_t>(syntax::hex_value(line[digits]));
    if (size > kSizeMax) return fail(413, "a chunk is too large");
  }
  const std::string_view extension = line.substr(digits);
  if (digits == 0 || digits > 16) return fail(400, "a chunk has no valid size");
  if (!extension.empty() &&
      (syntax::trim_ows(extension).substr(0, 1) != ";" || !syntax::all_of(extension, syntax::kFieldValue)))
    return fail(400, "a chunk's size is followed by something else");
  progress_.extension_bytes += extension.size();
  if (progress_.extension_bytes > limits_.header_max) return fail(400, "too many chunk extensions");
  if (size > body_max_ - request_.body.size()) return fail(413, "the body is too large");
  progress_.remaining = size;
  state_ = size == 0 ? State::trailer : State::chunk_data;
  return true;
}

bool RequestParser::on_trailer(std::string_view line) {
  if (line.empty()) {
    state_ = State::complete;
    return true;
  }
  std::string_view name, value;
  progress_.header_bytes += line.size();
  return split_field(line, name, value);
}

} // namespace renova::http

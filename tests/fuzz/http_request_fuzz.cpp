// Any bytes, in any pieces: the same requests and the same refusal whatever the pieces, and nothing hostile
// in a request.
#include "base/text.hpp"
#include "http/cookies.hpp"
#include "http/media_type.hpp"
#include "http/query.hpp"
#include "http/request_parser.hpp"
#include "http/syntax.hpp"
#include "tests/fuzz/check.hpp"

using namespace renova;
using namespace renova::http;
using renova::fuzz::check;

namespace {

constexpr std::size_t kBodyMax = 1000;

struct Reading {
  std::vector<Request> requests;
  int refusal = 0; // a status, 0 for none
};

Reading read_in_pieces(std::string_view text, std::size_t piece) {
  Reading reading;
  RequestParser parser({.line_max = 200, .header_max = 400, .header_count_max = 10});
  for (std::size_t at = 0; at < text.size(); at += piece) {
    std::string_view input = text.substr(at, piece);
    for (bool more = true; more;) {
      switch (parser.feed(input)) {
        case RequestParser::Step::more:
          check(input.empty());
          more = false;
          break;
        case RequestParser::Step::head:
          check(parser.head().body.empty());
          parser.set_body_max(kBodyMax);
          break;
        case RequestParser::Step::done:
          reading.requests.push_back(parser.take());
          check(!parser.started());
          break;
        case RequestParser::Step::failed:
          reading.refusal = parser.failure().status;
          check(parser.feed(input) == RequestParser::Step::failed);
          return reading;
      }
    }
  }
  return reading;
}

void check_request(const Request& request) {
  check(syntax::is_token(request.method));
  check(request.path == "*" || request.path.starts_with('/'));
  check(is_utf8(request.path) && request.path.find('\0') == std::string::npos);
  const std::string closed = request.path + "/";
  check(closed.find("/../") == std::string::npos && closed.find("/./") == std::string::npos);
  check(request.body.size() <= kBodyMax);
  check(request.headers.lines().size() <= 11);
  for (const Header& line : request.headers.lines()) {
    check(syntax::is_token(line.name));
    check(syntax::all_of(line.value, syntax::kFieldValue));
  }
  if (const auto query = parse_query(request.query); query.has_value())
    for (const QueryParameter& p : *query) check(is_utf8(p.name) && is_utf8(p.value));
  parse_media_type(request.headers.get("Content-Type"));
  accepts(request.headers.get("Accept"), "application/json");
  check(coding_weight(request.headers.get("Accept-Encoding"), "gzip") <= 1000);
  find_cookie(request.headers, "a");
}

bool same(const Request& a, const Request& b) {
  if (a.method != b.method || a.path != b.path || a.query != b.query || a.body != b.body) return false;
  if (a.headers.lines().size() != b.headers.lines().size()) return false;
  for (std::size_t i = 0; i < a.headers.lines().size(); ++i)
    if (a.headers.lines()[i].name != b.headers.lines()[i].name ||
        a.headers.lines()[i].value != b.headers.lines()[i].value)
      return false;
  return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{1} + data[0] % 64;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading whole = read_in_pieces(text, text.size() + 1);
  const Reading pieces = read_in_pieces(text, piece);
  for (const Request& request : whole.requests) check_request(request);
  check(whole.requests.size() == pieces.requests.size());
  for (std::size_t i = 0; i < whole.requests.size(); ++i) check(same(whole.requests[i], pieces.requests[i]));
  // A line that is both too long and malformed may be refused for either reason, depending on what is seen
  // first.
  check((whole.refusal == 0) == (pieces.refusal == 0));
  check(whole.refusal == 0 || (whole.refusal >= 400 && whole.refusal <= 505));
  return 0;
}

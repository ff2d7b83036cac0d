// The bytes of an answer's head.
#pragma once

#include "http/message.hpp"

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace renova::http {

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::string http_date(std::time_t seconds);

// The Date of this second, made anew once a second. One for each thread.
class DateCache {
 public:
  std::string_view now();

 private:
  std::time_t second_ = 0;
  std::string text_;
};

// How the end of the body is told to the client.
enum class Framing {
  sized,   // Content-Length
  chunked, // Transfer-Encoding: chunked
  close,   // the end of the connection: a stream to an HTTP/1.0 client
  none     // 204, 304 and 1xx have no body and no length
};

std::string_view reason_phrase(int status);

// Appends status line, fields and the empty line. The handler's own Content-Length, Transfer-Encoding,
// Connection and Date are left out; so is a field that is no legal one (CR LF in a value would split the
// answer).
void write_head(std::string& out, const Response& response, Framing framing, std::size_t length,
                std::string_view connection, std::string_view date);

} // namespace renova::http

// Errors as RFC 9457 problem documents. The only place in the program that knows status codes of errors.
#pragma once

#include "api/call.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

#include <string>
#include <string_view>

namespace renova::api {

// The HTTP status of an error code.
int status_of(ErrorCode code);
// The stable text: "validation_failed".
std::string_view text_of(ErrorCode code);
// The title in one of the three languages.
std::string_view title_of(ErrorCode code, Locale locale);

// application/problem+json with {type,title,status,detail,code,errors,request_id}; Retry-After where it
// helps. The detail of `internal` is never shown.
http::Response problem(const Error& error, Locale locale, std::string_view request_id);

// The same for a status that the protocol itself gives (400, 408, 413, 414, 431, 501, 503).
http::Response protocol_problem(int status, std::string_view detail);

} // namespace renova::api

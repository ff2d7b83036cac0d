// The one way in which a function says that it could not do its work.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <utility>
#include <vector>

namespace renova {

// What went wrong, as a closed list. api/problem gives each its HTTP status and its stable text code.
enum class ErrorCode {
  malformed,            // the text is not of the expected syntax (broken JSON, bad cursor)
  validation_failed,    // well-formed but against a rule; `fields` says which
  not_found,            // no such object in this tenant
  conflict,             // against the present state (phone taken, message already sent, …)
  version_mismatch,     // If-Match named another version
  idempotency_mismatch, // the Idempotency-Key was used with another body
  unauthenticated,
  forbidden,
  limit_exceeded,         // a quota of the tenant is used up
  unsupported_media_type, // the Content-Type is not one that the operation takes
  method_not_allowed,
  payload_too_large,
  rate_limited,  // `retry_after_s` says when to come back
  circuit_open,  // the remote party is being left alone after failures
  unavailable,   // database busy, gone or full; nothing was changed; try again
  storage_full,  // the disk is full; nothing was changed
  remote_failed, // a remote party answered with an error
  internal,      // a bug or a broken installation
};

// One rule that one input field broke. `pointer` is a JSON pointer (RFC 6901) into the request body, or the
// bare name of a query parameter. `code` is stable; `detail` is English prose for developers.
struct FieldError {
  std::string pointer;
  std::string code;
  std::string detail;
  friend bool operator==(const FieldError&, const FieldError&) = default;
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string detail; // English, safe to show to the caller: never a secret, SQL or a full phone number
  std::vector<FieldError> fields;
  int retry_after_s = 0;
  std::string about; // the id of the object that is in the way, where there is one (conflict)

  Error() = default;
  Error(ErrorCode c, std::string d) : code(c), detail(std::move(d)) {}
  Error(ErrorCode c, std::string d, std::vector<FieldError> f)
      : code(c), detail(std::move(d)), fields(std::move(f)) {}
};

// The error of exactly one field.
inline Error field_error(std::string pointer, std::string code, std::string detail) {
  return Error(ErrorCode::validation_failed, detail,
               {FieldError{std::move(pointer), std::move(code), detail}});
}

// value() of a failed result is a bug in the caller.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <class T = void>
using result = boost::system::result<T, Error>;

} // namespace renova

#define RENOVA_CONCAT_(a, b) a##b
#define RENOVA_CONCAT(a, b) RENOVA_CONCAT_(a, b)

// TRY(auto x, f()): declares x from f()'s value, or returns f()'s error from this function.
// Two statements and not a statement expression: g++ 12 leaks when one returns from inside a braced
// initialiser.
#define TRY(declaration, expression) TRY_IMPL_(declaration, RENOVA_CONCAT(try_result_, __LINE__), expression)
#define TRY_IMPL_(declaration, temporary, expression)  \
  auto temporary = (expression);                       \
  if (temporary.has_error()) return temporary.error(); \
  declaration = std::move(*temporary)

// TRY_DO(f()): returns f()'s error from this function, if it has one.
#define TRY_DO(expression) TRY_DO_IMPL_(RENOVA_CONCAT(try_result_, __LINE__), expression)
#define TRY_DO_IMPL_(temporary, expression) \
  if (auto temporary = (expression); temporary.has_error()) return temporary.error()

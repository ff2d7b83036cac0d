// Inside of http/ only: one outgoing request as libcurl sees it.
#pragma once

#include "http/outgoing.hpp"

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace renova::http {

struct Transfer {
  OutgoingRequest request;
  std::function<void(OutgoingResult)> done;
  std::chrono::steady_clock::time_point deadline;
  std::string host; // scheme, host and port: what the connection limit counts by
  std::unique_ptr<CURLU, void (*)(CURLU*)> url{nullptr, curl_url_cleanup};
  CURL* handle = nullptr;
  curl_slist* headers = nullptr;
  bool private_allowed = false;

  // What the callbacks see.
  Response response;
  std::size_t head_bytes = 0;
  bool opened = false;         // a socket to an allowed address was made
  bool refused = false;        // an address was refused
  bool handed_over = false;    // the connection stood and the request began to be written
  bool replay_refused = false; // libcurl wanted to send the request once more
  bool head_complete = false;  // the empty line behind the header lines has come
  bool too_large = false;
  char detail[CURL_ERROR_SIZE] = {};

  ~Transfer() { curl_slist_free_all(headers); }
};

// Sets what is the same for all transfers of a handle.
void configure_handle(CURL* handle, const OutgoingClient::Options& options);

// Checks what libcurl would take on trust, and finds the key for the connection limit. False: a bad request.
bool prepare(Transfer& transfer);

// Sets the rest: address, deadlines, method, headers and body. The handle may have served another request
// before.
void configure(Transfer& transfer);

// Takes out of the handle what belongs to the transfer, which goes away before it.
void release(CURL* handle);

// Whether a byte of the request may have left. Over plain HTTP libcurl's count of written bytes is exact;
// over TLS a record may have left although its write failed, so the beginning of the write counts.
bool was_sent(const Transfer& transfer);

OutgoingFailure::Kind kind_of(CURLcode code, const Transfer& transfer);

} // namespace renova::http

// The outgoing client: many requests at once on one thread of its own (libcurl's multi interface).
#pragma once

#include "http/message.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace renova::http {

struct OutgoingRequest {
  std::string method = "POST";
  std::string url; // http or https, absolute
  Headers headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds total_timeout{9000};
  std::size_t response_max = 1024 * 1024; // bytes of body; more is an error
};

struct OutgoingFailure {
  enum class Kind {
    bad_url,
    refused_address, // loopback, private, link-local, multicast …, and the operator does not allow it
    resolve,
    connect,
    tls,
    timeout,
    too_large,
    broken, // the connection ended or spoke no HTTP
    stopped // the client is being shut down
  };
  Kind kind = Kind::broken;
  // True when at least one byte of the request may have reached the other side: the outcome is unknown.
  bool sent = false;
  std::string detail;
};

using OutgoingResult = std::variant<Response, OutgoingFailure>;

class OutgoingClient {
 public:
  struct Options {
    bool allow_private_addresses = false; // the operator's switch: loopback, RFC 1918, link-local, …
    int connections_per_host_max = 64; // by scheme, host and port; more requests wait, inside their deadline
    int connections_max = 512;         // to all hosts together
    int waiting_max = 100'000;         // more are refused with Kind::stopped
    std::string ca_file = {};          // PEM: a private authority to trust instead of the system's
    std::string user_agent = "Renova";
  };
  static std::unique_ptr<OutgoingClient> create(Options options);
  virtual ~OutgoingClient() = default; // fails what is under way with Kind::stopped

  // Starts a request; `done` is called exactly once, on the client's thread, and must not block. No
  // redirects, no cookies, no retry: what was handed over once is never handed over again by itself.
  virtual void send(OutgoingRequest request, std::function<void(OutgoingResult)> done) = 0;
};

} // namespace renova::http

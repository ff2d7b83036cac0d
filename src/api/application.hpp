// The API as a whole: route table, guard, limits and dispatcher behind one function from Request to Response.
#pragma once

#include "api/live_sockets.hpp"
#include "api/rate_limits.hpp"
#include "api/route.hpp"
#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/metrics.hpp"
#include "http/server.hpp"
#include "messaging/live_hub.hpp"
#include "storage/database.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace renova::api {

// One named check of GET /health. Called on a request's thread; must not block (report what is known).
struct HealthCheck {
  struct Outcome {
    bool ok = true;
    std::string state;  // "ok", "failing", or a circuit's "closed" | "open" | "half_open"
    std::string detail; // English; no secrets
  };
  std::string name; // "database", "circuit:https://graph.facebook.com:443"
  Outcome outcome;
};

struct Options {
  std::string version;                      // of the program
  std::string public_url;                   // for links; empty: unknown
  std::string metrics_token;                // empty: /metrics takes members only
  std::vector<std::string> trusted_proxies; // addresses or CIDR blocks whose X-Forwarded-* are believed
  std::vector<std::string> cors_origins;    // empty: closed
  RateLimits limits;
  std::string setup_token;            // empty: no set-up over HTTP
  int hashing_threads = 2;            // for Argon2id: 19 MiB each
  std::size_t hashing_queue_max = 64; // waiting log-ins; more are refused with 503
  LiveSockets::Timing live;
};

// What the application stands on; all of it outlives the application.
struct Dependencies {
  storage::Database& database;
  Clock& clock;
  Metrics& metrics;
  SecretBox& secrets;
  messaging::LiveHub& live;
  // Set in test mode only: moves the clock; calls back when everything that waits for time has run for the
  // new instant.
  std::function<void(Instant, std::function<void()>)> move_clock;
  // Further named checks for GET /health; called for each request, must be quick.
  std::function<std::vector<HealthCheck>()> health;
  // Not ready while draining or before migrations are done.
  std::function<bool()> ready;
  // Routes of the other parts (clients, messages, imports, hooks): called once while the table is being made.
  std::vector<std::function<void(RouteTable&)>> more_routes;
};

class Application {
 public:
  Application(Dependencies dependencies, Options options);
  ~Application();

  // Answers one request; the responder is called exactly once.
  void handle(http::Request request, http::Responder respond);
  // The body limit for a request whose head has arrived.
  std::size_t body_max(const http::Request& head) const;
  // Takes the upgrade of /api/v1/live.
  std::optional<http::WebSocketEvents> upgrade(std::shared_ptr<http::WebSocket> socket);

  const RouteTable& routes() const;
  // The OpenAPI 3.1 document as JSON.
  const std::string& openapi() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Server options whose callbacks lead into the application; host, port and threads are left to the caller.
http::ServerOptions make_server_options(Application& application);

} // namespace renova::api

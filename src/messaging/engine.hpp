// The engine: plans what is due, hands it over, and follows what becomes of it. One per process.
//
// Threads: `loop` owns every channel's in-memory state and never blocks; `planner` does set-based planning in
// short transactions; the database's and the outgoing client's threads only post tasks to the loop.
#pragma once

#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "domain/breaker.hpp"
#include "domain/message.hpp"
#include "http/outgoing.hpp"
#include "messaging/composer.hpp"
#include "messaging/gateway/gateway.hpp"
#include "storage/database.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace renova::messaging {

struct EngineOptions {
  // Names this process across restarts: a new epoch of the same instance takes its channels over at once. Two
  // processes that run at the same time must have different names.
  std::string instance = "local";
  Duration lease = std::chrono::seconds(15);        // another instance takes over when it lapses
  Duration lease_renewal = std::chrono::seconds(4); // how often it is renewed, and channels are looked for
  Duration plan_every = std::chrono::minutes(1);
  std::chrono::milliseconds drain{8000}; // how long stop() waits for answers
  int batch_max = 256;                   // messages of one claim
  int plan_chunk = 2000;                 // subscriptions of one planning transaction
  domain::BackoffPolicy backoff;
};

// Makes the gateway of a channel; nullptr when its settings do not allow one. Tests give their own.
using GatewayFactory =
    std::function<std::shared_ptr<Gateway>(std::string_view channel_type, const ChannelConfig& config)>;

struct EngineDependencies {
  storage::Database& database;
  Clock& clock;
  Metrics& metrics;
  const SecretBox& secrets;
  http::OutgoingClient* outgoing = nullptr; // needed by cloud_api
  GatewayFactory gateways;                  // empty: the real ones
  std::function<double()> random;           // in [0, 1); empty: the system's
  PixCopy pix_copy;                         // {pix_copy}; empty: such messages are held
};

class Engine {
 public:
  Engine(EngineDependencies dependencies, EngineOptions options);
  // Without stop() before it: like a crash. Nothing more is written; what is in flight is left as it is.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Takes channels over (what a dead process was handing over becomes `unknown`), plans, then sends.
  void start();
  // Stops claiming, waits up to `drain` for answers, puts back what was not handed over, gives the leases up.
  void stop();

  // Returns when the planner has run for the present instant and the sender was woken. Blocks: not for I/O
  // threads of a server that needs them to answer; plan_soon is for those.
  void plan_now();
  // The same with a callback, on the planner's thread.
  void plan_soon(std::function<void()> done);
  // Something changed that no live event tells of.
  void wake();
  // Webhook items were stored: they are processed at once.
  void inbox_arrived();

  // Every remote party that was called, with its circuit, for /health.
  struct Party {
    std::string name; // "https://graph.facebook.com:443"
    domain::CircuitState state = domain::CircuitState::closed;
  };
  std::vector<Party> parties() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

} // namespace renova::messaging

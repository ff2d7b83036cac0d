// The composition root: every part of a serving process, made in order and ended in reverse.
#pragma once

#include "api/application.hpp"
#include "api/imports_api.hpp"
#include "app/config.hpp"
#include "app/control_socket.hpp"
#include "app/housekeeping.hpp"
#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/metrics.hpp"
#include "http/outgoing.hpp"
#include "http/server.hpp"
#include "messaging/engine.hpp"
#include "messaging/live_hub.hpp"
#include "storage/database.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace renova::app {

class Runtime {
 public:
  // Opens and migrates the database, takes the channels over, and listens. Errors say what to do about them.
  static result<std::unique_ptr<Runtime>> start(const Config& config);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  storage::Database& database() { return *database_; }
  Clock& clock() { return *clock_; }
  SecretBox& secrets() { return *secrets_; }

  std::string url() const;                                        // http://127.0.0.1:8080
  const std::string& setup_token() const { return setup_token_; } // empty once there is a user

  // True after the storage failed for good: the process should end, to be started again.
  bool has_failed() const { return failed_; }

  // Lets requests and hand-overs under way finish, at most about ten seconds in all.
  void stop();

 private:
  explicit Runtime(const Config& config);
  result<void> open();
  result<void> find_setup_token();
  result<void> make_application();
  result<void> listen();
  void serve_commands();
  std::vector<api::HealthCheck> health();

  Config config_;
  std::unique_ptr<Clock> clock_;
  TestClock* test_clock_ = nullptr; // clock_ in test mode
  Metrics metrics_;
  std::unique_ptr<SecretBox> secrets_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<messaging::LiveHub> live_;
  std::unique_ptr<http::OutgoingClient> outgoing_;
  std::unique_ptr<messaging::Engine> engine_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::shared_ptr<api::ImportsApi> imports_;
  std::unique_ptr<api::Application> application_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<ControlSocket> control_;
  std::string setup_token_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> failed_{false};
};

// The database of a configuration, opened but not migrated.
result<std::unique_ptr<storage::Database>> open_database(const Config& config,
                                                         storage::DatabaseOptions options = {});

} // namespace renova::app

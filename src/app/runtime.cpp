#include "app/runtime.hpp"

#include "app/chores.hpp"
#include "app/command.hpp"
#include "app/routes.hpp"
#include "app/version.hpp"
#include "base/log.hpp"
#include "services/sign_in.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace renova::app {
namespace {

constexpr std::chrono::seconds kDrain{8};            // of requests; the engine drains beside it
constexpr std::chrono::milliseconds kLockWait{3000}; // for a process that is on its way out

std::string host_name() {
  char name[256] = "localhost";
  ::gethostname(name, sizeof name - 1);
  return name;
}

// A free port of the host, for `--listen HOST:0`: the engine needs to know the port before the server is
// there.
std::uint16_t free_port() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bool ok = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
            ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (fd >= 0) ::close(fd);
  return ok ? ntohs(address.sin_port) : 0;
}

std::string circuit_text(domain::CircuitState state) {
  switch (state) {
    case domain::CircuitState::closed:
      return "closed";
    case domain::CircuitState::open:
      return "open";
    case domain::CircuitState::half_open:
      return "half_open";
  }
  return "open";
}

} // namespace

result<std::unique_ptr<storage::Database>> open_database(const Config& config,
                                                         storage::DatabaseOptions options) {
  options.url = config.database_url;
  options.lock_wait = kLockWait;
  return storage::Database::open(std::move(options));
}

Runtime::Runtime(const Config& config) : config_(config) {
  if (config_.listen_port == 0) config_.listen_port = free_port();
}

Runtime::~Runtime() { stop(); }

result<std::unique_ptr<Runtime>> Runtime::start(const Config& config) {
  std::unique_ptr<Runtime> runtime(new Runtime(config));
  TRY_DO(runtime->open());
  TRY_DO(runtime->find_setup_token());
  TRY_DO(runtime->make_application());
  TRY_DO(runtime->listen());
  runtime->serve_commands();
  runtime->engine_->start();
  runtime->ready_ = true;
  return runtime;
}

result<void> Runtime::open() {
  if (config_.test_clock) {
    auto clock = std::make_unique<TestClock>(*config_.test_clock);
    test_clock_ = clock.get();
    clock_ = std::move(clock);
  } else {
    clock_ = std::make_unique<SystemClock>();
  }
  storage::DatabaseOptions options;
  auto& commit_seconds = metrics_.histogram("storage_commit_seconds", "Time of a commit, the disk's part",
                                            Metrics::latency_bounds());
  auto& units = metrics_.counter("storage_units_total", "Units of work that were committed");
  auto& waiting = metrics_.gauge("storage_write_queue_size", "Units of work that wait for the writer");
  options.on_commit = [&](const storage::CommitReport& report) {
    commit_seconds.observe(std::chrono::duration<double>(report.commit).count());
    if (report.committed) units.add(static_cast<double>(report.units));
    waiting.set(static_cast<double>(report.waiting));
  };
  options.on_fatal = [this](const std::string& reason) {
    log::error("storage_failed", {{"reason", reason}, {"what_to_do", "free or repair the disk; restart"}});
    failed_ = true;
  };
  TRY(database_, open_database(config_, std::move(options)));
  TRY_DO(database_->migrate());
  TRY(std::string key, secret_key(config_));
  secrets_ = std::make_unique<SecretBox>(config_.secret_key_id, std::move(key), config_.old_keys);
  return {};
}

result<void> Runtime::find_setup_token() {
  TRY(bool needed, database_->read_now([](storage::Transaction& tx) { return services::setup_needed(tx); }));
  if (needed) setup_token_ = to_hex(random_bytes(16));
  return {};
}

result<void> Runtime::make_application() {
  live_ = std::make_unique<messaging::LiveHub>(*clock_);
  http::OutgoingClient::Options outgoing;
  outgoing.allow_private_addresses = config_.allow_private_addresses;
  outgoing.user_agent = std::string("Renova/") + kVersion;
  outgoing_ = http::OutgoingClient::create(std::move(outgoing));

  messaging::EngineOptions engine_options;
  engine_options.instance = host_name() + ":" + std::to_string(config_.listen_port);
  engine_ = std::make_unique<messaging::Engine>(
      messaging::EngineDependencies{*database_, *clock_, metrics_, *secrets_, outgoing_.get(), {}, {}, {}},
      engine_options);
  housekeeping_ = std::make_unique<Housekeeping>(*clock_, chores(*database_));

  api::Options options;
  options.version = kVersion;
  options.public_url = config_.public_url;
  options.metrics_token = config_.metrics_token;
  options.trusted_proxies = config_.trusted_proxies;
  options.setup_token = setup_token_;
  api::Dependencies dependencies{*database_, *clock_, metrics_, *secrets_, *live_, {}, {}, {}, {}};
  if (test_clock_ != nullptr) {
    dependencies.move_clock = [this](Instant now, std::function<void()> done) {
      test_clock_->set(now);
      housekeeping_->run_now();
      engine_->plan_soon(std::move(done));
    };
  }
  dependencies.health = [this] { return health(); };
  dependencies.ready = [this] { return ready_ && !failed_; };
  imports_ = std::make_shared<api::ImportsApi>(*database_, *clock_);
  dependencies.more_routes = all_routes({*database_, *clock_, metrics_, *secrets_, imports_, engine_.get(),
                                         config_.allow_private_addresses, config_.public_url});
  application_ = std::make_unique<api::Application>(std::move(dependencies), std::move(options));
  return {};
}

result<void> Runtime::listen() {
  http::ServerOptions options = api::make_server_options(*application_);
  options.host = config_.listen_host;
  options.port = config_.listen_port;
  TRY(server_, http::Server::start(std::move(options)));
  return {};
}

// A command that finds this process in possession of the SQLite file is run here.
void Runtime::serve_commands() {
  auto path = sqlite_path(config_.database_url);
  if (!path) return;
  auto serve = [this](const ControlRequest& request) -> ControlAnswer {
    Invocation invocation = parse_command_line(request.words);
    if (invocation.kind != Invocation::Kind::command) return {2, {}, "not a command for a running server\n"};
    CommandContext context{*database_,     *clock_,       *secrets_, config_.database_url,
                           request.folder, request.input, {}};
    result<void> outcome = invocation.run(context);
    if (outcome.has_error()) return {1, std::move(context.output), outcome.error().detail + "\n"};
    engine_->wake();
    return {0, std::move(context.output), {}};
  };
  auto listening = ControlSocket::listen(control_path(*path), std::move(serve));
  if (listening.has_error()) {
    log::warning("control_socket_unavailable", {{"detail", listening.error().detail}});
  } else {
    control_ = std::move(*listening);
  }
}

std::vector<api::HealthCheck> Runtime::health() {
  std::vector<api::HealthCheck> checks;
  checks.push_back(
      {"storage", {!failed_, failed_ ? "failing" : "ok", failed_ ? "the disk failed; restart" : ""}});
  for (const auto& party : engine_->parties()) {
    bool closed = party.state == domain::CircuitState::closed;
    checks.push_back({"circuit:" + party.name, {closed, circuit_text(party.state), ""}});
  }
  return checks;
}

std::string Runtime::url() const {
  std::string host = config_.listen_host == "0.0.0.0" ? "127.0.0.1" : config_.listen_host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(server_->port());
}

void Runtime::stop() {
  if (!server_) return;
  ready_ = false;
  control_.reset();
  std::thread draining([this] { server_->drain(kDrain); });
  engine_->stop();
  imports_->stop();
  draining.join();
  server_.reset();
  housekeeping_.reset();
  engine_.reset();
  outgoing_.reset();
  application_.reset();
  imports_.reset();
  database_.reset();
}

} // namespace renova::app

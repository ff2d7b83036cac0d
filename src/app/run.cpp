#include "app/run.hpp"

#include "app/command.hpp"
#include "app/config.hpp"
#include "app/control_socket.hpp"
#include "app/runtime.hpp"
#include "app/serve.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <thread>

namespace renova::app {
namespace {

constexpr std::chrono::seconds kWatchPeriod{1};

int fail(const std::string& why) {
  std::cerr << "renova: " << why << '\n';
  return 1;
}

// What went wrong, and in which fields.
std::string explain(const Error& error) {
  std::string text = error.detail;
  for (const auto& field : error.fields) {
    if (field.pointer.empty()) continue;
    text += text.empty() ? "" : "; ";
    text += field.pointer.substr(field.pointer.starts_with('/') ? 1 : 0) + ": " + field.detail;
  }
  return text;
}

result<Config> read_config(const Invocation& invocation) {
  TRY(Settings environment,
      settings_from_environment([](const char* name) -> const char* { return std::getenv(name); }));
  std::vector<Settings> sources{invocation.flags, std::move(environment)};
  if (!invocation.config_file.empty()) {
    TRY(Settings file, settings_from_toml(invocation.config_file));
    sources.push_back(std::move(file));
  }
  return make_config(sources);
}

std::string read_input() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

// Runs the command in this process; what it prints is filled in even when it fails.
result<void> run_here(const Config& config, const Invocation& invocation, const ControlRequest& request,
                      std::string& output) {
  if (invocation.run_closed) return invocation.run_closed(config, output);
  TRY(auto database, open_database(config));
  if (invocation.needs_schema) TRY_DO(database->migrate());
  TRY(std::string key, secret_key(config));
  SecretBox secrets(config.secret_key_id, std::move(key), config.old_keys);
  SystemClock system;
  TestClock test(config.test_clock.value_or(Instant{}));
  Clock& clock = config.test_clock ? static_cast<Clock&>(test) : system;
  CommandContext context{*database, clock, secrets, config.database_url, request.folder, request.input, {}};
  result<void> outcome = invocation.run(context);
  output = std::move(context.output);
  return outcome;
}

// Runs the command in the server that holds the SQLite file, or else here.
int run_command(const Config& config, const Invocation& invocation, const ControlRequest& request) {
  if (auto path = sqlite_path(config.database_url)) {
    auto answer = ControlSocket::ask(control_path(*path), request);
    if (answer.has_error()) return fail(answer.error().detail);
    if (*answer) {
      std::cout << (*answer)->output << std::flush;
      if (!(*answer)->error.empty()) std::cerr << "renova: " << (*answer)->error;
      return (*answer)->exit_code;
    }
  }
  std::string output;
  result<void> outcome = run_here(config, invocation, request, output);
  std::cout << output << std::flush;
  return outcome.has_error() ? fail(explain(outcome.error())) : 0;
}

// Repeats the command each second until it fails or is interrupted.
int watch(const Config& config, const Invocation& invocation, const ControlRequest& request) {
  bool terminal = isatty(STDOUT_FILENO);
  for (;;) {
    if (terminal) std::cout << "\x1b[H\x1b[2J";
    int code = run_command(config, invocation, request);
    if (code != 0) return code;
    std::this_thread::sleep_for(kWatchPeriod);
  }
}

int run_parsed(const Invocation& invocation, std::vector<std::string> words) {
  if (invocation.kind == Invocation::Kind::done) {
    (invocation.exit_code == 0 ? std::cout : std::cerr) << invocation.done_output << std::flush;
    return invocation.exit_code;
  }
  auto config = read_config(invocation);
  if (config.has_error()) return fail(config.error().detail);
  log::configure(config->log_level, config->log_format);
  bool serves = invocation.kind == Invocation::Kind::serve || invocation.kind == Invocation::Kind::demo;
  if (auto servable = check_servable(*config); serves && servable.has_error()) {
    return fail(servable.error().detail);
  }
  switch (invocation.kind) {
    case Invocation::Kind::serve:
      return serve(*config);
    case Invocation::Kind::demo:
      return serve_demo(*config);
    default:
      break;
  }
  log::configure(log::Level::warning, config->log_format);
  ControlRequest request{std::move(words), std::filesystem::current_path().string(), {}};
  if (invocation.reads_input) request.input = read_input();
  if (invocation.kind == Invocation::Kind::queue_watch) return watch(*config, invocation, request);
  return run_command(*config, invocation, request);
}

} // namespace

int run(int argc, char** argv) {
  try {
    crypto_init();
    std::vector<std::string> words(argv + 1, argv + argc);
    Invocation invocation = parse_command_line(words);
    return run_parsed(invocation, std::move(words));
  } catch (const std::exception& bug) {
    return fail(std::string("internal error: ") + bug.what());
  }
}

} // namespace renova::app

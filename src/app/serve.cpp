#include "app/serve.hpp"

#include "app/demo.hpp"
#include "app/runtime.hpp"
#include "base/log.hpp"

#include <csignal>
#include <iostream>

namespace renova::app {
namespace {

// SIGTERM and SIGINT of the whole process, received by whoever waits for them instead of by a handler. Must
// be made before the first thread, which inherits the mask.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }

  // True once a signal has arrived; false after half a second without one.
  bool wait() {
    timespec patience{0, 500'000'000};
    return sigtimedwait(&set_, nullptr, &patience) > 0;
  }

 private:
  sigset_t set_{};
};

int fail(const Error& error) {
  std::cerr << "renova: " << error.detail << '\n';
  return 1;
}

void greet(Runtime& runtime) {
  std::cout << "Renova is at " << runtime.url() << '\n';
  if (!runtime.setup_token().empty()) {
    std::cout << "Set-up token (once, for the first owner): " << runtime.setup_token() << '\n';
  }
  std::cout << std::flush;
}

// Waits for a signal or for the storage's end, then stops.
int serve_until_stopped(StopSignals& signals, Runtime& runtime) {
  while (!signals.wait() && !runtime.has_failed()) {
  }
  bool failed = runtime.has_failed();
  log::info("stopping");
  runtime.stop();
  log::info("stopped");
  return failed ? 1 : 0;
}

} // namespace

int serve(const Config& config) {
  StopSignals signals;
  auto runtime = Runtime::start(config);
  if (runtime.has_error()) return fail(runtime.error());
  greet(**runtime);
  return serve_until_stopped(signals, **runtime);
}

int serve_demo(const Config& config) {
  StopSignals signals;
  auto account = prepare_demo(config);
  if (account.has_error()) return fail(account.error());
  auto runtime = Runtime::start(config);
  if (runtime.has_error()) return fail(runtime.error());
  greet(**runtime);
  std::cout << "Demo: sign in as " << account->email << " with the password " << account->password
            << std::endl;
  return serve_until_stopped(signals, **runtime);
}

} // namespace renova::app

// Small work that comes round by itself: one thread that runs each chore once a minute.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace renova::app {

struct Chore {
  std::string name;                             // "auto_renew": for the log
  std::function<result<void>(Instant now)> run; // may block; must be safe to repeat
};

class Housekeeping {
 public:
  static constexpr Duration kPeriod = std::chrono::minutes(1);

  // Runs every chore at once and then each minute of `clock`. A chore that fails is logged and tried again
  // the next time.
  Housekeeping(Clock& clock, std::vector<Chore> chores);
  ~Housekeeping(); // waits for the chore under way

  // Returns when every chore has run for the present instant.
  void run_now();

 private:
  void loop();
  void run_all();

  Clock& clock_;
  std::vector<Chore> chores_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool moved_ = false;
  std::uint64_t wanted_ = 0; // runs asked for by run_now()
  std::uint64_t done_ = 0;
  Clock::Subscription subscription_;
  std::thread thread_;
};

} // namespace renova::app

// One thread that runs tasks in order, and timers by the injected clock.
#pragma once

#include "base/clock.hpp"
#include "base/time.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace renova::messaging {

class EventLoop {
 public:
  using Task = std::function<void()>;

  explicit EventLoop(Clock& clock) : clock_(clock) {}
  ~EventLoop(); // as stop()
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void start();
  // Ends after the task under way; what waits is dropped. Not from the loop itself.
  void stop();

  // From any thread; dropped once the loop is stopped.
  void post(Task task);
  // Runs `task` when the clock shows `due` or later.
  void at(Instant due, Task task);
  // The clock was moved: every timer runs now, and sets itself anew.
  void fire_all();

 private:
  void run();

  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::multimap<Instant, Task> timers_;
  bool stopped_ = false;
  std::thread thread_;
};

} // namespace renova::messaging

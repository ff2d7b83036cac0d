// The thread on which imports are read, committed and undone: one at a time, so that a large list holds up
// neither the threads that answer requests nor the database's writer for long.
#pragma once

#include "base/result.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace renova::api {

class ImportWorker {
 public:
  static constexpr std::size_t kQueueMax = 8; // waiting jobs; each may hold a body of 64 MiB

  ImportWorker();
  ~ImportWorker() { stop(); }

  // `job` runs on the thread. When the worker stops before its turn it runs all the same, with stopping()
  // set, so that it can answer. Error: unavailable when kQueueMax jobs wait already, or the worker has
  // stopped; then it never runs.
  result<void> submit(std::function<void()> job);

  // Ends the job under way between two units of work, lets the waiting ones answer, and joins the thread.
  void stop();
  const std::atomic<bool>& stopping() const { return stopping_; }

 private:
  void work();

  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  std::thread thread_; // the last member: it uses the others
};

} // namespace renova::api

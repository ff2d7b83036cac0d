// The few threads that hash passwords, so that log-ins cost nobody else anything.
#pragma once

#include "base/result.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace renova::api {

// Argon2id takes 19 MiB and about 40 ms of a core: `threads` bounds both. Destruction finishes what was taken
// on.
class PasswordPool {
 public:
  PasswordPool(int threads, std::size_t queue_max);
  ~PasswordPool();

  // Checks `password` against `hash`, or against a hash that fits nobody when `hash` is empty, at the same
  // cost. `done` gets the answer and, when the password was right but the hash is of older parameters, a new
  // one. Called on a thread of the pool. Error: unavailable, when `queue_max` jobs wait already; then `done`
  // is not called.
  using Verified = std::function<void(bool right, std::string new_hash)>;
  result<void> verify(std::string hash, std::string password, Verified done);
  result<void> hash(std::string password, std::function<void(std::string)> done);

 private:
  result<void> submit(std::function<void()> job);
  void work();

  std::shared_future<std::string> nobodys_hash_;
  std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace renova::api

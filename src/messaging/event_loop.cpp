#include "messaging/event_loop.hpp"

#include <algorithm>
#include <chrono>

namespace renova::messaging {
namespace {

// The injected clock may run differently from the one that condition variables wait by: it is looked at again
// after this real time at the latest.
constexpr std::chrono::milliseconds kNap{500};

} // namespace

EventLoop::~EventLoop() { stop(); }

void EventLoop::start() {
  thread_ = std::thread([this] { run(); });
}

void EventLoop::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::lock_guard lock(mutex_);
  tasks_.clear();
  timers_.clear();
}

void EventLoop::post(Task task) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void EventLoop::at(Instant due, Task task) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    timers_.emplace(due, std::move(task));
  }
  changed_.notify_one();
}

void EventLoop::fire_all() {
  {
    std::lock_guard lock(mutex_);
    for (auto& [due, task] : timers_) tasks_.push_back(std::move(task));
    timers_.clear();
  }
  changed_.notify_one();
}

void EventLoop::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    Instant now = clock_.now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
      tasks_.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    if (tasks_.empty()) {
      auto wait = kNap;
      if (!timers_.empty()) {
        auto left = std::chrono::duration_cast<std::chrono::milliseconds>(timers_.begin()->first - now);
        wait = std::clamp(left, std::chrono::milliseconds(1), kNap);
      }
      changed_.wait_for(lock, wait);
      continue;
    }
    auto tasks = std::exchange(tasks_, {});
    lock.unlock();
    for (auto& task : tasks) {
      task();
      task = nullptr;
    }
    lock.lock();
  }
}

} // namespace renova::messaging

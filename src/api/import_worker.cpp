#include "api/import_worker.hpp"

#include <utility>

namespace renova::api {

ImportWorker::ImportWorker() : thread_([this] { work(); }) {}

result<void> ImportWorker::submit(std::function<void()> job) {
  std::lock_guard lock(mutex_);
  if (stopping_ || queue_.size() >= kQueueMax) {
    Error error(ErrorCode::unavailable, "too many imports are waiting");
    error.retry_after_s = 5;
    return error;
  }
  queue_.push_back(std::move(job));
  wake_.notify_one();
  return {};
}

void ImportWorker::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ImportWorker::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    job();
    job = nullptr; // what it holds goes before the lock is taken
    lock.lock();
  }
}

} // namespace renova::api

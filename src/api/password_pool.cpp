#include "api/password_pool.hpp"

#include "base/crypto.hpp"
#include "base/log.hpp"

#include <exception>

namespace renova::api {

PasswordPool::PasswordPool(int threads, std::size_t queue_max) : queue_max_(queue_max) {
  // The first job, on a thread of the pool, so that nobody waits for it at start.
  auto made = std::make_shared<std::promise<std::string>>();
  nobodys_hash_ = made->get_future().share();
  queue_.push_back([made] { made->set_value(hash_password(random_token(16))); });
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

PasswordPool::~PasswordPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

result<void> PasswordPool::verify(std::string hash, std::string password, Verified done) {
  return submit([this, hash = std::move(hash), password = std::move(password), done = std::move(done)] {
    bool known = !hash.empty();
    bool right = verify_password(known ? hash : nobodys_hash_.get(), password) && known;
    done(right, right && needs_rehash(hash) ? hash_password(password) : std::string());
  });
}

result<void> PasswordPool::hash(std::string password, std::function<void(std::string)> done) {
  return submit([password = std::move(password), done = std::move(done)] { done(hash_password(password)); });
}

result<void> PasswordPool::submit(std::function<void()> job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max_) {
      return Error(ErrorCode::unavailable, "too many sign-ins at once; try again");
    }
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return {};
}

void PasswordPool::work() {
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    try {
      job();
    } catch (const std::exception& e) {
      log::error("password_job_failed", {{"detail", e.what()}});
    }
  }
}

} // namespace renova::api

#include "app/housekeeping.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace renova::app {
namespace {

// A clock that is moved while nobody tells must not be waited for longer than this.
constexpr std::chrono::milliseconds kWaitMax{1000};

} // namespace

Housekeeping::Housekeeping(Clock& clock, std::vector<Chore> chores)
    : clock_(clock), chores_(std::move(chores)), subscription_(clock.on_move([this] {
        std::lock_guard lock(mutex_);
        moved_ = true;
        changed_.notify_all();
      })) {
  thread_ = std::thread([this] { loop(); });
}

Housekeeping::~Housekeeping() {
  subscription_ = {};
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Housekeeping::run_now() {
  std::unique_lock lock(mutex_);
  std::uint64_t ticket = ++wanted_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return done_ >= ticket || stopping_; });
}

void Housekeeping::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::uint64_t ticket = wanted_;
    moved_ = false;
    lock.unlock();
    Instant started = clock_.now();
    run_all();
    lock.lock();
    done_ = std::max(done_, ticket);
    changed_.notify_all();
    auto is_due = [&] {
      Duration since = clock_.now() - started;
      return stopping_ || moved_ || wanted_ > done_ || since >= kPeriod || since < Duration(0);
    };
    while (!is_due()) changed_.wait_for(lock, kWaitMax);
  }
}

void Housekeeping::run_all() {
  for (const auto& chore : chores_) {
    result<void> outcome = chore.run(clock_.now());
    if (outcome.has_error()) {
      log::warning("chore_failed", {{"chore", chore.name}, {"detail", outcome.error().detail}});
    }
  }
}

} // namespace renova::app

#include "base/clock.hpp"

namespace renova {

Instant SystemClock::now() const {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return Instant{std::chrono::duration_cast<Duration>(since).count()};
}

TestClock::TestClock(Instant start, Flow flow)
    : flow_(flow), base_us_(start.us), started_(std::chrono::steady_clock::now()) {}

Duration TestClock::elapsed() const {
  if (flow_ == Flow::frozen) return Duration(0);
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started_);
}

Instant TestClock::now() const { return Instant{base_us_.load()} + elapsed(); }

void TestClock::set(Instant now) {
  base_us_ = (now - elapsed()).us;
  std::map<int, std::function<void()>> listeners;
  {
    std::lock_guard lock(mutex_);
    listeners = listeners_;
  }
  for (auto& [id, listener] : listeners) listener();
}

void TestClock::advance(Duration by) { set(now() + by); }

Clock::Subscription TestClock::on_move(std::function<void()> listener) {
  std::lock_guard lock(mutex_);
  int id = next_listener_++;
  listeners_.emplace(id, std::move(listener));
  return Subscription([this, id] {
    std::lock_guard inner(mutex_);
    listeners_.erase(id);
  });
}

} // namespace renova

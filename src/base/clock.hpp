// Time is an argument: whatever needs "now" gets a Clock, so that a test can move it.
#pragma once

#include "base/time.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

namespace renova {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;

  // Calls `listener` whenever the clock was moved by hand; never for time that passes by itself.
  // The handle unsubscribes when it is destroyed. A real clock never calls.
  class Subscription {
   public:
    Subscription() = default;
    explicit Subscription(std::function<void()> undo) : undo_(std::move(undo)) {}
    Subscription(Subscription&& other) noexcept : undo_(std::exchange(other.undo_, nullptr)) {}
    Subscription& operator=(Subscription&& other) noexcept {
      std::swap(undo_, other.undo_);
      return *this;
    }
    ~Subscription() {
      if (undo_) undo_();
    }

   private:
    std::function<void()> undo_;
  };
  virtual Subscription on_move(std::function<void()> listener) = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  Subscription on_move(std::function<void()>) override { return {}; }
};

// Starts at a given instant, then runs at real speed (or stands still), and can be set to any other.
// Thread-safe.
class TestClock final : public Clock {
 public:
  enum class Flow { real_speed, frozen };
  explicit TestClock(Instant start, Flow flow = Flow::real_speed);
  Instant now() const override;
  void set(Instant now);
  void advance(Duration by);
  Subscription on_move(std::function<void()> listener) override;

 private:
  Duration elapsed() const;
  Flow flow_;
  std::atomic<std::int64_t> base_us_;
  std::chrono::steady_clock::time_point started_;
  std::mutex mutex_;
  std::map<int, std::function<void()>> listeners_;
  int next_listener_ = 0;
};

} // namespace renova

// A gateway without a network, for demonstrations and tests: it answers, delivers and reads as its script
// says, the same for the same seed.
//
// Settings (all optional): seed; latency_ms, latency_jitter_ms: until the answer; sent_after_ms,
// delivered_after_ms, read_after_ms: from the answer to each receipt (defaults 400, 1500, 6000; the last two
// vary by half); delivered_share, read_share (1, 0.8); retry_share, fail_share, unknown_share (0): of the
// answers; script: a list of outcome names
// ("accepted", "retry", …) for the first hand-overs. Times are real ones, also when a test moves the clock.
#pragma once

#include "base/clock.hpp"
#include "messaging/gateway/gateway.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace renova::messaging {

// Runs things later, on one thread of its own.
class DelayedRunner {
 public:
  DelayedRunner();
  ~DelayedRunner(); // drops what has not run
  void after(std::chrono::milliseconds delay, std::function<void()> run);
  std::size_t waiting() const;

 private:
  void loop();
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

// Takes receipts into the inbox of their channel, as a webhook would.
using DeliverItem = std::function<void(TenantId, ChannelId, InboxItem)>;

std::shared_ptr<Gateway> make_simulator(const ChannelConfig& config, const Clock& clock,
                                        DelayedRunner& runner, DeliverItem deliver);

} // namespace renova::messaging

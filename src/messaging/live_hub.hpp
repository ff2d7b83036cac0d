// Live events, per tenant: numbered, kept for a while so that a client can resume, and handed to whoever
// listens.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "services/live.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace renova::messaging {

class LiveHub final : public services::LiveSink {
 public:
  static constexpr std::size_t kEventsMax = 1000;      // kept per tenant for `since`
  static constexpr std::size_t kListenersMax = 20'000; // in all

  // Whoever receives: must take the text without blocking. The text is shared between all listeners.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void event(const std::shared_ptr<const std::string>& json) = 0;
  };

  explicit LiveHub(Clock& clock) : clock_(clock) {}

  // Sends {"seq","type","at","data"} to all of the tenant's listeners; `data_json` is a JSON value.
  // Thread-safe, quick: call it from after_commit(), so that nobody hears of what was rolled back.
  void publish(TenantId tenant, std::string_view type, std::string_view data_json) override;

  // Starts listening: first hands over {"type":"ready","seq":N}, then what was missed after `since` — or
  // {"type":"resync"} when that is no longer known — then everything new, in order. Returns a number for
  // unsubscribe; none when full.
  std::optional<std::uint64_t> subscribe(TenantId tenant, std::shared_ptr<Sink> sink,
                                         std::optional<std::int64_t> since);
  void unsubscribe(TenantId tenant, std::uint64_t subscription);

  std::size_t listeners() const;

 private:
  struct Topic {
    std::mutex mutex;
    std::int64_t seq = 0;
    std::deque<std::pair<std::int64_t, std::shared_ptr<const std::string>>> events;
    std::unordered_map<std::uint64_t, std::shared_ptr<Sink>> sinks;
  };
  std::shared_ptr<Topic> topic(TenantId tenant);

  Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<TenantId, std::shared_ptr<Topic>> topics_;
  std::uint64_t next_ = 1;
  std::size_t listeners_ = 0;
  services::LiveRegistration registration_{*this}; // last: announcements end before anything is destroyed
};

} // namespace renova::messaging

#include "messaging/live_hub.hpp"

#include "base/json.hpp"

namespace renova::messaging {

std::shared_ptr<LiveHub::Topic> LiveHub::topic(TenantId tenant) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<Topic>& topic = topics_[tenant];
  if (!topic) {
    topic = std::make_shared<Topic>();
    // Numbers go on growing across a restart, so that a client's old `since` is never taken for a new one.
    topic->seq = clock_.now().us / 1000;
  }
  return topic;
}

void LiveHub::publish(TenantId tenant, std::string_view type, std::string_view data_json) {
  std::shared_ptr<Topic> to = topic(tenant);
  std::lock_guard lock(to->mutex);
  std::string text;
  JsonWriter writer(text);
  writer.begin_object();
  writer.field("seq", ++to->seq);
  writer.field("type", type);
  writer.field("at", clock_.now());
  writer.key("data");
  writer.raw(data_json);
  writer.end_object();
  auto shared = std::make_shared<const std::string>(std::move(text));
  to->events.emplace_back(to->seq, shared);
  if (to->events.size() > kEventsMax) to->events.pop_front();
  for (const auto& [number, sink] : to->sinks) sink->event(shared);
}

std::optional<std::uint64_t> LiveHub::subscribe(TenantId tenant, std::shared_ptr<Sink> sink,
                                                std::optional<std::int64_t> since) {
  std::uint64_t number = 0;
  {
    std::lock_guard lock(mutex_);
    if (listeners_ >= kListenersMax) return std::nullopt;
    ++listeners_;
    number = next_++;
  }
  std::shared_ptr<Topic> to = topic(tenant);
  std::lock_guard lock(to->mutex);
  sink->event(
      std::make_shared<const std::string>("{\"type\":\"ready\",\"seq\":" + std::to_string(to->seq) + "}"));
  if (since) {
    // Known without a gap when the event after `since` is still kept, or when there is none yet.
    bool complete = *since == to->seq ||
                    (!to->events.empty() && *since >= to->events.front().first - 1 && *since < to->seq);
    if (!complete) {
      sink->event(std::make_shared<const std::string>("{\"type\":\"resync\"}"));
    } else {
      for (const auto& [seq, text] : to->events) {
        if (seq > *since) sink->event(text);
      }
    }
  }
  to->sinks.emplace(number, std::move(sink));
  return number;
}

void LiveHub::unsubscribe(TenantId tenant, std::uint64_t subscription) {
  std::shared_ptr<Topic> from = topic(tenant);
  std::shared_ptr<Sink> gone; // destroyed outside the lock
  {
    std::lock_guard lock(from->mutex);
    auto found = from->sinks.find(subscription);
    if (found == from->sinks.end()) return;
    gone = std::move(found->second);
    from->sinks.erase(found);
  }
  std::lock_guard lock(mutex_);
  --listeners_;
}

std::size_t LiveHub::listeners() const {
  std::lock_guard lock(mutex_);
  return listeners_;
}

} // namespace renova::messaging

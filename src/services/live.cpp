#include "services/live.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace renova::services {
namespace {

// The sinks of this process. Announcing is frequent and registering is not, hence the shared lock.
struct Sinks {
  std::shared_mutex mutex;
  std::vector<LiveSink*> all;
};
Sinks& sinks() {
  static Sinks instance;
  return instance;
}

} // namespace

LiveRegistration::LiveRegistration(LiveSink& sink) : sink_(sink) {
  std::unique_lock lock(sinks().mutex);
  sinks().all.push_back(&sink);
}

LiveRegistration::~LiveRegistration() {
  std::unique_lock lock(sinks().mutex);
  std::erase(sinks().all, &sink_);
}

void publish_live(TenantId tenant, std::string_view type, std::string_view data_json) {
  std::shared_lock lock(sinks().mutex);
  for (LiveSink* sink : sinks().all) sink->publish(tenant, type, data_json);
}

void announce(storage::TenantTransaction& tx, std::string type, std::string data_json) {
  tx.after_commit([tenant = tx.tenant(), type = std::move(type), data = std::move(data_json)] {
    publish_live(tenant, type, data);
  });
}

} // namespace renova::services

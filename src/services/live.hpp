// What happened, told to whoever watches: services announce it, the live hub hands it on.
#pragma once

#include "base/id.hpp"
#include "storage/database.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace renova::services {

// Receives announcements. messaging::LiveHub is one.
class LiveSink {
 public:
  virtual ~LiveSink() = default;
  // `type` is one of API.md's event types ("client_updated"), `data_json` a JSON value. Called on any thread
  // after the change is durable; must be quick.
  virtual void publish(TenantId tenant, std::string_view type, std::string_view data_json) = 0;
};

// Adds a sink until the handle is destroyed, which waits for a publish under way. Each sink gets every
// announcement of the process, so that several applications in one process (tests) hear of each other.
class LiveRegistration {
 public:
  explicit LiveRegistration(LiveSink& sink);
  ~LiveRegistration();
  LiveRegistration(const LiveRegistration&) = delete;
  LiveRegistration& operator=(const LiveRegistration&) = delete;

 private:
  LiveSink& sink_;
};

// Publishes once, after `tx` has committed; never if it is undone.
void announce(storage::TenantTransaction& tx, std::string type, std::string data_json);

// The same with {"id":…}: what a client needs to fetch the object anew.
template <class Tag>
void announce(storage::TenantTransaction& tx, std::string type, const Id<Tag>& id) {
  announce(tx, std::move(type), R"({"id":")" + id.str() + R"("})");
}

// At once, for what is no change in the database.
void publish_live(TenantId tenant, std::string_view type, std::string_view data_json);

} // namespace renova::services

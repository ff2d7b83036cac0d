#include "api/queue_api.hpp"

#include "api/message_views.hpp"
#include "api/route.hpp"

namespace renova::api {
namespace {

namespace messages = services::messages;

struct NoBody {};
BOOST_DESCRIBE_STRUCT(NoBody, (), ())

result<Unit> show_queue(const Call& call) {
  return Unit([now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto figures, messages::queue_figures(tx, now));
    return ok(view_of(figures));
  });
}

result<Unit> set_paused(const Call& call, bool paused) {
  TRY_DO(call.body_or_empty<NoBody>());
  return Unit(
      [paused, now = call.now(), actor = call.actor()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY_DO(messages::set_queue_paused(tx, actor, paused, now));
        TRY(auto figures, messages::queue_figures(tx, now));
        return ok(view_of(figures));
      });
}

} // namespace

void add_queue_routes(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  routes
      .get("/api/v1/queue", Role::viewer, normal, "getQueue",
           "Sizes by state and channel, rate, time to empty, and the oldest message")
      .answers<QueueView>()
      .read(show_queue, storage::Database::Cost::scan);
  routes
      .post("/api/v1/queue/pause", Role::operator_, normal, "pauseQueue",
            "Stops handing over everywhere; planning goes on")
      .answers<QueueView>()
      .write([](const Call& call) { return set_paused(call, true); });
  routes.post("/api/v1/queue/resume", Role::operator_, normal, "resumeQueue", "Goes on after a pause")
      .answers<QueueView>()
      .write([](const Call& call) { return set_paused(call, false); });
}

} // namespace renova::api

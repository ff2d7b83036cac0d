#include "api/test_clock_api.hpp"

#include "api/route.hpp"

namespace renova::api {
namespace {

struct TestClockBody {
  Instant now;
};
BOOST_DESCRIBE_STRUCT(TestClockBody, (), (now))

} // namespace

void add_test_clock_route(RouteTable& routes, MoveClock move_clock) {
  routes
      .post("/api/v1/_test/clock", Role::owner, RateClass::none, "moveTestClock",
            "Moves the clock, and answers when the planner has run for the new instant")
      .takes<TestClockBody>(R"({"now":"2026-12-31T12:00:00Z"})")
      .answers<TestClockBody>()
      .tag("testing")
      .custom([move_clock](std::shared_ptr<const Call> call, Respond respond) {
        auto body = call->body<TestClockBody>();
        if (body.has_error()) return respond(body.error());
        move_clock(body->now, [respond, moved = *body] { respond(ok(moved)); });
      });
}

} // namespace renova::api

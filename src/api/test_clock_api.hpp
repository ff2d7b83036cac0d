// POST /api/v1/_test/clock, which exists in test mode only.
#pragma once

#include "base/time.hpp"

#include <functional>

namespace renova::api {

class RouteTable;

// Sets the clock, and calls back when planner and sender have run for the new instant.
using MoveClock = std::function<void(Instant, std::function<void()>)>;
void add_test_clock_route(RouteTable& routes, MoveClock move_clock);

} // namespace renova::api

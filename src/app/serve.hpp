// `renova serve` and `renova demo`.
#pragma once

#include "app/config.hpp"

namespace renova::app {

// Serves until SIGTERM or SIGINT, then drains for at most ten seconds. The exit code.
int serve(const Config& config);

// The same on an invented business, which is made first when it is not there.
int serve_demo(const Config& config);

} // namespace renova::app

// The program behind main().
#pragma once

namespace renova::app {

// Runs a command line. Exit codes: 0 done, 1 failed (one line on standard error says why and what to do), 2
// wrong use.
int run(int argc, char** argv);

} // namespace renova::app

// Meta's error codes and what each means for the queue: one table, for answers and for webhooks (PROTOCOLS.md
// §1.4).
#pragma once

#include "domain/outcome.hpp"

namespace renova::messaging::cloud_api {

// False for a code that the table does not name.
bool is_known(int code);

// The outcome of `code` at attempt number `attempt` (1 = the first): some causes are tried once more and then
// given up, some wait longer each time. A code that the table does not name is a Retry of at most two
// attempts.
domain::Outcome classify(int code, int attempt, domain::VendorNote note);

} // namespace renova::messaging::cloud_api

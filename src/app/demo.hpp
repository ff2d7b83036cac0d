// The invented business of `renova demo`.
#pragma once

#include "app/config.hpp"
#include "base/result.hpp"

#include <string>

namespace renova::app {

struct DemoAccount {
  std::string email;
  std::string password;
};

// Makes the demo's tenant, owner and data in the configured database unless they are there. The password is
// random, made with the account, and kept in a file beside the SQLite file (mode 0600), so that a second
// start can print it again. Errors: those of the database; conflict when the database belongs to a real
// business.
result<DemoAccount> prepare_demo(const Config& config);

} // namespace renova::app

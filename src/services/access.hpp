// What the guard asks of the database about the bearer of an access token.
#pragma once

#include "services/identity_types.hpp"
#include "storage/database.hpp"

namespace renova::services {

// Fills in name and role of a principal that has user, tenant and session. Errors: forbidden when the user is
// no member of that tenant (any more) or is disabled; unauthenticated when the session has ended.
result<void> check_access(storage::Transaction& tx, Principal& principal);

} // namespace renova::services

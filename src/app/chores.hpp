// What the housekeeping does each minute.
#pragma once

#include "app/housekeeping.hpp"
#include "storage/database.hpp"

#include <vector>

namespace renova::app {

std::vector<Chore> chores(storage::Database& database);

} // namespace renova::app

// Which channel a message goes by.
#pragma once

#include "base/id.hpp"
#include "storage/planner_store.hpp"

#include <optional>
#include <span>
#include <vector>

namespace renova::services {

// The first enabled channel of `preferred`; when `preferred` is empty, or none of it exists any more, the
// first enabled one of `channels` (oldest first). A paused channel counts: its messages wait.
std::optional<ChannelId> choose_channel(std::span<const ChannelId> preferred,
                                        std::span<const storage::PlannerChannelRow> channels);

} // namespace renova::services

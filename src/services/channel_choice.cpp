#include "services/channel_choice.hpp"

namespace renova::services {

std::optional<ChannelId> choose_channel(std::span<const ChannelId> preferred,
                                        std::span<const storage::PlannerChannelRow> channels) {
  bool any_exists = false;
  for (const auto& wanted : preferred) {
    for (const auto& channel : channels) {
      if (channel.id != wanted) continue;
      any_exists = true;
      if (channel.enabled) return channel.id;
    }
  }
  if (any_exists) return std::nullopt;
  for (const auto& channel : channels) {
    if (channel.enabled) return channel.id;
  }
  return std::nullopt;
}

} // namespace renova::services

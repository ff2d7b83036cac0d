// Between a channel's row and what the program makes of it; shared by the files of services::channels.
#pragma once

#include "services/channels.hpp"

#include <string>
#include <string_view>

namespace renova::services::channels {

result<Channel> from_row(const storage::ChannelRow& row, const SecretBox& secrets);
// Writes config and sealed secrets into the row.
void put_config(storage::ChannelRow& row, const channel_config::Config& config, const SecretBox& secrets);
// For the audit record: without secrets.
std::string describe(const Channel& channel);
// "Mensagem de teste de …".
std::string test_text(domain::Locale locale, std::string_view business);

} // namespace renova::services::channels

// WhatsApp Business Cloud API (Meta Graph): bodies, answers, webhooks (PROTOCOLS.md §1).
#pragma once

#include "http/outgoing.hpp"
#include "messaging/gateway/gateway.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace renova::messaging::cloud_api {

// Settings: base_url, api_version, phone_number_id, access_token, app_secret, verify_token.
// nullptr when one that sending needs is missing.
std::shared_ptr<Gateway> make(const ChannelConfig& config, http::OutgoingClient& client);

// Webhook functions: see GatewayShapes.
result<void> verify(const ChannelConfig& config, std::string_view body, std::string_view signature);
result<std::vector<InboxItem>> parse_webhook(const ChannelConfig& config, std::string_view body);
result<News> understand(InboxItem::Kind kind, std::string_view body);

// The pieces, for tests.
std::string request_body(const HandOver& message);      // §1.2
std::string template_parameter(std::string_view value); // §1.2: no line ends, tabs, long blanks
Answer read_answer(const http::OutgoingResult& outcome, int attempt); // §1.3, §1.4

} // namespace renova::messaging::cloud_api

#include "messaging/gateway/gateway.hpp"

#include "messaging/gateway/cloud_api.hpp"

namespace renova::messaging {

std::string_view to_text(InboxItem::Kind kind) {
  switch (kind) {
    case InboxItem::Kind::status:
      return "status";
    case InboxItem::Kind::message:
      return "message";
    case InboxItem::Kind::account:
      return "account";
    case InboxItem::Kind::template_:
      return "template";
  }
  return "";
}

bool from_text(std::string_view text, InboxItem::Kind& out) {
  for (auto kind : {InboxItem::Kind::status, InboxItem::Kind::message, InboxItem::Kind::account,
                    InboxItem::Kind::template_}) {
    if (text == to_text(kind)) return out = kind, true;
  }
  return false;
}

std::string ChannelConfig::text(std::string_view key, std::string_view otherwise) const {
  const auto* value = settings.if_contains(boost::json::string_view(key.data(), key.size()));
  if (value == nullptr || !value->is_string()) return std::string(otherwise);
  return std::string(value->get_string());
}

std::int64_t ChannelConfig::integer(std::string_view key, std::int64_t otherwise) const {
  const auto* value = settings.if_contains(boost::json::string_view(key.data(), key.size()));
  return value != nullptr && value->is_int64() ? value->get_int64() : otherwise;
}

double ChannelConfig::number(std::string_view key, double otherwise) const {
  const auto* value = settings.if_contains(boost::json::string_view(key.data(), key.size()));
  if (value == nullptr || !value->is_number()) return otherwise;
  return value->to_number<double>();
}

const GatewayShapes* shapes_of(std::string_view channel_type) {
  static const GatewayShapes cloud{cloud_api::verify, cloud_api::parse_webhook, cloud_api::understand};
  // The simulator's receipts have the Cloud API's form, and come from inside only.
  static const GatewayShapes simulator{nullptr, nullptr, cloud_api::understand};
  if (channel_type == "cloud_api") return &cloud;
  if (channel_type == "simulator") return &simulator;
  return nullptr;
}

} // namespace renova::messaging

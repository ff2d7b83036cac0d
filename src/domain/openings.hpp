// What a new business starts with: templates, rules, sending windows, and each channel type's pacing.
#pragma once

#include "domain/breaker.hpp"
#include "domain/calendar.hpp"
#include "domain/locale.hpp"
#include "domain/message.hpp"
#include "domain/pacing.hpp"

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace renova::domain {

inline constexpr std::string_view kDefaultTimeZone = "America/Sao_Paulo";
inline constexpr int kDefaultExpiringDays = 3;

struct DefaultTemplate {
  std::string_view name;
  MessageKind kind;
  std::string_view plan_type; // "" for all
  std::string_view body;
};
// One of each kind for all plan types, and reminder, due_today, overdue and promo for IPTV and VPN.
std::span<const DefaultTemplate> default_templates(Locale locale);

struct DefaultRule {
  std::string_view name;
  int offset_days;
  int at; // minutes of the local day
  bool enabled;
};
// −3 at 09:00 and 0 at 10:00, on; +1 at 10:00, off (API.md).
std::span<const DefaultRule> default_rules(Locale locale);

// 08:00–20:00 Monday to Saturday, none on Sunday.
SendingWindows default_windows();

inline constexpr std::array<std::string_view, 6> kPlanTypes{"IPTV",   "VPN",      "STREAMING",
                                                            "GAMING", "INTERNET", "OTHER"};

// Repeated as a CHECK constraint of the channels table.
enum class ChannelType { simulator, cloud_api };
std::string_view to_text(ChannelType type);
bool from_text(std::string_view text, ChannelType& out);

// None for the simulator; Meta's limits for the Cloud API: 6 s between two messages to the same recipient,
// and a concurrency well under 80 messages a second.
PacingPolicy default_pacing(ChannelType type);

} // namespace renova::domain

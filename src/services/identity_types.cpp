#include "services/identity_types.hpp"

#include <array>

namespace renova::services {
namespace {
constexpr std::array<std::string_view, 4> kRoles{"viewer", "operator", "admin", "owner"};
}

std::string_view to_text(Role role) { return kRoles.at(static_cast<std::size_t>(role)); }

bool from_text(std::string_view text, Role& role) {
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    if (kRoles[i] == text) {
      role = static_cast<Role>(i);
      return true;
    }
  }
  return false;
}

} // namespace renova::services

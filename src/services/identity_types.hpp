// People, their roles and their keys.
#pragma once

#include "base/id.hpp"
#include "base/time.hpp"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services {

// What a member may do in one tenant; each includes the ones before it.
enum class Role { viewer, operator_, admin, owner };
BOOST_DESCRIBE_ENUM(Role, viewer, operator_, admin, owner)

std::string_view to_text(Role role); // "viewer", "operator", "admin", "owner"
bool from_text(std::string_view text, Role& role);

using SessionId = Id<struct SessionTag>;

// Who a request comes from, after the guard has checked it.
struct Principal {
  UserId user;      // nil for an API key
  ApiKeyId api_key; // nil for a user
  std::string name; // e-mail of the user, name of the key
  TenantId tenant;
  Role role = Role::viewer;
  std::vector<std::string> scopes; // of an API key; empty: all that the role may
  SessionId session;               // the refresh-token family the access token came from; nil for API keys
  Instant expires_at;              // when the proof ends (token or key)

  bool is_api_key() const { return !api_key.is_nil(); }
};

} // namespace renova::services

// Keys for programs: shown once, stored as a hash, bound to one tenant, a role and optionally scopes.
#pragma once

#include "services/audit.hpp"
#include "services/identity_types.hpp"
#include "storage/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services {

inline constexpr std::string_view kApiKeyPrefix = "rnv_";
inline constexpr std::size_t kScopesMax = 50;
inline constexpr std::chrono::minutes kApiKeyTouch{5}; // how coarse last_used_at is

struct ApiKey {
  ApiKeyId id;
  std::string name;
  std::string prefix; // the first characters, to tell keys apart
  Role role = Role::viewer;
  std::vector<std::string> scopes; // empty: all that the role may
  std::optional<UserId> created_by;
  Instant created_at;
  std::optional<Instant> expires_at;
  std::optional<Instant> last_used_at;
  std::optional<Instant> revoked_at;
};
BOOST_DESCRIBE_STRUCT(ApiKey, (),
                      (id, name, prefix, role, scopes, created_by, created_at, expires_at, last_used_at,
                       revoked_at))

struct NewApiKey {
  std::string name;
  Role role = Role::viewer;
  std::vector<std::string> scopes; // checked by the caller, who knows the routes
  std::optional<UserId> created_by;
  std::optional<Instant> expires_at;
};

struct IssuedApiKey {
  ApiKey key;
  std::string secret; // "rnv_…", never to be seen again
};
// Errors: validation_failed at /name or /expires_at.
result<IssuedApiKey> issue_api_key(storage::TenantTransaction& tx, const NewApiKey& wanted,
                                   const Actor& actor, Instant now);

struct ApiKeyQuery {
  int limit = 20;
  bool descending = false;
  std::optional<ApiKeyId> after;
};
// By time of making; one row more than `limit` when there are more.
result<std::vector<ApiKey>> list_api_keys(storage::TenantTransaction& tx, const ApiKeyQuery& query);
result<std::int64_t> count_api_keys(storage::TenantTransaction& tx);
result<ApiKey> get_api_key(storage::TenantTransaction& tx, ApiKeyId id); // error: not_found
// Errors: not_found (also when it is revoked already).
result<void> revoke_api_key(storage::TenantTransaction& tx, ApiKeyId id, const Actor& actor, Instant now);

// What a presented key stands for. Error: unauthenticated for unknown, revoked and expired ones.
struct ApiKeyAccess {
  Principal principal;
  bool touch = false; // last_used_at is old: call touch_api_key
};
result<ApiKeyAccess> check_api_key(storage::Transaction& tx, std::string_view secret, Instant now);
result<void> touch_api_key(storage::TenantTransaction& tx, ApiKeyId id, Instant now);

} // namespace renova::services

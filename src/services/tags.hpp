// Tags, and what their changes mean for the clients that carry them.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "services/audit.hpp"
#include "storage/database.hpp"
#include "storage/tag_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services::tags {

inline constexpr std::int64_t kMaxTags = 2000; // different ones of one tenant

struct Tag {
  storage::TagId id;
  std::string name;
  std::int64_t clients = 0; // how many carry it
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(Tag, (), (id, name, clients, created_at))

// Errors: validation_failed; conflict (it exists; `about` is its id); limit_exceeded.
result<Tag> create(storage::TenantTransaction& tx, const Actor& actor, std::string_view name, Instant now);
result<Tag> get(storage::TenantTransaction& tx, storage::TagId id); // error: not_found
// Everywhere. Errors: not_found; validation_failed; conflict.
result<Tag> rename(storage::TenantTransaction& tx, const Actor& actor, storage::TagId id,
                   std::string_view name, Instant now);
// From all clients. Error: not_found.
result<void> remove(storage::TenantTransaction& tx, const Actor& actor, storage::TagId id, Instant now);

// The tags as they are written in this tenant ("VIP" where "vip" exists), made where they are new.
// Error: limit_exceeded.
result<std::vector<std::string>> canonical(storage::TenantTransaction& tx, std::vector<std::string> names,
                                           Instant now);

} // namespace renova::services::tags

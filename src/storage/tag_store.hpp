// Tags as rows, and which clients carry them.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::storage {

using TagId = Id<struct TagTag>;

struct TagRow {
  TagId id;
  std::string name;
  std::string name_key; // folded: unique
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(TagRow, (), (id, name, name_key, created_at))

struct TagWithCount {
  TagId id;
  std::string name;
  std::string name_key;
  Instant created_at;
  std::int64_t clients = 0;
};
BOOST_DESCRIBE_STRUCT(TagWithCount, (), (id, name, name_key, created_at, clients))

// The tag of that (folded) name, made when there is none.
result<TagRow> find_or_make_tag(TenantTransaction& tx, std::string_view name, Instant now);
result<std::optional<TagRow>> tag_by_name(TenantTransaction& tx, std::string_view name);
result<TagRow> get_tag(TenantTransaction& tx, TagId id); // error: not_found
result<std::int64_t> count_clients_of_tag(TenantTransaction& tx, TagId id);
// Errors: conflict (another tag has that name).
result<void> rename_tag(TenantTransaction& tx, TagId id, std::string_view name);
result<void> delete_tag(TenantTransaction& tx, TagId id);

// By name; `after` is the last row of the page before.
result<std::vector<TagWithCount>> list_tags(TenantTransaction& tx, bool descending, int limit,
                                            const std::optional<TagRow>& after);
result<std::int64_t> count_tags(TenantTransaction& tx);

// Clients that carry the tag, by id, after `after`.
result<std::vector<ClientId>> clients_of_tag(TenantTransaction& tx, TagId id, ClientId after, int limit);

// Replaces the client's tags; the client's own columns (client_store.hpp) are the caller's work.
result<void> set_client_tags(TenantTransaction& tx, ClientId client, const std::vector<std::string>& names,
                             Instant now);

} // namespace renova::storage

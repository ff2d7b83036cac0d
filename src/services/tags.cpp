#include "services/tags.hpp"

#include "base/text.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"
#include "services/client_views.hpp"
#include "services/live.hpp"
#include "storage/client_store.hpp"

#include <algorithm>

namespace renova::services::tags {
namespace {

constexpr int kChunk = 500;

Tag view(const storage::TagRow& row, std::int64_t clients) {
  return {row.id, row.name, clients, row.created_at};
}

result<std::string> checked_name(std::string_view name) {
  domain::FieldErrors errors;
  auto parsed = errors.take("/name", domain::parse_tag(name));
  TRY_DO(errors.finish());
  return *parsed;
}

result<void> check_room(storage::TenantTransaction& tx) {
  TRY(std::int64_t tags, storage::count_tags(tx));
  if (tags >= kMaxTags) return Error(ErrorCode::limit_exceeded, "there are at most 2000 different tags");
  return {};
}

// Puts `replacement` (or nothing) in the place of the tag of this folded name.
result<void> rewrite(storage::TenantTransaction& tx, ClientId id, const std::string& key,
                     const std::string* replacement, Instant now) {
  auto found = storage::lock_client(tx, id);
  if (found.has_error() && found.error().code == ErrorCode::not_found) return {};
  if (found.has_error()) return found.error();
  std::vector<std::string> tags = tags_from_json(found->client.tags);
  if (replacement) {
    for (std::string& tag : tags) {
      if (fold(tag) == key) tag = *replacement;
    }
  } else {
    std::erase_if(tags, [&](const std::string& tag) { return fold(tag) == key; });
  }
  found->client.tags = tags_to_json(tags);
  return storage::update_client(tx, found->client, tags, now);
}

// Every client that carries the tag, in pieces.
result<void> rewrite_all(storage::TenantTransaction& tx, const storage::TagRow& tag,
                         const std::string* replacement, Instant now) {
  ClientId after;
  while (true) {
    TRY(auto clients, storage::clients_of_tag(tx, tag.id, after, kChunk));
    for (ClientId id : clients) {
      TRY_DO(rewrite(tx, id, tag.name_key, replacement, now));
      announce(tx, "client_updated", id);
    }
    if (clients.size() < static_cast<std::size_t>(kChunk)) return {};
    after = clients.back();
  }
}

result<void> rebuild_all(storage::TenantTransaction& tx, storage::TagId tag) {
  ClientId after;
  while (true) {
    TRY(auto clients, storage::clients_of_tag(tx, tag, after, kChunk));
    for (ClientId id : clients) TRY_DO(storage::rebuild_facets(tx, id));
    if (clients.size() < static_cast<std::size_t>(kChunk)) return {};
    after = clients.back();
  }
}

} // namespace

result<Tag> create(storage::TenantTransaction& tx, const Actor& actor, std::string_view name, Instant now) {
  TRY(std::string wanted, checked_name(name));
  TRY(auto present, storage::tag_by_name(tx, wanted));
  if (present) {
    Error error(ErrorCode::conflict, "there is a tag of this name");
    error.about = present->id.str();
    return error;
  }
  TRY_DO(check_room(tx));
  TRY(auto made, storage::find_or_make_tag(tx, wanted, now));
  TRY_DO(record(tx, now, actor, {"tag_created", "tag", made.id.str(), {}, {}}));
  return view(made, 0);
}

result<Tag> get(storage::TenantTransaction& tx, storage::TagId id) {
  TRY(auto tag, storage::get_tag(tx, id));
  TRY(std::int64_t clients, storage::count_clients_of_tag(tx, id));
  return view(tag, clients);
}

result<Tag> rename(storage::TenantTransaction& tx, const Actor& actor, storage::TagId id,
                   std::string_view name, Instant now) {
  TRY(auto tag, storage::get_tag(tx, id));
  TRY(std::string wanted, checked_name(name));
  TRY(auto present, storage::tag_by_name(tx, wanted));
  if (present && present->id != id) {
    Error error(ErrorCode::conflict, "there is a tag of this name");
    error.about = present->id.str();
    return error;
  }
  TRY_DO(rewrite_all(tx, tag, &wanted, now));
  TRY_DO(storage::rename_tag(tx, id, wanted));
  TRY_DO(rebuild_all(tx, id));
  TRY_DO(record(tx, now, actor, {"tag_renamed", "tag", id.str(), {}, {}}));
  return get(tx, id);
}

result<void> remove(storage::TenantTransaction& tx, const Actor& actor, storage::TagId id, Instant now) {
  TRY(auto tag, storage::get_tag(tx, id));
  TRY_DO(rewrite_all(tx, tag, nullptr, now));
  std::vector<ClientId> touched;
  ClientId after;
  while (true) {
    TRY(auto clients, storage::clients_of_tag(tx, id, after, kChunk));
    touched.insert(touched.end(), clients.begin(), clients.end());
    if (clients.size() < static_cast<std::size_t>(kChunk)) break;
    after = clients.back();
  }
  TRY_DO(storage::delete_tag(tx, id));
  for (ClientId client : touched) TRY_DO(storage::rebuild_facets(tx, client));
  return record(tx, now, actor, {"tag_deleted", "tag", id.str(), {}, {}});
}

result<std::vector<std::string>> canonical(storage::TenantTransaction& tx, std::vector<std::string> names,
                                           Instant now) {
  for (std::string& name : names) {
    TRY(auto present, storage::tag_by_name(tx, name));
    if (!present) {
      TRY_DO(check_room(tx));
      TRY(present, storage::find_or_make_tag(tx, name, now));
    }
    name = present->name;
  }
  return names;
}

} // namespace renova::services::tags

#include "storage/tag_store.hpp"

#include "base/text.hpp"
#include "storage/sql/tags.hpp"

namespace renova::storage {

result<TagRow> find_or_make_tag(TenantTransaction& tx, std::string_view name, Instant now) {
  TRY(auto found, tag_by_name(tx, name));
  if (found) return std::move(*found);
  const std::string key = fold(name);
  TRY_DO(
      tx.run(sql::tag_insert, {{"id", TagId::make(now)}, {"name", name}, {"name_key", key}, {"now", now}}));
  TRY(auto made, tag_by_name(tx, name));
  if (!made) return Error(ErrorCode::unavailable, "the tag could not be stored; try again");
  return std::move(*made);
}

result<std::optional<TagRow>> tag_by_name(TenantTransaction& tx, std::string_view name) {
  const std::string key = fold(name);
  return tx.first<TagRow>(sql::tag_by_key, {{"name_key", key}});
}

result<TagRow> get_tag(TenantTransaction& tx, TagId id) {
  TRY(auto found, tx.first<TagRow>(sql::tag_get, {{"id", id}}));
  if (!found) return Error(ErrorCode::not_found, "there is no such tag");
  return std::move(*found);
}

result<std::int64_t> count_clients_of_tag(TenantTransaction& tx, TagId id) {
  TRY(auto count, tx.first<std::int64_t>(sql::tag_clients_count, {{"id", id}}));
  return count.value_or(0);
}

result<void> rename_tag(TenantTransaction& tx, TagId id, std::string_view name) {
  const std::string key = fold(name);
  auto changed = tx.run(sql::tag_rename, {{"id", id}, {"name", name}, {"name_key", key}});
  if (changed.has_error()) {
    Error error = changed.error();
    if (error.code == ErrorCode::conflict) error.detail = "another tag has this name";
    return error;
  }
  if (*changed == 0) return Error(ErrorCode::not_found, "there is no such tag");
  return {};
}

result<void> delete_tag(TenantTransaction& tx, TagId id) {
  TRY(auto deleted, tx.run(sql::tag_delete, {{"id", id}}));
  if (deleted == 0) return Error(ErrorCode::not_found, "there is no such tag");
  return {};
}

result<std::vector<TagWithCount>> list_tags(TenantTransaction& tx, bool descending, int limit,
                                            const std::optional<TagRow>& after) {
  using sql::TagsPage;
  const TagRow from = after.value_or(TagRow{});
  return tx.all<TagWithCount>(sql::tags_page.pick(descending ? TagsPage::Dir::desc : TagsPage::Dir::asc,
                                                  after ? TagsPage::after : FamilyFilters{}),
                              {{"limit", limit}, {"after_key", from.name_key}, {"after_id", from.id}});
}

result<std::int64_t> count_tags(TenantTransaction& tx) {
  TRY(auto count, tx.first<std::int64_t>(sql::tags_count, {}));
  return count.value_or(0);
}

result<std::vector<ClientId>> clients_of_tag(TenantTransaction& tx, TagId id, ClientId after, int limit) {
  return tx.all<ClientId>(sql::tag_clients, {{"id", id}, {"after", after}, {"limit", limit}});
}

result<void> set_client_tags(TenantTransaction& tx, ClientId client, const std::vector<std::string>& names,
                             Instant now) {
  TRY_DO(tx.run(sql::client_tags_delete, {{"client_id", client}}));
  for (const std::string& name : names) {
    TRY(TagRow tag, find_or_make_tag(tx, name, now));
    TRY_DO(tx.run(sql::client_tag_insert, {{"client_id", client}, {"tag_id", tag.id}}));
  }
  return {};
}

} // namespace renova::storage

#include "storage/client_store.hpp"

#include "base/text.hpp"
#include "domain/phone.hpp"
#include "storage/row_window.hpp"
#include "storage/sql/clients.hpp"

namespace renova::storage {
namespace {

constexpr int kClientColumns = 12;
constexpr int kSubscriptionColumns = 21;
// A B-tree entry of PostgreSQL holds 2,704 bytes; name key, search text and the rest must fit together.
constexpr std::size_t kNameKeyBytes = 400;
constexpr std::size_t kSearchBytes = 1500;

// At most `bytes` bytes, cut between code points.
std::string cut(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  text.resize(bytes);
  return text;
}

// Keeps which phone is taken out of the engine's words.
result<void> name_conflict(result<std::int64_t> outcome) {
  if (outcome.has_error()) {
    Error error = outcome.error();
    if (error.code == ErrorCode::conflict) error.detail = "another client has this phone number";
    return error;
  }
  return {};
}

result<void> search_entry(TenantTransaction& tx, const TenantStatement& statement, ClientId id) {
  if (tx.engine() == Engine::sqlite) TRY_DO(tx.run(statement, {{"id", id}}));
  return {};
}

} // namespace

bool read_client_row(const Row& row, int first, ClientWithSubscriptions& into) {
  const RowWindow client(row, first, kClientColumns);
  const bool other = ClientId(client.uuid(0)) != into.client.id;
  if (other) into = {read_row<ClientRow>(client), {}};
  const RowWindow subscription(row, first + kClientColumns, kSubscriptionColumns);
  if (!subscription.is_null(0)) into.subscriptions.push_back(read_row<SubscriptionRow>(subscription));
  return other;
}

result<TenantTerms> tenant_terms(TenantTransaction& tx) {
  TRY(auto terms, tx.first<TenantTerms>(sql::tenant_terms, {}));
  if (!terms) return Error(ErrorCode::not_found, "there is no such tenant");
  return *terms;
}

std::string client_name_key(std::string_view name) { return cut(fold(name), kNameKeyBytes); }

std::string client_search_text(std::string_view name, std::string_view phone,
                               const std::vector<std::string>& tags) {
  std::string text = client_name_key(name);
  text += '\n';
  text += phone;
  for (const std::string& tag : tags) {
    text += '\n';
    text += fold(tag);
  }
  return cut(std::move(text), kSearchBytes);
}

result<void> insert_client(TenantTransaction& tx, const ClientRow& client,
                           const std::vector<std::string>& tags) {
  const std::string name_key = client_name_key(client.name);
  const std::string phone = client.phone.value_or("");
  const std::string phone_key = domain::match_key(phone);
  const std::string search_text = client_search_text(client.name, phone, tags);
  TRY_DO(name_conflict(tx.run(sql::client_insert, {{"id", client.id},
                                                   {"name", client.name},
                                                   {"name_key", name_key},
                                                   {"phone", client.phone},
                                                   {"phone_key", phone_key},
                                                   {"email", client.email},
                                                   {"custom", client.custom},
                                                   {"opted_out_at", client.opted_out_at},
                                                   {"tags", client.tags},
                                                   {"search_text", search_text},
                                                   {"created_at", client.created_at}})));
  return search_entry(tx, sql::client_search_add, client.id);
}

result<ClientWithSubscriptions> get_client(TenantTransaction& tx, ClientId id) {
  ClientWithSubscriptions found;
  TRY(auto rows,
      tx.run(sql::client_get, {{"id", id}}, [&](const Row& row) { read_client_row(row, 0, found); }));
  if (rows == 0) return Error(ErrorCode::not_found, "there is no such client");
  return found;
}

result<ClientWithSubscriptions> lock_client(TenantTransaction& tx, ClientId id) {
  TRY(auto found, tx.first<ClientId>(sql::client_lock, {{"id", id}}));
  if (!found) return Error(ErrorCode::not_found, "there is no such client");
  return get_client(tx, id);
}

result<std::optional<ClientId>> client_with_phone(TenantTransaction& tx, std::string_view phone) {
  return tx.first<ClientId>(sql::client_id_by_phone, {{"phone", phone}});
}

result<void> update_client(TenantTransaction& tx, const ClientRow& client,
                           const std::vector<std::string>& tags, Instant now) {
  const std::string name_key = client_name_key(client.name);
  const std::string phone = client.phone.value_or("");
  std::optional<std::string> phone_key;
  if (client.phone) phone_key = domain::match_key(phone);
  const std::string search_text = client_search_text(client.name, phone, tags);
  TRY_DO(search_entry(tx, sql::client_search_remove, client.id));
  auto changed = tx.run(sql::client_update, {{"id", client.id},
                                             {"version", client.version},
                                             {"name", client.name},
                                             {"name_key", name_key},
                                             {"phone", client.phone},
                                             {"phone_key", phone_key},
                                             {"email", client.email},
                                             {"custom", client.custom},
                                             {"opted_out_at", client.opted_out_at},
                                             {"archived_at", client.archived_at},
                                             {"tags", client.tags},
                                             {"search_text", search_text},
                                             {"now", now}});
  if (changed.has_value() && *changed == 0) {
    return Error(ErrorCode::version_mismatch, "the client was changed in the meantime");
  }
  TRY_DO(name_conflict(std::move(changed)));
  return search_entry(tx, sql::client_search_add, client.id);
}

result<void> touch_client(TenantTransaction& tx, ClientId id, Instant now) {
  TRY_DO(tx.run(sql::client_touch, {{"id", id}, {"now", now}}));
  return {};
}

result<void> retarget_messages(TenantTransaction& tx, ClientId id, std::string_view phone, Instant now) {
  TRY_DO(tx.run(sql::client_retarget_messages, {{"id", id}, {"phone", phone}, {"now", now}}));
  return {};
}

result<void> summarise_client(TenantTransaction& tx, ClientId id, Instant now, NewVersion version) {
  TRY_DO(tx.run(sql::client_summarise,
                {{"id", id}, {"now", now}, {"bump", version == NewVersion::yes ? 1 : 0}}));
  return rebuild_facets(tx, id);
}

result<void> rebuild_facets(TenantTransaction& tx, ClientId id) {
  TRY_DO(tx.run(sql::client_facets_delete, {{"id", id}}));
  TRY_DO(tx.run(sql::client_facets_insert, {{"id", id}}));
  return {};
}

result<void> erase_client(TenantTransaction& tx, ClientId id, Instant now) {
  TRY_DO(tx.system().run(sql::erase_securely, {}));
  TRY_DO(search_entry(tx, sql::client_search_remove, id));
  TRY(auto erased, tx.run(sql::client_erase, {{"id", id}, {"now", now}}));
  if (erased == 0) return Error(ErrorCode::not_found, "there is no such client");
  TRY_DO(search_entry(tx, sql::client_search_add, id));
  TRY_DO(tx.run(sql::client_facets_delete, {{"id", id}}));
  TRY_DO(tx.run(sql::client_erase_tags, {{"id", id}}));
  TRY_DO(tx.run(sql::client_erase_notes, {{"id", id}}));
  TRY_DO(tx.run(sql::client_erase_events, {{"id", id}}));
  TRY_DO(tx.run(sql::client_erase_message_events, {{"id", id}}));
  TRY_DO(tx.run(sql::client_erase_messages, {{"id", id}}));
  TRY_DO(tx.run(sql::client_erase_subscriptions, {{"id", id}, {"now", now}}));
  TRY_DO(tx.run(sql::client_erase_renewals, {{"id", id}}));
  TRY_DO(tx.run(sql::client_erase_import_lines, {{"id", id}}));
  TRY_DO(tx.system().run(sql::erase_search_traces, {}));
  return {};
}

} // namespace renova::storage

#include "storage/channel_store.hpp"

#include "storage/sql/channels.hpp"

namespace renova::storage::channel_store {
namespace {

Error changed_meanwhile() { return Error(ErrorCode::version_mismatch, "the channel was changed meanwhile"); }

result<std::int64_t> number(TenantTransaction& tx, const TenantStatement& statement, Parameters parameters) {
  TRY(auto n, tx.first<std::int64_t>(statement, parameters));
  return n.value_or(0);
}

} // namespace

result<void> insert(TenantTransaction& tx, const ChannelRow& row, Instant now) {
  TRY_DO(tx.run(sql::channel_insert, {{"id", row.id},
                                      {"name", row.name},
                                      {"type", row.type},
                                      {"enabled", row.enabled},
                                      {"config", row.config},
                                      {"secrets", row.secrets},
                                      {"pacing", row.pacing},
                                      {"breaker", row.breaker},
                                      {"now", now}}));
  return {};
}

result<std::optional<ChannelRow>> get(TenantTransaction& tx, ChannelId id) {
  return tx.first<ChannelRow>(sql::channel_get, {{"id", id}});
}

result<std::optional<TenantId>> owner(Transaction& tx, ChannelId id) {
  return tx.first<TenantId>(sql::channel_owner, {{"id", id}});
}

result<std::vector<ChannelRow>> page(TenantTransaction& tx, const ChannelPageQuery& query) {
  using Page = sql::ChannelPage;
  FamilyFilters filters;
  Parameter after_key =
      query.by_name ? Parameter("after_key", query.after_name) : Parameter("after_key", query.after_created);
  if (query.by_name ? query.after_name.has_value() : query.after_created.has_value()) filters |= Page::after;
  if (query.type) filters |= Page::type;
  if (query.enabled) filters |= Page::enabled;
  const auto& statement =
      sql::channel_page.pick(query.by_name ? Page::Sort::name : Page::Sort::created_at,
                             query.descending ? Page::Dir::desc : Page::Dir::asc, filters);
  return tx.all<ChannelRow>(statement, {after_key,
                                        {"after_id", query.after_id},
                                        {"type", query.type},
                                        {"enabled", query.enabled},
                                        {"limit", query.limit}});
}

result<std::int64_t> count(TenantTransaction& tx, const ChannelPageQuery& query) {
  using Count = sql::ChannelCount;
  FamilyFilters filters;
  if (query.type) filters |= Count::type;
  if (query.enabled) filters |= Count::enabled;
  return number(tx, sql::channel_count.pick(Count::All::yes, filters),
                {{"type", query.type}, {"enabled", query.enabled}});
}

result<void> update(TenantTransaction& tx, const ChannelRow& row, Instant now) {
  TRY(auto changed, tx.run(sql::channel_update, {{"id", row.id},
                                                 {"name", row.name},
                                                 {"enabled", row.enabled},
                                                 {"config", row.config},
                                                 {"secrets", row.secrets},
                                                 {"pacing", row.pacing},
                                                 {"breaker", row.breaker},
                                                 {"version", row.version},
                                                 {"now", now}}));
  if (changed == 0) return changed_meanwhile();
  return {};
}

result<void> remove(TenantTransaction& tx, ChannelId id, std::int64_t version) {
  TRY(auto changed, tx.run(sql::channel_delete, {{"id", id}, {"version", version}}));
  if (changed == 0) return changed_meanwhile();
  return {};
}

result<void> set_paused(TenantTransaction& tx, ChannelId id, bool paused, std::optional<std::string> reason,
                        Instant now) {
  TRY_DO(tx.run(sql::channel_set_paused, {{"id", id}, {"paused", paused}, {"reason", reason}, {"now", now}}));
  return {};
}

result<std::vector<RuleRow>> rules_naming(TenantTransaction& tx, ChannelId id) {
  return tx.all<RuleRow>(sql::channel_rules_naming, {{"id_text", id.str()}});
}

result<std::int64_t> open_messages(TenantTransaction& tx, ChannelId id) {
  return number(tx, sql::channel_open_messages, {{"channel_id", id}});
}

result<std::int64_t> messages_sending(TenantTransaction& tx, ChannelId id) {
  return number(tx, sql::channel_messages_sending, {{"channel_id", id}});
}

result<std::optional<ClientId>> client_of_phone(TenantTransaction& tx, std::string_view phone) {
  return tx.first<ClientId>(sql::channel_client_of_phone, {{"phone", phone}});
}

result<std::int64_t> move_waiting(TenantTransaction& tx, ChannelId from, ChannelId to, Instant now) {
  return tx.run(sql::channel_move_waiting, {{"channel_id", from}, {"to_channel", to}, {"now", now}});
}

result<std::vector<MessageId>> waiting_ids(TenantTransaction& tx, ChannelId id, int limit) {
  return tx.all<MessageId>(sql::channel_waiting_ids, {{"channel_id", id}, {"limit", limit}});
}

result<std::optional<ChannelLeaseRow>> lease(TenantTransaction& tx, ChannelId id) {
  return tx.first<ChannelLeaseRow>(sql::channel_lease, {{"channel_id", id}});
}

result<std::vector<StateCountRow>> counts_since(TenantTransaction& tx, ChannelId id, Instant since) {
  return tx.all<StateCountRow>(sql::channel_counts_since, {{"channel_id", id}, {"since", since}});
}

result<std::optional<Instant>> oldest_queued(TenantTransaction& tx, ChannelId id, Instant now) {
  TRY(auto found,
      tx.first<std::optional<Instant>>(sql::channel_oldest_queued, {{"channel_id", id}, {"now", now}}));
  return found.value_or(std::nullopt);
}

result<std::optional<ChannelErrorRow>> last_error(TenantTransaction& tx, ChannelId id, Instant since) {
  return tx.first<ChannelErrorRow>(sql::channel_last_error, {{"channel_id", id}, {"since", since}});
}

} // namespace renova::storage::channel_store

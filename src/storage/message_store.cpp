#include "storage/message_store.hpp"

#include "storage/sql/messages.hpp"

namespace renova::storage::message_store {
namespace {

using domain::MessageReason;
using domain::MessageState;

std::optional<std::string_view> reason_text(MessageReason reason) {
  if (reason == MessageReason::none) return std::nullopt;
  return to_text(reason);
}

std::optional<std::string_view> if_any(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

sql::MessagePage::State page_state(const std::optional<MessageState>& state) {
  auto form = sql::MessagePage::State::any;
  if (state) from_text(to_text(*state), form);
  return form;
}

} // namespace

result<void> insert(TenantTransaction& tx, const MessageRow& row) {
  auto client = row.client_id.is_nil() ? std::nullopt : std::optional(row.client_id);
  TRY_DO(tx.run(sql::message_insert, {{"id", row.id},
                                      {"client_id", client},
                                      {"subscription_id", row.subscription_id},
                                      {"rule_id", row.rule_id},
                                      {"template_id", row.template_id},
                                      {"kind", row.kind},
                                      {"channel_id", row.channel_id},
                                      {"channel_kind", row.channel_kind},
                                      {"recipient", row.recipient},
                                      {"body", row.body},
                                      {"state", row.state},
                                      {"reason", row.reason},
                                      {"detail", row.detail},
                                      {"priority", row.priority},
                                      {"due_on", row.due_on},
                                      {"not_before", row.not_before},
                                      {"created_at", row.created_at}}));
  TRY_DO(tx.run(sql::message_event_insert, {{"message_id", row.id},
                                            {"at", row.created_at},
                                            {"from_state", std::optional<MessageState>()},
                                            {"to_state", row.state},
                                            {"attempt", 0},
                                            {"reason", row.reason},
                                            {"detail", row.detail}}));
  return {};
}

result<std::optional<MessageRow>> get(TenantTransaction& tx, MessageId id) {
  return tx.first<MessageRow>(sql::message_get, {{"id", id}});
}

result<std::vector<MessageEventRow>> events(TenantTransaction& tx, MessageId id) {
  return tx.all<MessageEventRow>(sql::message_events_of, {{"message_id", id}});
}

result<std::vector<MessageRow>> page(TenantTransaction& tx, const MessagePageQuery& query) {
  using Form = sql::MessagePage;
  FamilyFilters chosen{};
  if (query.channel) chosen = chosen | Form::channel;
  if (query.kind) chosen = chosen | Form::kind;
  if (query.from) chosen = chosen | Form::from;
  if (query.to) chosen = chosen | Form::to;
  if (query.after) chosen = chosen | Form::after;
  auto scope = query.client ? Form::Scope::client : Form::Scope::all;
  auto dir = query.ascending ? Form::Dir::asc : Form::Dir::desc;
  return tx.all<MessageRow>(sql::message_page.pick(page_state(query.state), scope, dir, chosen),
                            {{"client_id", query.client},
                             {"channel_id", query.channel},
                             {"kind", query.kind},
                             {"from", query.from},
                             {"to", query.to},
                             {"after_created", query.after_created},
                             {"after_id", query.after_id},
                             {"limit", query.limit}});
}

result<std::int64_t> count(TenantTransaction& tx, const MessagePageQuery& filters) {
  using Form = sql::MessageCount;
  FamilyFilters chosen{};
  if (filters.state) chosen = chosen | Form::state;
  if (filters.client) chosen = chosen | Form::client;
  if (filters.channel) chosen = chosen | Form::channel;
  if (filters.kind) chosen = chosen | Form::kind;
  if (filters.from) chosen = chosen | Form::from;
  if (filters.to) chosen = chosen | Form::to;
  TRY(auto n, tx.first<std::int64_t>(sql::message_count.pick(Form::All::yes, chosen),
                                     {{"state", filters.state},
                                      {"client_id", filters.client},
                                      {"channel_id", filters.channel},
                                      {"kind", filters.kind},
                                      {"from", filters.from},
                                      {"to", filters.to}}));
  return n.value_or(0);
}

result<std::vector<MessageRow>> of_due_date(TenantTransaction& tx, SubscriptionId subscription, Date due_on) {
  return tx.all<MessageRow>(sql::message_of_due_date,
                            {{"subscription_id", subscription}, {"due_on", due_on}});
}

result<std::vector<MessageRow>> between(TenantTransaction& tx, ClientId client, SubscriptionId subscription,
                                        Instant from, Instant to) {
  return tx.all<MessageRow>(
      sql::message_between,
      {{"client_id", client}, {"subscription_id", subscription}, {"from", from}, {"to", to}});
}

result<bool> move(TenantTransaction& tx, const MessageRow& row, const MessageMove& move, Instant now) {
  TRY(auto changed, tx.run(sql::message_move, {{"to_state", move.to},
                                               {"reason", reason_text(move.reason)},
                                               {"detail", if_any(move.detail)},
                                               {"not_before", move.not_before},
                                               {"now", now},
                                               {"id", row.id},
                                               {"from_state", row.state},
                                               {"attempt", row.attempt}}));
  if (changed == 0) return false;
  TRY_DO(tx.run(sql::message_event_insert, {{"message_id", row.id},
                                            {"at", now},
                                            {"from_state", std::optional(row.state)},
                                            {"to_state", move.to},
                                            {"attempt", row.attempt},
                                            {"reason", reason_text(move.reason)},
                                            {"detail", if_any(move.detail)}}));
  return true;
}

result<std::vector<MessageRow>> open_of_client(TenantTransaction& tx, ClientId client, bool reminders_only) {
  return tx.all<MessageRow>(sql::message_open_of_client,
                            {{"client_id", client}, {"reminders_only", reminders_only}});
}

result<std::vector<MessageRow>> open_of_subscription(TenantTransaction& tx, SubscriptionId subscription,
                                                     bool reminders_only) {
  return tx.all<MessageRow>(sql::message_open_of_subscription,
                            {{"subscription_id", subscription}, {"reminders_only", reminders_only}});
}

result<std::vector<MessageRow>> stopped_of_client(TenantTransaction& tx, ClientId client,
                                                  MessageReason reason) {
  return tx.all<MessageRow>(sql::message_stopped_of_client, {{"client_id", client}, {"reason", reason}});
}

result<std::vector<MessageRow>> stopped_of_subscription(TenantTransaction& tx, SubscriptionId subscription,
                                                        MessageReason reason) {
  return tx.all<MessageRow>(sql::message_stopped_of_subscription,
                            {{"subscription_id", subscription}, {"reason", reason}});
}

result<std::vector<QueueCountRow>> open_counts(TenantTransaction& tx) {
  return tx.all<QueueCountRow>(sql::message_open_counts, {});
}

result<std::int64_t> attempts_since(TenantTransaction& tx, Instant since) {
  TRY(auto n, tx.first<std::int64_t>(sql::message_attempts_since, {{"since", since}}));
  return n.value_or(0);
}

result<std::optional<MessageClientRow>> client_of(TenantTransaction& tx, ClientId client) {
  return tx.first<MessageClientRow>(sql::message_client, {{"id", client}});
}

result<std::optional<SubscriptionId>> first_subscription(TenantTransaction& tx, ClientId client) {
  return tx.first<SubscriptionId>(sql::message_first_subscription, {{"client_id", client}});
}

result<std::optional<SendingTenantRow>> tenant(TenantTransaction& tx) {
  return tx.first<SendingTenantRow>(sql::message_tenant, {});
}

result<void> set_queue_paused(TenantTransaction& tx, bool paused) {
  TRY_DO(tx.run(sql::message_queue_pause, {{"paused", paused}}));
  return {};
}

} // namespace renova::storage::message_store

#include "storage/sender_store.hpp"

#include "storage/sql/messages.hpp"
#include "storage/sql/sender.hpp"

namespace renova::storage::sender_store {
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

// The columns of sender_channels: the tenant's six, then a ChannelRow's.
SenderChannelRow read_channel(const Row& row) {
  SenderChannelRow out;
  read_column(row, 0, out.tenant_id);
  read_column(row, 1, out.queue_paused);
  read_column(row, 2, out.suspended_at);
  read_column(row, 3, out.time_zone);
  read_column(row, 4, out.sending_windows);
  read_column(row, 5, out.holidays);
  int column = 6;
  using Members = boost::describe::describe_members<ChannelRow, boost::describe::mod_any_access>;
  boost::mp11::mp_for_each<Members>(
      [&](auto member) { read_column(row, column++, out.channel.*member.pointer); });
  return out;
}

result<void> write_event(TenantTransaction& tx, MessageId id, Instant now, MessageState from, MessageState to,
                         int attempt, MessageReason reason, std::string_view detail) {
  TRY_DO(tx.run(sql::sender_event, {{"message_id", id},
                                    {"at", now},
                                    {"from_state", std::optional(from)},
                                    {"to_state", to},
                                    {"attempt", attempt},
                                    {"reason", reason_text(reason)},
                                    {"detail", if_any(detail)}}));
  return {};
}

} // namespace

result<std::vector<SenderChannelRow>> channels(Transaction& tx) {
  std::vector<SenderChannelRow> rows;
  TRY_DO(tx.run(sql::sender_channels, {}, [&](const Row& row) { rows.push_back(read_channel(row)); }));
  return rows;
}

result<std::optional<SenderChannelRow>> channel(Transaction& tx, ChannelId id) {
  std::optional<SenderChannelRow> found;
  TRY_DO(tx.run(sql::sender_channel, {{"id", id}}, [&](const Row& row) { found = read_channel(row); }));
  return found;
}

result<std::vector<int>> levels(TenantTransaction& tx, ChannelId channel) {
  return tx.all<int>(sql::sender_levels, {{"channel_id", channel}});
}

result<std::vector<ReadyRow>> ready(TenantTransaction& tx, const ReadyQuery& query) {
  return tx.all<ReadyRow>(sql::sender_ready, {{"channel_id", query.channel},
                                              {"priority", query.priority},
                                              {"now", query.now},
                                              {"after_not_before", query.after_not_before},
                                              {"after_id", query.after_id},
                                              {"only_tests", query.only_tests},
                                              {"limit", query.limit}});
}

result<std::optional<ReadyRow>> ready_one(TenantTransaction& tx, MessageId id) {
  return tx.first<ReadyRow>(sql::sender_one, {{"id", id}});
}

result<std::optional<Instant>> next_due(TenantTransaction& tx, ChannelId channel, int priority, Instant now) {
  TRY(auto due, tx.first<std::optional<Instant>>(
                    sql::sender_next_due, {{"channel_id", channel}, {"priority", priority}, {"now", now}}));
  return due.value_or(std::nullopt);
}

result<std::optional<BlockerRow>> blocker(TenantTransaction& tx, ChannelId channel, const ReadyRow& row,
                                          Instant now) {
  return tx.first<BlockerRow>(
      sql::sender_blocker,
      {{"recipient", row.recipient}, {"id", row.id}, {"channel_id", channel}, {"now", now}});
}

result<std::optional<SubjectRow>> subject(TenantTransaction& tx, ClientId client,
                                          const std::optional<SubscriptionId>& subscription) {
  return tx.first<SubjectRow>(sql::sender_subject,
                              {{"client_id", client}, {"subscription_id", subscription}});
}

result<bool> newer_rule_waits(TenantTransaction& tx, const ReadyRow& row, Instant now) {
  TRY(auto n, tx.first<std::int64_t>(sql::sender_newer_rule, {{"rule_id", row.rule_id},
                                                              {"subscription_id", row.subscription_id},
                                                              {"due_on", row.due_on},
                                                              {"now", now}}));
  return n.value_or(0) > 0;
}

result<TemplatesMarkRow> templates_mark(TenantTransaction& tx) {
  TRY(auto mark, tx.first<TemplatesMarkRow>(sql::sender_templates_mark, {}));
  return mark.value_or(TemplatesMarkRow{});
}

result<std::vector<TemplateRow>> templates(TenantTransaction& tx) {
  return tx.all<TemplateRow>(sql::sender_templates, {});
}

result<std::optional<GateRow>> gate(TenantTransaction& tx, ChannelId channel) {
  return tx.first<GateRow>(sql::sender_gate, {{"id", channel}});
}

result<bool> claim(TenantTransaction& tx, const Claimer& claimer, const ClaimRow& row, Instant lease_until,
                   Instant now) {
  TRY(auto changed, tx.run(sql::sender_claim, {{"epoch", claimer.epoch},
                                               {"fence", claimer.fence},
                                               {"lease_until", lease_until},
                                               {"recipient", row.recipient},
                                               {"body", row.body},
                                               {"template_id", row.template_id},
                                               {"kind", row.kind},
                                               {"now", now},
                                               {"id", row.id},
                                               {"attempt", row.attempt}}));
  if (changed == 0) return false;
  TRY_DO(write_event(tx, row.id, now, MessageState::queued, MessageState::sending, row.attempt + 1,
                     MessageReason::none, {}));
  return true;
}

result<bool> stop_queued(TenantTransaction& tx, const ReadyRow& row, MessageState to, MessageReason reason,
                         std::string_view detail, Instant now) {
  TRY(auto changed, tx.run(sql::message_move, {{"to_state", to},
                                               {"reason", reason_text(reason)},
                                               {"detail", if_any(detail)},
                                               {"not_before", std::optional<Instant>()},
                                               {"now", now},
                                               {"id", row.id},
                                               {"from_state", MessageState::queued},
                                               {"attempt", row.attempt}}));
  if (changed == 0) return false;
  TRY_DO(write_event(tx, row.id, now, MessageState::queued, to, row.attempt, reason, detail));
  return true;
}

result<void> defer(TenantTransaction& tx, const ReadyRow& row, Instant not_before) {
  TRY_DO(tx.run(sql::sender_defer, {{"not_before", not_before}, {"id", row.id}, {"attempt", row.attempt}}));
  return {};
}

result<bool> record(TenantTransaction& tx, const OutcomeRow& outcome, Instant now) {
  if (outcome.to == MessageState::accepted) {
    TRY(auto changed, tx.run(sql::sender_accepted, {{"gateway_id", outcome.gateway_id},
                                                    {"now", now},
                                                    {"id", outcome.id},
                                                    {"attempt", outcome.attempt},
                                                    {"fence", outcome.fence}}));
    if (changed == 0) {
      TRY(auto late, tx.run(sql::sender_accepted_late, {{"gateway_id", outcome.gateway_id},
                                                        {"now", now},
                                                        {"id", outcome.id},
                                                        {"attempt", outcome.attempt},
                                                        {"fence", outcome.fence}}));
      return late > 0;
    }
  } else {
    TRY(auto changed, tx.run(sql::sender_outcome, {{"to_state", outcome.to},
                                                   {"reason", reason_text(outcome.reason)},
                                                   {"detail", if_any(outcome.detail)},
                                                   {"not_before", outcome.not_before},
                                                   {"give_back", outcome.give_back},
                                                   {"now", now},
                                                   {"id", outcome.id},
                                                   {"attempt", outcome.attempt},
                                                   {"fence", outcome.fence}}));
    if (changed == 0) return false;
  }
  TRY_DO(write_event(tx, outcome.id, now, MessageState::sending, outcome.to, outcome.attempt, outcome.reason,
                     outcome.detail));
  return true;
}

result<std::vector<UnderWayRow>> lose_abandoned(TenantTransaction& tx, const Claimer& claimer, Instant now) {
  TRY(auto rows, tx.all<UnderWayRow>(
                     sql::sender_abandoned,
                     {{"channel_id", claimer.channel}, {"epoch", claimer.epoch}, {"fence", claimer.fence}}));
  for (const auto& row : rows) {
    TRY(auto changed, tx.run(sql::sender_lose, {{"reason", MessageReason::process_lost},
                                                {"now", now},
                                                {"id", row.id},
                                                {"attempt", row.attempt}}));
    if (changed == 0) continue;
    TRY_DO(write_event(tx, row.id, now, MessageState::sending, MessageState::unknown, row.attempt,
                       MessageReason::process_lost, {}));
  }
  return rows;
}

result<std::vector<UnderWayRow>> under_way(TenantTransaction& tx, const Claimer& claimer) {
  return tx.all<UnderWayRow>(
      sql::sender_under_way,
      {{"channel_id", claimer.channel}, {"epoch", claimer.epoch}, {"fence", claimer.fence}});
}

result<std::vector<Instant>> attempts_since(TenantTransaction& tx, ChannelId channel, Instant since) {
  return tx.all<Instant>(sql::sender_attempts, {{"since", since}, {"channel_id", channel}});
}

result<void> note_first_sent(TenantTransaction& tx, ChannelId channel, Instant now) {
  TRY_DO(tx.run(sql::sender_channel_started, {{"now", now}, {"id", channel}}));
  return {};
}

result<void> pause_channel(TenantTransaction& tx, ChannelId channel, std::string_view reason,
                           std::optional<Instant> until, Instant now) {
  TRY_DO(tx.run(sql::sender_channel_pause,
                {{"reason", reason}, {"until", until}, {"now", now}, {"id", channel}}));
  return {};
}

result<bool> end_pause(TenantTransaction& tx, ChannelId channel, Instant now) {
  TRY(auto changed, tx.run(sql::sender_channel_unpause, {{"now", now}, {"id", channel}}));
  return changed > 0;
}

result<bool> stop_template(TenantTransaction& tx, TemplateId id, std::string_view reason, Instant now) {
  TRY(auto changed, tx.run(sql::sender_template_stop, {{"reason", reason}, {"now", now}, {"id", id}}));
  return changed > 0;
}

result<void> set_template_stopped(TenantTransaction& tx, TemplateId id, std::optional<std::string> reason,
                                  Instant now) {
  TRY_DO(tx.run(sql::sender_template_id_stop, {{"reason", reason}, {"now", now}, {"id", id}}));
  return {};
}

result<void> note_whatsapp_id(TenantTransaction& tx, ClientId client, std::string_view whatsapp_id) {
  TRY_DO(tx.run(sql::sender_whatsapp_id, {{"whatsapp_id", whatsapp_id}, {"id", client}}));
  return {};
}

result<std::vector<StateTotalRow>> state_totals(Transaction& tx) {
  return tx.all<StateTotalRow>(sql::message_state_totals, {});
}

} // namespace renova::storage::sender_store

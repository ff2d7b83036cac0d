#include "storage/planner_store.hpp"

#include "storage/sql/messages.hpp"
#include "storage/sql/planner.hpp"

namespace renova::storage::planner_store {

using domain::MessageState;

result<std::vector<PlannerTenantRow>> tenants(Transaction& tx) {
  return tx.all<PlannerTenantRow>(sql::planner_tenants, {});
}

result<std::vector<TenantId>> loose_tenants(Transaction& tx) {
  return tx.all<TenantId>(sql::planner_loose_tenants, {});
}

result<std::vector<RuleRow>> rules(TenantTransaction& tx) { return tx.all<RuleRow>(sql::planner_rules, {}); }

result<std::vector<PlannerChannelRow>> channels(TenantTransaction& tx) {
  return tx.all<PlannerChannelRow>(sql::planner_channels, {});
}

result<std::vector<int>> own_times(TenantTransaction& tx, Date due_on, TimeSlot slot) {
  return tx.all<int>(sql::planner_times, {{"due_on", due_on}, {"slot", static_cast<int>(slot)}});
}

result<std::vector<Date>> changed_dates(TenantTransaction& tx, Instant since, Date from, Date to) {
  return tx.all<Date>(sql::planner_changed_dates, {{"since", since}, {"from_date", from}, {"to_date", to}});
}

result<std::optional<SubscriptionId>> chunk_end(TenantTransaction& tx, Date due_on, SubscriptionId after,
                                                int size) {
  return tx.first<SubscriptionId>(sql::planner_chunk_end,
                                  {{"due_on", due_on}, {"after", after}, {"size", size - 1}});
}

result<std::int64_t> insert(TenantTransaction& tx, const PlanGroup& group, const PlanChunk& chunk,
                            Instant now) {
  std::optional<std::string_view> detail;
  if (!group.channel) detail = to_text(domain::MessageReason::no_channel);
  TRY(auto inserted, tx.run(sql::planner_insert, {{"rule_id", group.rule},
                                                  {"template_id", group.template_id},
                                                  {"kind", group.kind},
                                                  {"channel_id", group.channel},
                                                  {"detail", detail},
                                                  {"priority", group.priority},
                                                  {"due_on", group.due_on},
                                                  {"not_before", group.not_before},
                                                  {"now", now},
                                                  {"is_due", group.is_due},
                                                  {"too_late", group.too_late},
                                                  {"no_window", group.no_window},
                                                  {"offset_days", group.offset_days},
                                                  {"slot", static_cast<int>(group.slot)},
                                                  {"minutes", group.minutes},
                                                  {"rule_minutes", group.rule_minutes},
                                                  {"nominal", group.nominal},
                                                  {"changed_since", group.changed_since},
                                                  {"plan_types", group.plan_types},
                                                  {"after", chunk.after},
                                                  {"upto", chunk.upto}}));
  if (inserted == 0) return 0;
  TRY_DO(tx.run(sql::planner_events, {{"now", now},
                                      {"rule_id", group.rule},
                                      {"due_on", group.due_on},
                                      {"after", chunk.after},
                                      {"upto", chunk.upto}}));
  return inserted;
}

result<void> set_watermark(TenantTransaction& tx, Instant planned_at) {
  TRY_DO(tx.run(sql::planner_watermark, {{"planned_at", planned_at}}));
  return {};
}

result<std::int64_t> promote(TenantTransaction& tx, Instant now) {
  TRY(auto rows, tx.all<PromotableRow>(sql::planner_promotable, {{"now", now}}));
  std::int64_t moved = 0;
  for (const auto& row : rows) {
    TRY(auto changed, tx.run(sql::message_move, {{"to_state", MessageState::queued},
                                                 {"reason", std::optional<std::string>()},
                                                 {"detail", std::optional<std::string>()},
                                                 {"not_before", std::optional<Instant>()},
                                                 {"now", now},
                                                 {"id", row.id},
                                                 {"from_state", MessageState::planned},
                                                 {"attempt", row.attempt}}));
    if (changed == 0) continue;
    ++moved;
    TRY_DO(tx.run(sql::message_event_insert, {{"message_id", row.id},
                                              {"at", now},
                                              {"from_state", std::optional(MessageState::planned)},
                                              {"to_state", MessageState::queued},
                                              {"attempt", row.attempt},
                                              {"reason", std::optional<std::string>()},
                                              {"detail", std::optional<std::string>()}}));
  }
  return moved;
}

result<std::vector<UnroutedRow>> unrouted(TenantTransaction& tx) {
  return tx.all<UnroutedRow>(sql::planner_unrouted, {});
}

result<std::vector<UnroutedRow>> stranded(TenantTransaction& tx, ChannelId channel) {
  return tx.all<UnroutedRow>(sql::planner_stranded, {{"channel_id", channel}});
}

result<void> route(TenantTransaction& tx, MessageId id, std::optional<ChannelId> channel,
                   std::string_view detail, Instant now) {
  std::optional<std::string_view> text;
  if (!detail.empty()) text = detail;
  TRY_DO(tx.run(sql::planner_route, {{"channel_id", channel}, {"detail", text}, {"now", now}, {"id", id}}));
  return {};
}

result<std::vector<PlannerSubjectRow>> subjects(TenantTransaction& tx, Date due_on) {
  return tx.all<PlannerSubjectRow>(sql::planner_subjects, {{"due_on", due_on}});
}

result<std::optional<PlannerSubjectRow>> subject(TenantTransaction& tx, SubscriptionId id) {
  return tx.first<PlannerSubjectRow>(sql::planner_subject, {{"id", id}});
}

} // namespace renova::storage::planner_store

#include "services/audit.hpp"

#include "storage/sql/identity.hpp"

namespace renova::services {

namespace sql = storage::sql;

std::string_view to_text(Actor::Kind kind) {
  switch (kind) {
    case Actor::Kind::user:
      return "user";
    case Actor::Kind::api_key:
      return "api_key";
    case Actor::Kind::command_line:
      return "command_line";
    case Actor::Kind::system:
      return "system";
  }
  return "system";
}

bool from_text(std::string_view text, Actor::Kind& kind) {
  for (Actor::Kind each :
       {Actor::Kind::user, Actor::Kind::api_key, Actor::Kind::command_line, Actor::Kind::system}) {
    if (to_text(each) == text) {
      kind = each;
      return true;
    }
  }
  return false;
}

result<void> record(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                    const AuditRecord& entry) {
  auto none_if_empty = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
  };
  std::optional<AuditId> actor_id; // any kind of id: only its bytes matter
  if (actor.id != Uuid{}) actor_id = AuditId(actor.id);
  TRY_DO(tx.run(sql::audit_insert, {{"id", AuditId::make(now)},
                                    {"at", now},
                                    {"actor_kind", actor.kind},
                                    {"actor_id", actor_id},
                                    {"actor_name", actor.name},
                                    {"action", entry.action},
                                    {"object_kind", entry.object_kind},
                                    {"object_id", entry.object_id},
                                    {"before_json", none_if_empty(entry.before)},
                                    {"after_json", none_if_empty(entry.after)},
                                    {"address", actor.address},
                                    {"request_id", actor.request_id}}));
  return {};
}

result<std::vector<AuditRow>> list_audit(storage::TenantTransaction& tx, const AuditQuery& query) {
  using sql::AuditPage;
  storage::FamilyFilters filters;
  if (query.after) filters |= AuditPage::after;
  if (query.action) filters |= AuditPage::action;
  if (query.object_kind) filters |= AuditPage::object_kind;
  if (query.object_id) filters |= AuditPage::object;
  if (query.since) filters |= AuditPage::since;
  if (query.until) filters |= AuditPage::until;
  auto dir = query.descending ? AuditPage::Dir::desc : AuditPage::Dir::asc;
  return tx.all<AuditRow>(sql::audit_page.pick(dir, filters), {{"after_id", query.after},
                                                               {"action", query.action},
                                                               {"object_kind", query.object_kind},
                                                               {"object_id", query.object_id},
                                                               {"since", query.since},
                                                               {"until", query.until},
                                                               {"limit", query.limit + 1}});
}

} // namespace renova::services

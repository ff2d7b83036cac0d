// GET /audit: who changed what.

#include "api/core.hpp"
#include "services/audit.hpp"

namespace renova::api {
namespace {

struct AuditQuery : PageQuery {
  std::optional<std::string> action;
  std::optional<std::string> object_kind;
  std::optional<std::string> object_id;
  std::optional<Instant> from;
  std::optional<Instant> to;
};
BOOST_DESCRIBE_STRUCT(AuditQuery, (PageQuery), (action, object_kind, object_id, from, to))

// An entry as it goes out: the states before and after are JSON objects, and null where there is none.
struct AuditView {
  AuditId id;
  Instant at;
  services::Actor::Kind actor_kind{};
  std::optional<AuditId> actor_id;
  std::string actor_name;
  std::string action;
  std::string object_kind;
  std::string object_id;
  RawText before;
  RawText after;
  std::string address;
  std::string request_id;
};
BOOST_DESCRIBE_STRUCT(AuditView, (),
                      (id, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, before,
                       after, address, request_id))

AuditView to_view(services::AuditRow row) {
  AuditView view;
  view.id = row.id;
  view.at = row.at;
  view.actor_kind = row.actor_kind;
  view.actor_id = row.actor_id;
  view.actor_name = std::move(row.actor_name);
  view.action = std::move(row.action);
  view.object_kind = std::move(row.object_kind);
  view.object_id = std::move(row.object_id);
  if (row.before_json) view.before.json = std::move(*row.before_json);
  if (row.after_json) view.after.json = std::move(*row.after_json);
  view.address = std::move(row.address);
  view.request_id = std::move(row.request_id);
  return view;
}

result<Unit> list(const Call& call) {
  TRY(AuditQuery query, call.query<AuditQuery>());
  TRY(Paging page, paging(query, {"at"}, "-at"));
  services::AuditQuery wanted;
  wanted.limit = page.limit;
  wanted.descending = page.descending;
  if (page.after) wanted.after = AuditId(page.after->id);
  wanted.action = query.action;
  wanted.object_kind = query.object_kind;
  wanted.object_id = query.object_id;
  wanted.since = query.from;
  wanted.until = query.to;
  return Unit([wanted, page](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto rows, services::list_audit(tx, wanted));
    Page<AuditView> out;
    for (services::AuditRow& row : rows) out.data.push_back(to_view(std::move(row)));
    if (static_cast<int>(out.data.size()) > wanted.limit) {
      out.data.pop_back();
      out.next_cursor = Cursor{page.sort, {}, out.data.back().id.uuid()}.encode();
    }
    return ok(out);
  });
}

} // namespace

void add_audit_routes(RouteTable& routes, Core&) {
  routes.get("/api/v1/audit", Role::admin, RateClass::normal, "listAudit", "Who changed what, newest first")
      .query<AuditQuery>()
      .answers<Page<AuditView>>()
      .read(list, storage::Database::Cost::scan);
}

} // namespace renova::api

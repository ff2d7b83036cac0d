#include "api/client_inputs.hpp"
#include "api/clients_api.hpp"
#include "api/lists.hpp"
#include "services/renewals.hpp"

namespace renova::api {
namespace {

namespace renewals = services::renewals;
using renewals::Renewal;
using renewals::Renewed;

result<Unit> renew_subscription(const Call& call) {
  TRY(SubscriptionId id, call.id<SubscriptionId>());
  TRY(RenewBody body, call.body_or_empty<RenewBody>());
  return Unit([id, request = to_service(body), actor = call.actor(), version = call.if_match(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Renewed renewed, renewals::renew(tx, actor, id, request, version, now));
    return ok(renewed);
  });
}

result<Unit> renew_client(const Call& call) {
  TRY(ClientId id, call.id<ClientId>());
  TRY(RenewBody body, call.body_or_empty<RenewBody>());
  return Unit([id, request = to_service(body), actor = call.actor(), version = call.if_match(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Renewed renewed, renewals::renew_only(tx, actor, id, request, version, now));
    return ok(renewed);
  });
}

result<Unit> undo_renewal(const Call& call) {
  TRY(RenewalId id, call.id<RenewalId>());
  return Unit([id, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Renewed undone, renewals::undo(tx, actor, id, now));
    return ok(undone);
  });
}

result<Unit> list_renewals(const Call& call) {
  TRY(ClientId id, call.id<ClientId>());
  TRY(PageQuery query, call.query<PageQuery>());
  TRY(Paging page, paging(query, {"created_at"}, "-created_at"));
  std::optional<storage::RenewalAfter> after;
  if (page.after) {
    TRY(std::int64_t at, cursor_number(*page.after));
    after = storage::RenewalAfter{Instant{at}, RenewalId(page.after->id)};
  }
  return Unit([id, page, after](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto rows, renewals::of_client(tx, id, !page.descending, page.limit + 1, after));
    return ok(cut_page<Renewal>(
        page, std::move(rows), [](const Renewal& row) { return Cursor::Value(row.created_at.us); },
        [](Renewal& row) { return std::move(row); }));
  });
}

} // namespace

void add_renewals_api(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  constexpr std::string_view kExample = R"({"months":1,"from":"auto","paid":true,"method":"pix"})";
  routes
      .post("/api/v1/subscriptions/{id}/renew", Role::operator_, normal, "renewSubscription",
            "Moves the due date by days, months, to a date, or by the plan's period")
      .takes<RenewBody>(kExample)
      .answers<Renewed>()
      .conditional()
      .write(renew_subscription);
  routes
      .post("/api/v1/clients/{id}/renew", Role::operator_, normal, "renewClient",
            "Renews the client's only subscription")
      .takes<RenewBody>(kExample)
      .answers<Renewed>()
      .conditional()
      .write(renew_client);
  routes
      .get("/api/v1/clients/{id}/renewals", Role::viewer, normal, "listRenewals",
           "A client's renewals, newest first")
      .query<PageQuery>()
      .answers<Page<Renewal>>()
      .read(list_renewals);
  routes
      .post("/api/v1/renewals/{id}/undo", Role::operator_, normal, "undoRenewal",
            "Takes a renewal back, within ten minutes and until a later one")
      .answers<Renewed>()
      .write(undo_renewal);
}

} // namespace renova::api

#include "api/client_inputs.hpp"
#include "api/clients_api.hpp"
#include "services/subscriptions.hpp"

namespace renova::api {
namespace {

using services::Subscription;
namespace subscriptions = services::subscriptions;

struct UpdateSubscription {
  Patch<PlanId> plan_id;
  PatchRequired<std::string> plan_type;
  PatchRequired<MoneyInput> price;
  PatchRequired<Date> expires_on;
  PatchRequired<bool> auto_renew;
  PatchRequired<bool> reminders_muted;
  Patch<std::string> before_at;
  Patch<std::string> due_at;
  Patch<std::string> before_text;
  Patch<std::string> due_text;
};
BOOST_DESCRIBE_STRUCT(UpdateSubscription, (),
                      (plan_id, plan_type, price, expires_on, auto_renew, reminders_muted, before_at, due_at,
                       before_text, due_text))

struct PaymentStatusBody {
  domain::PaymentStatus status = domain::PaymentStatus::paid;
};
BOOST_DESCRIBE_STRUCT(PaymentStatusBody, (), (status))

services::SubscriptionPatch to_service(const UpdateSubscription& body) {
  services::SubscriptionPatch patch;
  patch.plan_id = to_service(body.plan_id);
  patch.plan_type = body.plan_type.value;
  patch.price = to_service(body.price.value);
  patch.expires_on = body.expires_on.value;
  patch.auto_renew = body.auto_renew.value;
  patch.reminders_muted = body.reminders_muted.value;
  patch.before_at = to_service(body.before_at);
  patch.due_at = to_service(body.due_at);
  patch.before_text = to_service(body.before_text);
  patch.due_text = to_service(body.due_text);
  return patch;
}

result<Unit> add_subscription(const Call& call) {
  TRY(ClientId client, call.id<ClientId>());
  TRY(SubscriptionBody body, call.body<SubscriptionBody>());
  return Unit([client, input = to_service(body), actor = call.actor(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Subscription made, subscriptions::add(tx, actor, client, input, now));
    return created(made, "/api/v1/subscriptions/" + made.id.str(), made.version);
  });
}

result<Unit> get_subscription(const Call& call) {
  TRY(SubscriptionId id, call.id<SubscriptionId>());
  return Unit([id, now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Subscription found, subscriptions::get(tx, id, now));
    return ok(found, found.version);
  });
}

result<Unit> update_subscription(const Call& call) {
  TRY(SubscriptionId id, call.id<SubscriptionId>());
  TRY(UpdateSubscription body, call.body<UpdateSubscription>());
  return Unit([id, patch = to_service(body), actor = call.actor(), version = call.if_match(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Subscription changed, subscriptions::update(tx, actor, id, patch, version, now));
    return ok(changed, changed.version);
  });
}

result<Unit> end_subscription(const Call& call) {
  TRY(SubscriptionId id, call.id<SubscriptionId>());
  return Unit([id, actor = call.actor(), version = call.if_match(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY_DO(subscriptions::end(tx, actor, id, version, now));
    return no_content();
  });
}

result<Unit> set_payment_status(const Call& call) {
  TRY(SubscriptionId id, call.id<SubscriptionId>());
  TRY(PaymentStatusBody body, call.body<PaymentStatusBody>());
  return Unit(
      [id, body, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(Subscription changed, subscriptions::set_payment_status(tx, actor, id, body.status, now));
        return ok(changed, changed.version);
      });
}

} // namespace

void add_subscriptions_api(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  routes
      .post("/api/v1/clients/{id}/subscriptions", Role::operator_, normal, "addSubscription",
            "A further subscription of a client")
      .takes<SubscriptionBody>(R"({"plan_type":"VPN","price":"19.90","expires_on":"2026-12-31"})")
      .answers<Subscription>(201)
      .write(add_subscription);
  routes.get("/api/v1/subscriptions/{id}", Role::viewer, normal, "getSubscription", "One subscription")
      .answers<Subscription>()
      .read(get_subscription);
  routes
      .patch("/api/v1/subscriptions/{id}", Role::operator_, normal, "updateSubscription",
             "Changes a subscription (merge patch); a new due date sets anchor_day anew")
      .takes<UpdateSubscription>(R"({"before_at":"18:30","reminders_muted":false})")
      .answers<Subscription>()
      .conditional()
      .write(update_subscription);
  routes
      .del("/api/v1/subscriptions/{id}", Role::operator_, normal, "endSubscription",
           "Ends a subscription; its history stays")
      .answers_nothing()
      .conditional()
      .write(end_subscription);
  routes
      .post("/api/v1/subscriptions/{id}/payment-status", Role::operator_, normal, "setPaymentStatus",
            "Declares a subscription paid, pending or overdue")
      .takes<PaymentStatusBody>(R"({"status":"paid"})")
      .answers<Subscription>()
      .write(set_payment_status);
}

} // namespace renova::api

#include "storage/subscription_store.hpp"

#include "storage/sql/subscriptions.hpp"

namespace renova::storage {

result<void> insert_subscription(TenantTransaction& tx, const SubscriptionRow& s) {
  TRY_DO(tx.run(sql::subscription_insert, {{"id", s.id},
                                           {"client_id", s.client_id},
                                           {"plan_id", s.plan_id},
                                           {"plan_type", s.plan_type},
                                           {"price_amount", s.price_amount},
                                           {"price_currency", s.price_currency},
                                           {"expires_on", s.expires_on},
                                           {"anchor_day", s.anchor_day},
                                           {"prepaid_until", s.prepaid_until},
                                           {"owed_amount", s.owed_amount},
                                           {"owed_on", s.owed_on},
                                           {"auto_renew", s.auto_renew},
                                           {"muted", s.muted},
                                           {"before_at", s.before_at},
                                           {"due_at", s.due_at},
                                           {"before_text", s.before_text},
                                           {"due_text", s.due_text},
                                           {"created_at", s.created_at}}));
  return {};
}

result<SubscriptionRow> get_subscription(TenantTransaction& tx, SubscriptionId id) {
  TRY(auto found, tx.first<SubscriptionRow>(sql::subscription_get, {{"id", id}}));
  if (!found) return Error(ErrorCode::not_found, "there is no such subscription");
  return std::move(*found);
}

result<ClientId> client_of_subscription(TenantTransaction& tx, SubscriptionId id) {
  TRY(auto found, tx.first<ClientId>(sql::subscription_client, {{"id", id}}));
  if (!found) return Error(ErrorCode::not_found, "there is no such subscription");
  return *found;
}

result<std::vector<SubscriptionRow>> subscriptions_of_client(TenantTransaction& tx, ClientId client) {
  return tx.all<SubscriptionRow>(sql::subscriptions_of_client, {{"client_id", client}});
}

result<void> update_subscription(TenantTransaction& tx, const SubscriptionRow& s, Instant now) {
  TRY(auto changed, tx.run(sql::subscription_update, {{"id", s.id},
                                                      {"version", s.version},
                                                      {"plan_id", s.plan_id},
                                                      {"plan_type", s.plan_type},
                                                      {"price_amount", s.price_amount},
                                                      {"price_currency", s.price_currency},
                                                      {"expires_on", s.expires_on},
                                                      {"anchor_day", s.anchor_day},
                                                      {"prepaid_until", s.prepaid_until},
                                                      {"owed_amount", s.owed_amount},
                                                      {"owed_on", s.owed_on},
                                                      {"auto_renew", s.auto_renew},
                                                      {"muted", s.muted},
                                                      {"before_at", s.before_at},
                                                      {"due_at", s.due_at},
                                                      {"before_text", s.before_text},
                                                      {"due_text", s.due_text},
                                                      {"ended_at", s.ended_at},
                                                      {"now", now}}));
  if (changed == 0) {
    return Error(ErrorCode::version_mismatch, "the subscription was changed in the meantime");
  }
  return {};
}

result<std::vector<SubscriptionId>> auto_renewals_due(TenantTransaction& tx, Date today, int limit) {
  return tx.all<SubscriptionId>(sql::subscriptions_auto_renew_due, {{"today", today}, {"limit", limit}});
}

result<std::vector<AutoRenewTenant>> tenants_with_auto_renew(Transaction& tx, Date latest_today) {
  return tx.all<AutoRenewTenant>(sql::tenants_with_auto_renew, {{"latest_today", latest_today}});
}

} // namespace renova::storage

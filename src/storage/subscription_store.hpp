// Subscriptions as rows. After any change, summarise_client (client_store.hpp) brings the client's list
// columns up to date in the same transaction.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::storage {

struct SubscriptionRow {
  SubscriptionId id;
  ClientId client_id;
  std::optional<PlanId> plan_id;
  std::string plan_type;
  std::int64_t price_amount = 0; // minor units
  std::string price_currency;
  Date expires_on;
  int anchor_day = 1;
  std::optional<Date> prepaid_until;
  std::int64_t owed_amount = 0; // minor units
  std::optional<Date> owed_on;  // the last day on which it is not late
  bool auto_renew = false;
  bool muted = false;
  std::optional<int> before_at; // minutes after local midnight
  std::optional<int> due_at;
  std::optional<std::string> before_text;
  std::optional<std::string> due_text;
  std::optional<Instant> ended_at;
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionRow, (),
                      (id, client_id, plan_id, plan_type, price_amount, price_currency, expires_on,
                       anchor_day, prepaid_until, owed_amount, owed_on, auto_renew, muted, before_at, due_at,
                       before_text, due_text, ended_at, version, created_at, updated_at))

// Errors: validation_failed (no such client or plan, or a CHECK).
result<void> insert_subscription(TenantTransaction& tx, const SubscriptionRow& subscription);

// Error: not_found. One that has ended is found.
result<SubscriptionRow> get_subscription(TenantTransaction& tx, SubscriptionId id);

// Whose it is; error: not_found.
result<ClientId> client_of_subscription(TenantTransaction& tx, SubscriptionId id);

// The live ones, oldest first.
result<std::vector<SubscriptionRow>> subscriptions_of_client(TenantTransaction& tx, ClientId client);

// Writes all but ids and created_at, if the version still is `subscription.version`. Error: version_mismatch.
result<void> update_subscription(TenantTransaction& tx, const SubscriptionRow& subscription, Instant now);

// Live ones of clients that are not archived, with auto-renewal, that expired before `today`.
result<std::vector<SubscriptionId>> auto_renewals_due(TenantTransaction& tx, Date today, int limit);

struct AutoRenewTenant {
  TenantId tenant_id;
  std::string time_zone;
};
BOOST_DESCRIBE_STRUCT(AutoRenewTenant, (), (tenant_id, time_zone))
// Tenants that may have such subscriptions; `latest_today` is the day it is where it is latest (UTC+14).
result<std::vector<AutoRenewTenant>> tenants_with_auto_renew(Transaction& tx, Date latest_today);

} // namespace renova::storage

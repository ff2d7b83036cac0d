// Renewals: the due date moves, the money is recorded, the old cycle's reminders go (DESIGN.md §5), and all
// of it can be undone for ten minutes.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/subscription.hpp"
#include "services/audit.hpp"
#include "services/client_input.hpp"
#include "services/client_views.hpp"
#include "storage/database.hpp"
#include "storage/renewal_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::services::renewals {

inline constexpr int kAutoRenewBatch = 500; // subscriptions of one tenant in one transaction
// A subscription that expired longer ago begins anew today instead of owing every cycle in between.
inline constexpr int kAutoRenewCatchUpDays = 31;

// {days} | {months} | {until} | {}: exactly one of the three, or none for the plan's period.
struct Request {
  std::optional<int> days;
  std::optional<int> months;
  std::optional<Date> until;
  domain::RenewalBase from = domain::RenewalBase::automatic;
  bool paid = true;
  std::optional<PriceInput> amount;  // absent: the subscription's price
  std::optional<std::string> method; // of the payment: "pix", "cash"; 1–40 characters
  std::optional<std::string> note;
};

struct Renewal {
  RenewalId id;
  ClientId client_id;
  SubscriptionId subscription_id;
  Date previous_expires_on;
  Date expires_on;
  int days_added = 0;
  bool paid = true;
  Amount amount; // what was paid, or is owed
  std::optional<std::string> method;
  std::optional<std::string> note;
  std::string actor;
  Instant created_at;
  Instant undo_until; // unless a later renewal stands on it
  std::optional<Instant> undone_at;
};
BOOST_DESCRIBE_STRUCT(Renewal, (),
                      (id, client_id, subscription_id, previous_expires_on, expires_on, days_added, paid,
                       amount, method, note, actor, created_at, undo_until, undone_at))

struct Renewed {
  Renewal renewal;
  Subscription subscription;
};
BOOST_DESCRIBE_STRUCT(Renewed, (), (renewal, subscription))

// `version`: the subscription's as the caller saw it. Errors: not_found, version_mismatch, validation_failed.
result<Renewed> renew(storage::TenantTransaction& tx, const Actor& actor, SubscriptionId id,
                      const Request& request, std::optional<std::int64_t> version, Instant now);

// The one subscription of a client; `version` is the client's. Errors also: conflict when it has none or
// several.
result<Renewed> renew_only(storage::TenantTransaction& tx, const Actor& actor, ClientId client,
                           const Request& request, std::optional<std::int64_t> version, Instant now);

// Puts date, payment, debt and cancelled reminders back as they were. Errors: not_found; conflict when it is
// undone already, older than ten minutes, or a later renewal stands on it.
result<Renewed> undo(storage::TenantTransaction& tx, const Actor& actor, RenewalId id, Instant now);

Renewal view(const storage::RenewalRow& row);

// A client's renewals. Error: not_found.
result<std::vector<Renewal>> of_client(storage::TenantTransaction& tx, ClientId client, bool ascending,
                                       int limit, const std::optional<storage::RenewalAfter>& after);

// Subscriptions with auto_renew renew themselves once their due date has passed: by their plan's period (one
// month without a plan), from the due date until they lie ahead, on trust (the price becomes owed), or as
// paid when the date was prepaid. How many renewed; run again while it is kAutoRenewBatch. Harmless to
// repeat.
result<int> auto_renew_due(storage::TenantTransaction& tx, Instant now);

// Tenants where that may have something to do.
result<std::vector<TenantId>> auto_renew_tenants(storage::Transaction& tx, Instant now);

} // namespace renova::services::renewals

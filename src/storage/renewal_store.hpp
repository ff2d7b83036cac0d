// Renewals and the payments that came with them, as rows.
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

struct RenewalRow {
  RenewalId id;
  SubscriptionId subscription_id;
  ClientId client_id;
  Date from_expires_on;
  Date to_expires_on;
  std::string term; // JSON: what was asked for
  bool paid = true;
  std::int64_t amount = 0; // minor units: paid, or owed
  std::string currency;
  std::optional<std::string> method;
  std::optional<std::string> note;
  std::string actor;
  std::string before_json;               // what undo restores
  std::int64_t subscription_version = 0; // the subscription's, after this
  Instant created_at;
  std::optional<Instant> undone_at;
};
BOOST_DESCRIBE_STRUCT(RenewalRow, (),
                      (id, subscription_id, client_id, from_expires_on, to_expires_on, term, paid, amount,
                       currency, method, note, actor, before_json, subscription_version, created_at,
                       undone_at))

result<void> insert_renewal(TenantTransaction& tx, const RenewalRow& renewal);
result<RenewalRow> get_renewal(TenantTransaction& tx, RenewalId id); // error: not_found
// True when a later renewal of the same subscription stands (is not undone).
result<bool> renewed_since(TenantTransaction& tx, const RenewalRow& renewal);
// False when somebody else undid it first.
result<bool> mark_renewal_undone(TenantTransaction& tx, RenewalId id, Instant now);

// A client's renewals, newest first (oldest first when `ascending`); `after` is the last row of the page
// before.
struct RenewalAfter {
  Instant created_at;
  RenewalId id;
};
result<std::vector<RenewalRow>> list_renewals(TenantTransaction& tx, ClientId client, bool ascending,
                                              int limit, const std::optional<RenewalAfter>& after);

struct PaymentRow {
  PaymentId id;
  ClientId client_id;
  SubscriptionId subscription_id;
  std::optional<RenewalId> renewal_id;
  std::int64_t amount = 0; // minor units, > 0
  std::string currency;
  std::string method;
};
result<void> insert_payment(TenantTransaction& tx, const PaymentRow& payment, Instant now);
result<void> undo_payments_of(TenantTransaction& tx, RenewalId renewal, Instant now);

// Thank-you messages made at or after `since` that have not gone out.
result<std::vector<MessageId>> open_thanks(TenantTransaction& tx, SubscriptionId subscription, Instant since);

} // namespace renova::storage

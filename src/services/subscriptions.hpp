// Subscriptions of a client, and what the owner declares about their payment.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/subscription.hpp"
#include "services/audit.hpp"
#include "services/client_input.hpp"
#include "services/client_views.hpp"
#include "storage/database.hpp"

#include <cstdint>
#include <optional>

namespace renova::services::subscriptions {

// Errors: not_found (the client); validation_failed; limit_exceeded (kMaxSubscriptions).
result<Subscription> add(storage::TenantTransaction& tx, const Actor& actor, ClientId client,
                         const SubscriptionInput& input, Instant now);

// A live one; error: not_found.
result<Subscription> get(storage::TenantTransaction& tx, SubscriptionId id, Instant now);

// `version`: what the caller saw, none: whatever it is. A new due date cancels the old one's reminders;
// muting cancels what waits, un-muting revives it. Errors: not_found (also when it has ended),
// version_mismatch, validation_failed.
result<Subscription> update(storage::TenantTransaction& tx, const Actor& actor, SubscriptionId id,
                            const SubscriptionPatch& patch, std::optional<std::int64_t> version, Instant now);

// Ends it: no reminder goes out any more; its history stays. Errors: not_found, version_mismatch.
result<void> end(storage::TenantTransaction& tx, const Actor& actor, SubscriptionId id,
                 std::optional<std::int64_t> version, Instant now);

// Declares what the owner knows (domain::declare_payment). `paid` records the payment of what was owed and
// cancels reminders; the others revive them. Errors: not_found.
result<Subscription> set_payment_status(storage::TenantTransaction& tx, const Actor& actor, SubscriptionId id,
                                        domain::PaymentStatus status, Instant now);

// A live subscription that is about to change, and its client, locked (storage::lock_client). Errors:
// not_found, also when either is gone; version_mismatch.
struct Locked {
  storage::ClientWithSubscriptions owner;
  storage::SubscriptionRow row;
};
result<Locked> lock_subscription(storage::TenantTransaction& tx, SubscriptionId id,
                                 std::optional<std::int64_t> version);

} // namespace renova::services::subscriptions

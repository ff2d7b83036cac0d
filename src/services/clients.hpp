// Clients: create, read, edit, archive, erase, and the list.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "services/audit.hpp"
#include "services/client_input.hpp"
#include "services/client_views.hpp"
#include "storage/client_list_store.hpp"
#include "storage/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::services::clients {

// Errors: validation_failed; conflict when the phone is taken (`about` is that client's id).
result<Client> create(storage::TenantTransaction& tx, const Actor& actor, const NewClient& input,
                      Instant now);

// Error: not_found, also for an erased one.
result<Client> get(storage::TenantTransaction& tx, ClientId id, Instant now);

// `version`: what the caller saw, none: whatever it is. Opting out and archiving cancel what waits to be
// sent; their reverse revives it. Errors: not_found, version_mismatch, validation_failed, conflict (the
// phone).
result<Client> update(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                      const ClientPatch& patch, std::optional<std::int64_t> version, Instant now);

// Archives; nothing happens to one that is archived already. Errors: not_found, version_mismatch.
result<void> archive(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                     std::optional<std::int64_t> version, Instant now);

// Removes personal data for good, keeping anonymous figures. Errors: not_found, version_mismatch.
result<void> erase(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                   std::optional<std::int64_t> version, Instant now);

// What GET /clients can ask for.
struct ListFilter {
  std::string q = {};
  std::optional<domain::Standing> standing = {};            // of the earliest due date
  std::optional<domain::PaymentStatus> payment_status = {}; // the worst of all subscriptions
  std::optional<std::string> plan_type = {};                // any of the client's subscriptions
  std::optional<std::string> tag = {};                      // accents and case aside
  std::optional<Date> due_from = {};                        // of the earliest due date; both included
  std::optional<Date> due_to = {};
  storage::ClientFilter::Which which = storage::ClientFilter::Which::active;
};

// What the filter means today.
storage::ClientFilter resolve(const ListFilter& filter, const Terms& terms);

struct ListedClient {
  storage::SortKey key;
  Client client;
};
// `query.filter` is ignored: it comes from `filter`. At most query.limit clients.
result<std::vector<ListedClient>> list(storage::TenantTransaction& tx, const ListFilter& filter,
                                       storage::ClientListQuery query, Instant now);

// How many match. Exact up to 50,000 and whenever counting is cheap; a larger number may be a minute old.
result<std::int64_t> count(storage::TenantTransaction& tx, const ListFilter& filter, Instant now);

} // namespace renova::services::clients

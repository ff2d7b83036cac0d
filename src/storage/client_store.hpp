// Clients as rows, and the columns of theirs that sum up tags and subscriptions for the list.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "storage/database.hpp"
#include "storage/subscription_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::storage {

struct ClientRow {
  ClientId id;
  std::string name;                 // empty once erased
  std::optional<std::string> phone; // E.164 digits without the plus; none once erased
  std::optional<std::string> email;
  std::string tags = "[]";   // JSON array of names, as they are shown
  std::string custom = "{}"; // JSON object of strings
  std::optional<Instant> opted_out_at;
  std::optional<Instant> archived_at;
  std::optional<Instant> erased_at;
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(ClientRow, (),
                      (id, name, phone, email, tags, custom, opted_out_at, archived_at, erased_at, version,
                       created_at, updated_at))

struct ClientWithSubscriptions {
  ClientRow client;
  std::vector<SubscriptionRow> subscriptions; // live ones, oldest first
};

// Reads the columns of client_get and of the lists (a client, then one subscription or empty columns), from
// column `first` on. True when the row belongs to a client other than `into.client`, which it then becomes.
bool read_client_row(const Row& row, int first, ClientWithSubscriptions& into);

// What a tenant's civil day, prices and phones are by.
struct TenantTerms {
  std::string time_zone;
  std::string currency;
  std::string country;
  std::string locale;
  int expiring_days = 3;
  std::optional<int> earliest_offset; // days, of the enabled rules
};
BOOST_DESCRIBE_STRUCT(TenantTerms, (), (time_zone, currency, country, locale, expiring_days, earliest_offset))

// Error: not_found.
result<TenantTerms> tenant_terms(TenantTransaction& tx);

// What the list is searched and sorted by; made of the name, phone and tags by these rules alone.
std::string client_name_key(std::string_view name);
std::string client_search_text(std::string_view name, std::string_view phone,
                               const std::vector<std::string>& tags);

// Errors: conflict (the phone; `about` holds the constraint's name).
result<void> insert_client(TenantTransaction& tx, const ClientRow& client,
                           const std::vector<std::string>& tags);

// Error: not_found. An erased client is found.
result<ClientWithSubscriptions> get_client(TenantTransaction& tx, ClientId id);
// The same for a client that is going to be changed: until the end of the transaction nobody else changes it.
// Error: not_found, also for an erased one.
result<ClientWithSubscriptions> lock_client(TenantTransaction& tx, ClientId id);
result<std::optional<ClientId>> client_with_phone(TenantTransaction& tx, std::string_view phone);

// Writes name, phone, e-mail, custom fields, opt-out, archive and tags of `client`, if its version still is
// `client.version`. Errors: version_mismatch; conflict (the phone).
result<void> update_client(TenantTransaction& tx, const ClientRow& client,
                           const std::vector<std::string>& tags, Instant now);

// A new version for a change in what belongs to the client.
result<void> touch_client(TenantTransaction& tx, ClientId id, Instant now);

// Messages that wait go to the client's new number.
result<void> retarget_messages(TenantTransaction& tx, ClientId id, std::string_view phone, Instant now);

// After any change of a client's subscriptions: new sums, new facets, and a new version unless the client is
// being created.
enum class NewVersion { yes, no };
result<void> summarise_client(TenantTransaction& tx, ClientId id, Instant now,
                              NewVersion version = NewVersion::yes);
// After any change of name, tags, archive or sums; summarise_client does it too.
result<void> rebuild_facets(TenantTransaction& tx, ClientId id);

// Removes personal data for good; figures (subscriptions, renewals, payments, message states) stay. On SQLite
// freed pages are overwritten. Error: not_found (also when it is erased already).
result<void> erase_client(TenantTransaction& tx, ClientId id, Instant now);

} // namespace renova::storage

// One call for the traces that every change leaves: the client's timeline, the audit record, and the live
// event.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "services/audit.hpp"
#include "storage/database.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services {

struct ClientChange {
  ClientId client;
  std::string_view action; // "client_created": of the event and of the audit record
  std::string_view object_kind = "client";
  std::string object_id = {}; // empty: the client's
  std::string before = {};    // JSON objects without personal data (erasing leaves the audit record alone)
  std::string after = "{}";
  std::string_view live = "client_updated"; // empty: none
};

// Writes the three. The live event's data is {"id": the client's id}.
result<void> record_change(storage::TenantTransaction& tx, const Actor& actor, Instant now,
                           const ClientChange& change);

// The live event payment_received.
void announce_payment(storage::TenantTransaction& tx, ClientId client, SubscriptionId subscription,
                      std::int64_t amount, std::string_view currency);

// {"changed":["name","phone"]}
std::string changed_fields(const std::vector<std::string_view>& fields);

} // namespace renova::services

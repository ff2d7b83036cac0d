// A new business: its row, and everything that it needs so that its first reminder is right.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/calendar.hpp"
#include "domain/locale.hpp"
#include "storage/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services::onboarding {

// Creates a tenant named `name` (2–100 characters, one line; domain::parse_name) with the defaults of
// DESIGN.md §5 and API.md "Shapes": time zone America/Sao_Paulo, BRL, BR, expiring_days 3, sending windows
// Monday–Saturday 08:00–20:00, a template of every kind (per plan type where the original had them) in
// `locale`, and the rules −3 at 09:00 and 0 at 10:00 (on), +1 at 10:00 (off). Errors: validation_failed at
// /name; those of the database.
result<TenantId> new_tenant(storage::Transaction& tx, std::string_view name, domain::Locale locale,
                            Instant now);

// The templates and rules alone, for a tenant that exists and has none. Errors: those of the database.
result<void> add_defaults(storage::TenantTransaction& tx, domain::Locale locale, Instant now);

// The oldest tenant of exactly this name (compared as new_tenant stores it), or none. Errors: those of the
// database.
result<std::optional<TenantId>> find_tenant_by_name(storage::Transaction& tx, std::string_view name);

// Tenants, the oldest first, at most `limit`. Errors: those of the database.
result<std::vector<TenantId>> list_tenants(storage::Transaction& tx, int limit);

// Sending windows in the form of API.md's settings: {"mon":[["08:00","20:00"]],…,"sun":[]}. Stored like that
// too.
std::string windows_json(const domain::SendingWindows& windows);

} // namespace renova::services::onboarding

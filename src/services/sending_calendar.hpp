// A tenant's sending windows and holidays, from the JSON that settings store.
#pragma once

#include "base/result.hpp"
#include "domain/calendar.hpp"
#include "storage/database.hpp"
#include "storage/message_store.hpp"

#include <string_view>

namespace renova::services {

// {"mon":[["08:00","20:00"]],…} and ["2026-12-25"] as API.md's settings have them. Error: internal, for what
// no version of this program wrote.
result<domain::SendingCalendar> read_calendar(std::string_view time_zone, std::string_view sending_windows,
                                              std::string_view holidays);
result<domain::SendingCalendar> calendar_of(const storage::SendingTenantRow& tenant);

// The row of a tenant that exists. Error: not_found.
result<storage::SendingTenantRow> sending_tenant(storage::TenantTransaction& tx);

} // namespace renova::services

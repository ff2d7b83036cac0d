// What a tenant's settings make of now: its civil day, and how far ahead a payment is collected.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/calendar.hpp"
#include "domain/locale.hpp"
#include "domain/money.hpp"
#include "domain/phone.hpp"
#include "storage/database.hpp"

namespace renova::services {

struct Terms {
  domain::TimeZone zone;
  Date today;
  int expiring_days = 3;
  int window = 3; // the collection window in days (domain::collection_window)
  domain::Currency currency;
  domain::Country country;
  domain::Locale locale = domain::Locale::pt_br;
};

// Errors: not_found (no such tenant); internal (settings that this program cannot read).
result<Terms> terms_at(storage::TenantTransaction& tx, Instant now);

} // namespace renova::services

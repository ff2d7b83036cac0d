// The tenant's own row, as far as its birth and the catalogue need it.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/locale.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::storage {

struct NewTenantRow {
  std::string name;
  std::string time_zone;
  domain::Locale locale = domain::Locale::pt_br;
  std::string currency;
  std::string country;
  int expiring_days = 3;
  std::string sending_windows; // JSON as in API.md's settings
};

struct TenantBriefRow {
  std::string name;
  std::string time_zone;
  domain::Locale locale = domain::Locale::pt_br;
  std::string currency;
  std::string country;
  std::optional<std::string> support_phone;
  std::optional<std::string> pix_key;
  bool queue_paused = false;
};
BOOST_DESCRIBE_STRUCT(TenantBriefRow, (),
                      (name, time_zone, locale, currency, country, support_phone, pix_key, queue_paused))

namespace onboarding_store {

// The row of this transaction's tenant.
result<void> insert_tenant(TenantTransaction& tx, const NewTenantRow& row, Instant now);
// The oldest of that name.
result<std::optional<TenantId>> tenant_by_name(Transaction& tx, std::string_view name);
// `windows`: JSON as in API.md's settings.
result<void> set_windows(TenantTransaction& tx, std::string_view windows, Instant now);
// The oldest first, at most `limit`.
result<std::vector<TenantId>> tenants(Transaction& tx, int limit);
// Error: not_found.
result<TenantBriefRow> tenant_brief(TenantTransaction& tx);

} // namespace onboarding_store
} // namespace renova::storage

#include "services/terms.hpp"

#include "domain/subscription.hpp"
#include "storage/client_store.hpp"

namespace renova::services {

result<Terms> terms_at(storage::TenantTransaction& tx, Instant now) {
  TRY(storage::TenantTerms row, storage::tenant_terms(tx));
  Terms terms;
  TRY(terms.zone, domain::TimeZone::find(row.time_zone));
  TRY(terms.currency, domain::Currency::parse(row.currency));
  TRY(terms.country, domain::Country::parse(row.country));
  TRY(terms.locale, domain::parse_locale(row.locale));
  terms.today = terms.zone.today(now);
  terms.expiring_days = row.expiring_days;
  terms.window = domain::collection_window(row.earliest_offset.value_or(0), row.expiring_days);
  return terms;
}

} // namespace renova::services

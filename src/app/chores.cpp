#include "app/chores.hpp"

#include "services/renewals.hpp"
#include "services/sign_in.hpp"

namespace renova::app {
namespace {

constexpr int kRoundsMax = 1000; // batches of one tenant in one minute

// Subscriptions that renew themselves, tenant by tenant, in units that do not hold the writer for long.
result<void> auto_renew(storage::Database& database, Instant now) {
  TRY(auto tenants, database.read_now([&](storage::Transaction& tx) {
    return services::renewals::auto_renew_tenants(tx, now);
  }));
  for (TenantId tenant : tenants) {
    for (int round = 0; round < kRoundsMax; ++round) {
      TRY(int renewed, database.write_now([&](storage::Transaction& tx) {
        storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(tenant));
        return services::renewals::auto_renew_due(scoped, now);
      }));
      if (renewed == 0) break;
    }
  }
  return {};
}

result<void> purge(storage::Database& database, Instant now) {
  return database.write_now([&](storage::Transaction& tx) { return services::purge_identity(tx, now); });
}

} // namespace

std::vector<Chore> chores(storage::Database& database) {
  return {{"auto_renew", [&database](Instant now) { return auto_renew(database, now); }},
          {"purge", [&database](Instant now) { return purge(database, now); }}};
}

} // namespace renova::app

#include "storage/onboarding_store.hpp"

#include "storage/sql/onboarding.hpp"

namespace renova::storage::onboarding_store {

result<void> insert_tenant(TenantTransaction& tx, const NewTenantRow& row, Instant now) {
  TRY_DO(tx.run(sql::onboarding_tenant_insert, {{"name", row.name},
                                                {"time_zone", row.time_zone},
                                                {"locale", row.locale},
                                                {"currency", row.currency},
                                                {"country", row.country},
                                                {"expiring_days", row.expiring_days},
                                                {"sending_windows", row.sending_windows},
                                                {"now", now}}));
  return {};
}

result<std::optional<TenantId>> tenant_by_name(Transaction& tx, std::string_view name) {
  return tx.first<TenantId>(sql::onboarding_tenant_by_name, {{"name", name}});
}

result<void> set_windows(TenantTransaction& tx, std::string_view windows, Instant now) {
  TRY_DO(tx.run(sql::onboarding_set_windows, {{"sending_windows", windows}, {"now", now}}));
  return {};
}

result<std::vector<TenantId>> tenants(Transaction& tx, int limit) {
  return tx.all<TenantId>(sql::onboarding_tenants, {{"limit", limit}});
}

result<TenantBriefRow> tenant_brief(TenantTransaction& tx) {
  TRY(auto row, tx.first<TenantBriefRow>(sql::tenant_brief, {}));
  if (!row) return Error(ErrorCode::not_found, "there is no such tenant");
  return std::move(*row);
}

} // namespace renova::storage::onboarding_store

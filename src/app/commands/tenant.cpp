#include "app/commands/commands.hpp"
#include "services/onboarding.hpp"

namespace renova::app {

result<TenantId> find_tenant(storage::Database& database, const std::string& name) {
  return database.read_now([&](storage::Transaction& tx) -> result<TenantId> {
    if (!name.empty()) {
      TRY(auto found, services::onboarding::find_tenant_by_name(tx, name));
      if (!found) return Error(ErrorCode::not_found, "there is no business named " + name);
      return *found;
    }
    TRY(auto all, services::onboarding::list_tenants(tx, 2));
    if (all.empty())
      return Error(ErrorCode::not_found, "there is no business yet; add one with `renova user add`");
    if (all.size() > 1) {
      return Error(ErrorCode::validation_failed, "there are several businesses; name one with --tenant");
    }
    return all.front();
  });
}

} // namespace renova::app

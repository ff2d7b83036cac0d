// Plans as rows.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/subscription.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::storage {

struct PlanRow {
  PlanId id;
  std::string name;
  std::string plan_type;
  std::int64_t price_amount = 0; // minor units
  std::string price_currency;
  domain::PeriodUnit period_unit = domain::PeriodUnit::months;
  int period_count = 1;
  std::optional<Instant> archived_at;
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(PlanRow, (),
                      (id, name, plan_type, price_amount, price_currency, period_unit, period_count,
                       archived_at, version, created_at, updated_at))

// Names are unique by fold(). Errors: conflict (the name).
result<void> insert_plan(TenantTransaction& tx, const PlanRow& plan);
result<PlanRow> get_plan(TenantTransaction& tx, PlanId id); // error: not_found
// Errors: version_mismatch; conflict (the name).
result<void> update_plan(TenantTransaction& tx, const PlanRow& plan, Instant now);
result<void> delete_plan(TenantTransaction& tx, PlanId id);
// Live and ended ones.
result<std::int64_t> count_subscriptions_of_plan(TenantTransaction& tx, PlanId id);

enum class PlanSort { name, price, created_at };
struct PlanListQuery {
  PlanSort sort = PlanSort::name;
  bool descending = false;
  std::optional<bool> archived = false; // none: all
  int limit = 20;
  // The sort value (folded name, amount or instant) and id of the row before the page.
  struct After {
    std::string text;
    std::int64_t number = 0;
    PlanId id;
  };
  std::optional<After> after;
};
result<std::vector<PlanRow>> list_plans(TenantTransaction& tx, const PlanListQuery& query);
result<std::int64_t> count_plans(TenantTransaction& tx, std::optional<bool> archived);

} // namespace renova::storage

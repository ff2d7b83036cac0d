// Plans: what is sold, for how much and how long.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/subscription.hpp"
#include "services/audit.hpp"
#include "services/client_input.hpp"
#include "services/client_views.hpp"
#include "storage/database.hpp"
#include "storage/plan_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::services::plans {

inline constexpr std::int64_t kMaxPlans = 500; // of one tenant, archived ones included

struct PlanPeriod {
  int count = 1;
  domain::PeriodUnit unit = domain::PeriodUnit::months;
};
BOOST_DESCRIBE_STRUCT(PlanPeriod, (), (count, unit))

struct Plan {
  PlanId id;
  std::string name;
  std::string plan_type;
  Amount price;
  PlanPeriod period;
  bool archived = false;
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(Plan, (),
                      (id, name, plan_type, price, period, archived, version, created_at, updated_at))

// Absent members of an edit stay as they are; create needs name, plan_type and price (the period is one month
// unless it says otherwise).
struct PlanInput {
  std::optional<std::string> name;
  std::optional<std::string> plan_type;
  std::optional<PriceInput> price;
  std::optional<domain::Period> period;
  std::optional<bool> archived;
};

Plan view(const storage::PlanRow& row);

// Errors: validation_failed; conflict (another plan has the name); limit_exceeded.
result<Plan> create(storage::TenantTransaction& tx, const Actor& actor, const PlanInput& input, Instant now);
// Error: not_found.
result<Plan> get(storage::TenantTransaction& tx, PlanId id);
// Prices of subscriptions stay as they were agreed. Errors: not_found, version_mismatch, validation_failed,
// conflict.
result<Plan> update(storage::TenantTransaction& tx, const Actor& actor, PlanId id, const PlanInput& input,
                    std::optional<std::int64_t> version, Instant now);
// A plan that subscriptions refer to is archived instead. Errors: not_found, version_mismatch.
result<void> remove(storage::TenantTransaction& tx, const Actor& actor, PlanId id,
                    std::optional<std::int64_t> version, Instant now);

} // namespace renova::services::plans

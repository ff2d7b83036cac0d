#include "storage/plan_store.hpp"

#include "base/text.hpp"
#include "storage/sql/plans.hpp"

namespace renova::storage {
namespace {

result<std::int64_t> name_conflict(result<std::int64_t> outcome) {
  if (outcome.has_value()) return outcome;
  Error error = outcome.error();
  if (error.code == ErrorCode::conflict) error.detail = "another plan has this name";
  return error;
}

} // namespace

result<void> insert_plan(TenantTransaction& tx, const PlanRow& plan) {
  const std::string name_key = fold(plan.name);
  TRY_DO(name_conflict(tx.run(sql::plan_insert, {{"id", plan.id},
                                                 {"name", plan.name},
                                                 {"name_key", name_key},
                                                 {"plan_type", plan.plan_type},
                                                 {"price_amount", plan.price_amount},
                                                 {"price_currency", plan.price_currency},
                                                 {"period_unit", plan.period_unit},
                                                 {"period_count", plan.period_count},
                                                 {"now", plan.created_at}})));
  return {};
}

result<PlanRow> get_plan(TenantTransaction& tx, PlanId id) {
  TRY(auto found, tx.first<PlanRow>(sql::plan_get, {{"id", id}}));
  if (!found) return Error(ErrorCode::not_found, "there is no such plan");
  return std::move(*found);
}

result<void> update_plan(TenantTransaction& tx, const PlanRow& plan, Instant now) {
  const std::string name_key = fold(plan.name);
  TRY(auto changed, name_conflict(tx.run(sql::plan_update, {{"id", plan.id},
                                                            {"version", plan.version},
                                                            {"name", plan.name},
                                                            {"name_key", name_key},
                                                            {"plan_type", plan.plan_type},
                                                            {"price_amount", plan.price_amount},
                                                            {"price_currency", plan.price_currency},
                                                            {"period_unit", plan.period_unit},
                                                            {"period_count", plan.period_count},
                                                            {"archived_at", plan.archived_at},
                                                            {"now", now}})));
  if (changed == 0) return Error(ErrorCode::version_mismatch, "the plan was changed in the meantime");
  return {};
}

result<void> delete_plan(TenantTransaction& tx, PlanId id) {
  TRY(auto deleted, tx.run(sql::plan_delete, {{"id", id}}));
  if (deleted == 0) return Error(ErrorCode::not_found, "there is no such plan");
  return {};
}

result<std::int64_t> count_subscriptions_of_plan(TenantTransaction& tx, PlanId id) {
  TRY(auto count, tx.first<std::int64_t>(sql::plan_subscriptions, {{"id", id}}));
  return count.value_or(0);
}

result<std::vector<PlanRow>> list_plans(TenantTransaction& tx, const PlanListQuery& query) {
  using sql::PlansPage;
  const auto sort = query.sort == PlanSort::name    ? PlansPage::Sort::name
                    : query.sort == PlanSort::price ? PlansPage::Sort::price
                                                    : PlansPage::Sort::created_at;
  FamilyFilters filters;
  if (query.archived) filters |= *query.archived ? PlansPage::archived : PlansPage::live;
  const PlanListQuery::After after = query.after.value_or(PlanListQuery::After{});
  if (query.after) filters |= query.sort == PlanSort::name ? PlansPage::after_text : PlansPage::after_number;
  return tx.all<PlanRow>(
      sql::plans_page.pick(sort, query.descending ? PlansPage::Dir::desc : PlansPage::Dir::asc, filters),
      {{"limit", query.limit},
       {"after_text", after.text},
       {"after_number", after.number},
       {"after_id", after.id}});
}

result<std::int64_t> count_plans(TenantTransaction& tx, std::optional<bool> archived) {
  std::int64_t total = 0;
  for (bool wanted : {false, true}) {
    if (archived && *archived != wanted) continue;
    TRY(auto count, tx.first<std::int64_t>(sql::plans_count, {{"archived", wanted}}));
    total += count.value_or(0);
  }
  return total;
}

} // namespace renova::storage

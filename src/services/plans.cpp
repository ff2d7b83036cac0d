#include "services/plans.hpp"

#include "base/json.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"

namespace renova::services::plans {
namespace {

std::string figures(const storage::PlanRow& row) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("name", row.name);
  writer.field("plan_type", row.plan_type);
  writer.field("price", row.price_amount);
  writer.field("currency", row.price_currency);
  writer.field("period_count", row.period_count);
  writer.field("period_unit", to_text(row.period_unit));
  writer.field("archived", row.archived_at.has_value());
  writer.end_object();
  return out;
}

// Applies what is there.
result<void> apply(const Terms& terms, const PlanInput& input, Instant now, storage::PlanRow& row) {
  domain::FieldErrors errors;
  if (input.name) {
    if (auto name = errors.take("/name", domain::parse_label(*input.name))) row.name = *name;
  }
  if (input.plan_type) {
    if (auto type = errors.take("/plan_type", domain::parse_plan_type(*input.plan_type)))
      row.plan_type = *type;
  }
  if (input.price) {
    if (auto price = errors.take("/price", read_price(*input.price, terms.currency))) {
      row.price_amount = price->amount;
      row.price_currency = price->currency.code();
    }
  }
  if (input.period) {
    if (auto period = errors.take("/period", domain::check_period(*input.period))) {
      row.period_count = period->count;
      row.period_unit = period->unit;
    }
  }
  if (input.archived && *input.archived != row.archived_at.has_value()) {
    row.archived_at = *input.archived ? std::optional(now) : std::nullopt;
  }
  return errors.finish();
}

result<storage::PlanRow> seen(storage::TenantTransaction& tx, PlanId id,
                              std::optional<std::int64_t> version) {
  TRY(auto row, storage::get_plan(tx, id));
  if (version && *version != row.version) {
    return Error(ErrorCode::version_mismatch, "the plan was changed in the meantime");
  }
  return row;
}

} // namespace

Plan view(const storage::PlanRow& row) {
  return {row.id,
          row.name,
          row.plan_type,
          {row.price_amount, row.price_currency},
          {row.period_count, row.period_unit},
          row.archived_at.has_value(),
          row.version,
          row.created_at,
          row.updated_at};
}

result<Plan> create(storage::TenantTransaction& tx, const Actor& actor, const PlanInput& input, Instant now) {
  TRY(Terms terms, terms_at(tx, now));
  storage::PlanRow row;
  row.id = PlanId::make(now);
  row.created_at = row.updated_at = now;
  TRY_DO(apply(terms, input, now, row));
  TRY(std::int64_t plans, storage::count_plans(tx, std::nullopt));
  if (plans >= kMaxPlans) return Error(ErrorCode::limit_exceeded, "there are at most 500 plans");
  row.archived_at.reset();
  TRY_DO(storage::insert_plan(tx, row));
  TRY_DO(record(tx, now, actor, {"plan_created", "plan", row.id.str(), {}, figures(row)}));
  return view(row);
}

result<Plan> get(storage::TenantTransaction& tx, PlanId id) {
  TRY(auto row, storage::get_plan(tx, id));
  return view(row);
}

result<Plan> update(storage::TenantTransaction& tx, const Actor& actor, PlanId id, const PlanInput& input,
                    std::optional<std::int64_t> version, Instant now) {
  TRY(auto before, seen(tx, id, version));
  TRY(Terms terms, terms_at(tx, now));
  storage::PlanRow row = before;
  TRY_DO(apply(terms, input, now, row));
  TRY_DO(storage::update_plan(tx, row, now));
  row.version += 1;
  row.updated_at = now;
  TRY_DO(record(tx, now, actor, {"plan_updated", "plan", id.str(), figures(before), figures(row)}));
  return view(row);
}

result<void> remove(storage::TenantTransaction& tx, const Actor& actor, PlanId id,
                    std::optional<std::int64_t> version, Instant now) {
  TRY(auto row, seen(tx, id, version));
  TRY(std::int64_t used, storage::count_subscriptions_of_plan(tx, id));
  if (used == 0) {
    TRY_DO(storage::delete_plan(tx, id));
    return record(tx, now, actor, {"plan_deleted", "plan", id.str(), figures(row), {}});
  }
  PlanInput input;
  input.archived = true;
  TRY_DO(update(tx, actor, id, input, version, now));
  return {};
}

} // namespace renova::services::plans

#include "api/client_inputs.hpp"
#include "api/clients_api.hpp"
#include "api/lists.hpp"
#include "base/text.hpp"
#include "domain/field_errors.hpp"
#include "services/plans.hpp"

namespace renova::api {
namespace {

namespace plans = services::plans;
using plans::Plan;

// {"count":1,"unit":"months"}, or the shorter {"days":30} | {"months":1} | {"years":1}.
struct PeriodBody {
  std::optional<int> count;
  std::optional<domain::PeriodUnit> unit;
  std::optional<int> days;
  std::optional<int> months;
  std::optional<int> years;
};
BOOST_DESCRIBE_STRUCT(PeriodBody, (), (count, unit, days, months, years))

struct CreatePlan {
  std::string name;
  std::string plan_type;
  MoneyInput price;
  std::optional<PeriodBody> period;
};
BOOST_DESCRIBE_STRUCT(CreatePlan, (), (name, plan_type, price, period))

struct UpdatePlan {
  PatchRequired<std::string> name;
  PatchRequired<std::string> plan_type;
  PatchRequired<MoneyInput> price;
  PatchRequired<PeriodBody> period;
  PatchRequired<bool> archived;
};
BOOST_DESCRIBE_STRUCT(UpdatePlan, (), (name, plan_type, price, period, archived))

struct PlansQuery : PageQuery {
  std::optional<Archived> archived;
};
BOOST_DESCRIBE_STRUCT(PlansQuery, (PageQuery), (archived))

result<domain::Period> to_service(const PeriodBody& body) {
  const int shorts = (body.days ? 1 : 0) + (body.months ? 1 : 0) + (body.years ? 1 : 0);
  const bool whole = body.count && body.unit && shorts == 0;
  if (whole) return domain::Period{*body.count, *body.unit};
  if (shorts != 1 || body.count || body.unit) {
    return field_error("/period", "required", "takes count and unit, or one of days, months and years");
  }
  if (body.days) return domain::Period{*body.days, domain::PeriodUnit::days};
  if (body.months) return domain::Period{*body.months, domain::PeriodUnit::months};
  return domain::Period{*body.years, domain::PeriodUnit::years};
}

result<plans::PlanInput> to_service(const CreatePlan& body) {
  plans::PlanInput input{body.name, body.plan_type, to_service(body.price), {}, {}};
  if (body.period) {
    TRY(input.period, to_service(*body.period));
  }
  return input;
}

result<plans::PlanInput> to_service(const UpdatePlan& body) {
  plans::PlanInput input{
      body.name.value, body.plan_type.value, to_service(body.price.value), {}, body.archived.value};
  if (body.period.value) {
    TRY(input.period, to_service(*body.period.value));
  }
  return input;
}

result<storage::PlanListQuery> store_query(const PlansQuery& query, const Paging& page) {
  using storage::PlanSort;
  storage::PlanListQuery out;
  out.sort = page.sort_field == "price"        ? PlanSort::price
             : page.sort_field == "created_at" ? PlanSort::created_at
                                               : PlanSort::name;
  out.descending = page.descending;
  out.limit = page.limit + 1;
  const Archived archived = query.archived.value_or(Archived::no);
  if (archived == Archived::all) {
    out.archived.reset();
  } else {
    out.archived = archived == Archived::yes;
  }
  if (!page.after) return out;
  storage::PlanListQuery::After after;
  after.id = PlanId(page.after->id);
  if (out.sort == PlanSort::name) {
    TRY(after.text, cursor_text(*page.after));
  } else {
    TRY(after.number, cursor_number(*page.after));
  }
  out.after = after;
  return out;
}

result<Unit> list_plans(const Call& call) {
  TRY(PlansQuery query, call.query<PlansQuery>());
  TRY(Paging page, paging(query, {"name", "price", "created_at"}, "name"));
  TRY(storage::PlanListQuery wanted, store_query(query, page));
  return Unit([page, wanted](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto rows, storage::list_plans(tx, wanted));
    const auto key = [&](const storage::PlanRow& row) -> Cursor::Value {
      if (wanted.sort == storage::PlanSort::name) return fold(row.name);
      if (wanted.sort == storage::PlanSort::price) return row.price_amount;
      return row.created_at.us;
    };
    auto list = cut_page<Plan>(page, std::move(rows), key,
                               [](const storage::PlanRow& row) { return plans::view(row); });
    if (page.with_total) {
      TRY(list.total, storage::count_plans(tx, wanted.archived));
    }
    return ok(list);
  });
}

result<Unit> create_plan(const Call& call) {
  TRY(CreatePlan body, call.body<CreatePlan>());
  TRY(plans::PlanInput input, to_service(body));
  return Unit(
      [input, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(Plan made, plans::create(tx, actor, input, now));
        return created(made, "/api/v1/plans/" + made.id.str(), made.version);
      });
}

result<Unit> get_plan(const Call& call) {
  TRY(PlanId id, call.id<PlanId>());
  return Unit([id](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Plan found, plans::get(tx, id));
    return ok(found, found.version);
  });
}

result<Unit> update_plan(const Call& call) {
  TRY(PlanId id, call.id<PlanId>());
  TRY(UpdatePlan body, call.body<UpdatePlan>());
  TRY(plans::PlanInput input, to_service(body));
  return Unit([id, input, actor = call.actor(), version = call.if_match(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Plan changed, plans::update(tx, actor, id, input, version, now));
    return ok(changed, changed.version);
  });
}

result<Unit> delete_plan(const Call& call) {
  TRY(PlanId id, call.id<PlanId>());
  return Unit([id, actor = call.actor(), version = call.if_match(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY_DO(plans::remove(tx, actor, id, version, now));
    return no_content();
  });
}

} // namespace

void add_plans_api(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  routes.get("/api/v1/plans", Role::viewer, normal, "listPlans", "Plans, a page at a time")
      .query<PlansQuery>()
      .answers<Page<Plan>>()
      .read(list_plans);
  routes.post("/api/v1/plans", Role::admin, normal, "createPlan", "A new plan")
      .takes<CreatePlan>(
          R"({"name":"IPTV 1 month","plan_type":"IPTV","price":"50.00","period":{"count":1,"unit":"months"}})")
      .answers<Plan>(201)
      .write(create_plan);
  routes.get("/api/v1/plans/{id}", Role::viewer, normal, "getPlan", "One plan")
      .answers<Plan>()
      .read(get_plan);
  routes
      .patch("/api/v1/plans/{id}", Role::admin, normal, "updatePlan",
             "Changes a plan (merge patch); agreed prices of subscriptions stay")
      .takes<UpdatePlan>(R"({"price":"55.00"})")
      .answers<Plan>()
      .conditional()
      .write(update_plan);
  routes
      .del("/api/v1/plans/{id}", Role::admin, normal, "deletePlan",
           "Deletes a plan, or archives it when subscriptions refer to it")
      .answers_nothing()
      .conditional()
      .write(delete_plan);
}

} // namespace renova::api

#include "api/rules_api.hpp"

#include "api/lists.hpp"
#include "api/merge_patch.hpp"
#include "api/route.hpp"
#include "services/reminder_preview.hpp"
#include "services/rules.hpp"

namespace renova::api {
namespace {

using services::Rule;
using services::RuleContent;

struct RuleInput {
  std::string name;
  int offset_days = 0;
  std::optional<std::string> at;
  std::optional<std::vector<std::string>> plan_types;
  std::optional<TemplateId> template_id;
  std::optional<std::vector<ChannelId>> channel_ids;
  std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(RuleInput, (), (name, offset_days, at, plan_types, template_id, channel_ids, enabled))

struct RuleView {
  RuleId id;
  std::string name;
  int offset_days = 0;
  std::optional<std::string> at;
  std::vector<std::string> plan_types;
  std::optional<TemplateId> template_id;
  std::vector<ChannelId> channel_ids;
  bool enabled = true;
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(RuleView, (),
                      (id, name, offset_days, at, plan_types, template_id, channel_ids, enabled, version,
                       created_at, updated_at))

struct RulesQuery : PageQuery {
  std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(RulesQuery, (PageQuery), (enabled))

struct RulesPreviewQuery {
  std::optional<Date> date;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(RulesPreviewQuery, (), (date, limit))

struct PreviewItemView {
  ClientId client_id;
  std::string client_name;
  SubscriptionId subscription_id;
  RuleId rule_id;
  std::string rule_name;
  domain::MessageKind kind = domain::MessageKind::reminder;
  Date due_on;
  Instant at;
  std::optional<ChannelId> channel_id;
  std::string outcome; // planned, skipped
  std::optional<std::string> reason;
  std::optional<MessageId> message_id;
  std::optional<domain::MessageState> state;
};
BOOST_DESCRIBE_STRUCT(PreviewItemView, (),
                      (client_id, client_name, subscription_id, rule_id, rule_name, kind, due_on, at,
                       channel_id, outcome, reason, message_id, state))

struct PreviewReasonView {
  std::string reason;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(PreviewReasonView, (), (reason, count))

struct RulesPreviewView {
  Date date;
  std::int64_t planned = 0;
  std::int64_t skipped = 0;
  std::vector<PreviewReasonView> reasons;
  std::vector<PreviewItemView> data;
  bool truncated = false;
};
BOOST_DESCRIBE_STRUCT(RulesPreviewView, (), (date, planned, skipped, reasons, data, truncated))

constexpr std::int64_t kPreviewDefault = 200;
constexpr std::int64_t kPreviewMax = 1000;

RuleContent content_of(const RuleInput& input) {
  RuleContent content;
  content.name = input.name;
  content.offset_days = input.offset_days;
  content.at = input.at;
  content.plan_types = input.plan_types.value_or(std::vector<std::string>());
  content.template_id = input.template_id;
  content.channel_ids = input.channel_ids.value_or(std::vector<ChannelId>());
  content.enabled = input.enabled.value_or(true);
  return content;
}

RuleInput input_of(const RuleContent& content) {
  return {content.name,        content.offset_days, content.at,     content.plan_types,
          content.template_id, content.channel_ids, content.enabled};
}

RuleView view_of(const Rule& rule) {
  const RuleContent& content = rule.content;
  return {rule.id,
          content.name,
          content.offset_days,
          content.at,
          content.plan_types,
          content.template_id,
          content.channel_ids,
          content.enabled,
          rule.version,
          rule.created_at,
          rule.updated_at};
}

std::optional<std::string> reason_of(domain::MessageReason reason) {
  if (reason == domain::MessageReason::none) return std::nullopt;
  return std::string(to_text(reason));
}

RulesPreviewView view_of(const services::reminders::Preview& preview) {
  RulesPreviewView view;
  view.date = preview.date;
  view.planned = preview.planned;
  view.skipped = preview.skipped;
  view.truncated = preview.truncated;
  for (const auto& reason : preview.reasons) {
    view.reasons.push_back({std::string(to_text(reason.reason)), reason.count});
  }
  for (const auto& item : preview.items) {
    view.data.push_back({item.client, item.client_name, item.subscription, item.rule, item.rule_name,
                         item.kind, item.due_on, item.at, item.channel, item.planned ? "planned" : "skipped",
                         reason_of(item.reason), item.message, item.state});
  }
  return view;
}

result<storage::RulePageQuery> store_query(const RulesQuery& query, const Paging& page) {
  using Sort = storage::RulePageQuery::Sort;
  storage::RulePageQuery out;
  out.sort = page.sort_field == "name"         ? Sort::name
             : page.sort_field == "created_at" ? Sort::created_at
                                               : Sort::offset_days;
  out.descending = page.descending;
  out.limit = page.limit + 1;
  out.enabled = query.enabled;
  if (!page.after) return out;
  out.after = true;
  out.after_id = RuleId(page.after->id);
  if (out.sort == Sort::name) {
    TRY(out.after_name, cursor_text(*page.after));
  } else {
    TRY(out.after_number, cursor_number(*page.after));
  }
  return out;
}

result<Unit> list_rules(const Call& call) {
  TRY(RulesQuery query, call.query<RulesQuery>());
  TRY(Paging page, paging(query, {"offset_days", "name", "created_at"}, "offset_days"));
  TRY(storage::RulePageQuery wanted, store_query(query, page));
  return Unit([page, wanted](storage::TenantTransaction& tx) -> result<Reply> {
    using Sort = storage::RulePageQuery::Sort;
    TRY(auto rows, services::rules::list(tx, wanted));
    auto key = [&](const Rule& row) -> Cursor::Value {
      if (wanted.sort == Sort::name) return row.content.name;
      if (wanted.sort == Sort::created_at) return row.created_at.us;
      return std::int64_t{row.content.offset_days};
    };
    auto list = cut_page<RuleView>(page, std::move(rows), key, [](const Rule& row) { return view_of(row); });
    if (page.with_total) {
      TRY(list.total, services::rules::count(tx, wanted));
    }
    return ok(list);
  });
}

result<Unit> get_rule(const Call& call) {
  TRY(RuleId id, call.id<RuleId>());
  return Unit([id](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Rule found, services::rules::get(tx, id));
    return ok(view_of(found), found.version);
  });
}

// The endpoints that change something, and whom they tell.
class RuleChanges {
 public:
  explicit RuleChanges(std::function<void()> changed) : changed_(std::move(changed)) {}

  result<Unit> create(const Call& call) const {
    TRY(RuleInput input, call.body<RuleInput>());
    TRY(RuleContent content, services::rules::check(content_of(input)));
    auto work = [content, now = call.now(), actor = call.actor(),
                 changed = changed_](storage::TenantTransaction& tx) -> result<Reply> {
      TRY(Rule made, services::rules::create(tx, now, actor, content));
      if (changed) tx.after_commit(changed);
      return created(view_of(made), "/api/v1/rules/" + made.id.str(), made.version);
    };
    return Unit(work);
  }

  result<Unit> update(const Call& call) const {
    TRY(RuleId id, call.id<RuleId>());
    TRY(auto patch, call.body<MergePatch<RuleInput>>());
    auto work = [id, patch, now = call.now(), actor = call.actor(), expected = call.if_match(),
                 changed = changed_](storage::TenantTransaction& tx) -> result<Reply> {
      auto change = [&](RuleContent& content) -> result<void> {
        TRY(RuleInput wanted, patch.onto(input_of(content)));
        content = content_of(wanted);
        return {};
      };
      TRY(Rule rule, services::rules::update(tx, now, actor, id, expected, change));
      if (changed) tx.after_commit(changed);
      return ok(view_of(rule), rule.version);
    };
    return Unit(work);
  }

  result<Unit> remove(const Call& call) const {
    TRY(RuleId id, call.id<RuleId>());
    auto work = [id, now = call.now(), actor = call.actor(), expected = call.if_match(),
                 changed = changed_](storage::TenantTransaction& tx) -> result<Reply> {
      TRY_DO(services::rules::remove(tx, now, actor, id, expected));
      if (changed) tx.after_commit(changed);
      return no_content();
    };
    return Unit(work);
  }

 private:
  std::function<void()> changed_;
};

result<Unit> preview_rules(const Call& call) {
  TRY(RulesPreviewQuery query, call.query<RulesPreviewQuery>());
  std::int64_t limit = query.limit.value_or(kPreviewDefault);
  if (limit < 1 || limit > kPreviewMax) return field_error("limit", "out_of_range", "must be 1 to 1000");
  auto work = [date = query.date, limit, now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    Date day;
    if (date) {
      day = *date;
    } else {
      TRY(day, services::rules::today(tx, now));
    }
    TRY(auto preview, services::reminders::preview(tx, day, static_cast<int>(limit), now));
    return ok(view_of(preview));
  };
  return Unit(work);
}

constexpr std::string_view kRuleExample =
    R"({"name":"3 days before","offset_days":-3,"at":"09:00","plan_types":[],"template_id":null,)"
    R"("channel_ids":[],"enabled":true})";

} // namespace

void add_rule_routes(RouteTable& routes, std::function<void()> rules_changed) {
  constexpr auto normal = RateClass::normal;
  RuleChanges changes(std::move(rules_changed));
  routes.get("/api/v1/rules", Role::viewer, normal, "listRules", "Reminder rules, a page at a time")
      .query<RulesQuery>()
      .answers<Page<RuleView>>()
      .read(list_rules);
  routes.post("/api/v1/rules", Role::admin, normal, "createRule", "A new reminder rule")
      .takes<RuleInput>(kRuleExample)
      .answers<RuleView>(201)
      .write([changes](const Call& call) { return changes.create(call); });
  routes
      .get("/api/v1/rules/preview", Role::viewer, normal, "previewRules",
           "Who gets what on a day, when and by which channel, and who is skipped and why")
      .query<RulesPreviewQuery>()
      .answers<RulesPreviewView>()
      .read(preview_rules, storage::Database::Cost::scan);
  routes.get("/api/v1/rules/{id}", Role::viewer, normal, "getRule", "One reminder rule")
      .answers<RuleView>()
      .read(get_rule);
  routes.patch("/api/v1/rules/{id}", Role::admin, normal, "updateRule", "Changes a reminder rule")
      .takes<MergePatch<RuleInput>>()
      .answers<RuleView>()
      .conditional()
      .write([changes](const Call& call) { return changes.update(call); });
  routes
      .del("/api/v1/rules/{id}", Role::admin, normal, "deleteRule",
           "Deletes a reminder rule and cancels what it has queued")
      .answers_nothing()
      .conditional()
      .write([changes](const Call& call) { return changes.remove(call); });
}

} // namespace renova::api

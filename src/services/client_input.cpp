#include "services/client_input.hpp"

#include "domain/subscription.hpp"
#include "domain/text_rules.hpp"
#include "services/client_views.hpp"
#include "storage/plan_store.hpp"

namespace renova::services {
namespace {

using domain::FieldErrors;

std::string at(std::string_view pointer, std::string_view field) {
  return std::string(pointer) + std::string(field);
}

void check_due_date(Date date, const Terms& terms, const std::string& pointer, FieldErrors& errors) {
  const std::int32_t distance = date - terms.today;
  if (distance > kMaxDueDaysAhead || distance < -kMaxDueDaysAhead) {
    errors.add(pointer, "out_of_range", "must be within ten years of today");
  }
}

result<std::string> own_text(std::string_view text) {
  TRY(std::string body, domain::parse_body(text));
  return body;
}

void read_time(const std::optional<std::string>& text, const std::string& pointer, std::optional<int>& out,
               FieldErrors& errors) {
  out.reset();
  if (text) out = errors.take(pointer, domain::parse_time_of_day(*text));
}

void read_text(const std::optional<std::string>& text, const std::string& pointer,
               std::optional<std::string>& out, FieldErrors& errors) {
  out.reset();
  if (text) out = errors.take(pointer, own_text(*text));
}

// The plan, or nothing after noting that there is none (or only an archived one).
result<std::optional<storage::PlanRow>> usable_plan(storage::TenantTransaction& tx, PlanId id,
                                                    const std::string& pointer, FieldErrors& errors) {
  auto found = storage::get_plan(tx, id);
  if (found.has_error() && found.error().code != ErrorCode::not_found) return found.error();
  if (found.has_error() || found->archived_at) {
    errors.add(pointer, "unknown_plan", "there is no such plan");
    return std::optional<storage::PlanRow>();
  }
  return std::optional<storage::PlanRow>(std::move(*found));
}

// One period of the plan from today; the anchor is today's day of the month.
void begin_period(const storage::PlanRow& plan, const Terms& terms, storage::SubscriptionRow& row) {
  row.anchor_day = static_cast<int>(terms.today.day());
  if (plan.period_unit == domain::PeriodUnit::days) {
    row.expires_on = terms.today + plan.period_count;
    row.anchor_day = static_cast<int>(row.expires_on.day());
    return;
  }
  const int months = plan.period_count * (plan.period_unit == domain::PeriodUnit::years ? 12 : 1);
  row.expires_on = domain::add_months(terms.today, months, terms.today.day());
}

void take_custom(const std::map<std::string, std::string>& wanted, std::string& out, FieldErrors& errors) {
  const std::vector<std::pair<std::string, std::string>> pairs(wanted.begin(), wanted.end());
  if (auto checked = errors.take("/custom", domain::parse_custom_fields(pairs))) {
    out = custom_to_json({checked->begin(), checked->end()});
  }
}

} // namespace

result<domain::Money> read_price(const PriceInput& input, domain::Currency tenants) {
  if (!input.amount) {
    TRY(domain::Money money, domain::parse_decimal(input.decimal, tenants));
    return domain::check_price(money);
  }
  domain::Money money{*input.amount, tenants};
  if (!input.currency.empty()) {
    auto currency = domain::Currency::parse(input.currency);
    if (currency.has_error()) return domain::under("/currency", currency.error());
    money.currency = *currency;
  }
  auto checked = domain::check_price(money);
  if (checked.has_error()) return domain::under("/amount", checked.error());
  return checked;
}

result<storage::SubscriptionRow> read_subscription(storage::TenantTransaction& tx, const Terms& terms,
                                                   const SubscriptionInput& input, std::string_view pointer,
                                                   Instant now, FieldErrors& errors) {
  storage::SubscriptionRow row;
  row.id = SubscriptionId::make(now);
  row.created_at = row.updated_at = now;
  std::optional<storage::PlanRow> plan;
  if (input.plan_id) {
    TRY(plan, usable_plan(tx, *input.plan_id, at(pointer, "/plan_id"), errors));
    row.plan_id = input.plan_id;
  }
  if (plan) {
    row.plan_type = plan->plan_type;
    row.price_amount = plan->price_amount;
    row.price_currency = plan->price_currency;
    begin_period(*plan, terms, row);
  }
  if (input.plan_type) {
    if (auto type = errors.take(at(pointer, "/plan_type"), domain::parse_plan_type(*input.plan_type))) {
      row.plan_type = *type;
    }
  } else if (!input.plan_id) {
    errors.add(at(pointer, "/plan_type"), "required", "is required without plan_id");
  }
  if (input.price) {
    if (auto price = errors.take(at(pointer, "/price"), read_price(*input.price, terms.currency))) {
      row.price_amount = price->amount;
      row.price_currency = price->currency.code();
    }
  } else if (!input.plan_id) {
    errors.add(at(pointer, "/price"), "required", "is required without plan_id");
  }
  if (input.expires_on) {
    check_due_date(*input.expires_on, terms, at(pointer, "/expires_on"), errors);
    row.expires_on = *input.expires_on;
    row.anchor_day = static_cast<int>(row.expires_on.day());
  } else if (!input.plan_id) {
    errors.add(at(pointer, "/expires_on"), "required", "is required without plan_id");
  }
  row.auto_renew = input.auto_renew;
  row.muted = input.reminders_muted;
  read_time(input.before_at, at(pointer, "/before_at"), row.before_at, errors);
  read_time(input.due_at, at(pointer, "/due_at"), row.due_at, errors);
  read_text(input.before_text, at(pointer, "/before_text"), row.before_text, errors);
  read_text(input.due_text, at(pointer, "/due_text"), row.due_text, errors);
  return row;
}

result<void> apply_patch(storage::TenantTransaction& tx, const Terms& terms, const SubscriptionPatch& patch,
                         storage::SubscriptionRow& row, FieldErrors& errors) {
  if (patch.plan_id.present) {
    row.plan_id = patch.plan_id.value;
    if (row.plan_id) TRY_DO(usable_plan(tx, *row.plan_id, "/plan_id", errors));
  }
  if (patch.plan_type) {
    if (auto type = errors.take("/plan_type", domain::parse_plan_type(*patch.plan_type)))
      row.plan_type = *type;
  }
  if (patch.price) {
    if (auto price = errors.take("/price", read_price(*patch.price, terms.currency))) {
      row.price_amount = price->amount;
      row.price_currency = price->currency.code();
    }
  }
  if (patch.expires_on && *patch.expires_on != row.expires_on) {
    check_due_date(*patch.expires_on, terms, "/expires_on", errors);
    row.expires_on = *patch.expires_on;
    row.anchor_day = static_cast<int>(row.expires_on.day());
  }
  if (patch.auto_renew) row.auto_renew = *patch.auto_renew;
  if (patch.reminders_muted) row.muted = *patch.reminders_muted;
  if (patch.before_at.present) read_time(patch.before_at.value, "/before_at", row.before_at, errors);
  if (patch.due_at.present) read_time(patch.due_at.value, "/due_at", row.due_at, errors);
  if (patch.before_text.present) read_text(patch.before_text.value, "/before_text", row.before_text, errors);
  if (patch.due_text.present) read_text(patch.due_text.value, "/due_text", row.due_text, errors);
  return {};
}

result<void> apply_patch(const Terms& terms, const ClientPatch& patch, Instant now, storage::ClientRow& row,
                         std::vector<std::string>& tags) {
  FieldErrors errors;
  if (patch.name) {
    if (auto name = errors.take("/name", domain::parse_name(*patch.name))) row.name = *name;
  }
  if (patch.phone) {
    if (auto phone = errors.take("/phone", domain::parse_phone(*patch.phone, terms.country))) {
      row.phone = phone->digits;
    }
  }
  if (patch.email.present) {
    row.email.reset();
    if (patch.email.value) row.email = errors.take("/email", domain::parse_email(*patch.email.value));
  }
  if (patch.tags.present) {
    tags.clear();
    if (patch.tags.value) {
      if (auto wanted = errors.take("/tags", domain::parse_tags(*patch.tags.value))) tags = *wanted;
    }
    row.tags = tags_to_json(tags);
  }
  if (patch.custom.present) {
    std::map<std::string, std::string> custom;
    if (patch.custom.value) {
      custom = custom_from_json(row.custom);
      for (const auto& [key, value] : *patch.custom.value) {
        custom.erase(key);
        if (value) custom.emplace(key, *value);
      }
    }
    take_custom(custom, row.custom, errors);
  }
  if (patch.opt_out && *patch.opt_out != row.opted_out_at.has_value()) {
    row.opted_out_at = *patch.opt_out ? std::optional(now) : std::nullopt;
  }
  if (patch.archived && *patch.archived != row.archived_at.has_value()) {
    row.archived_at = *patch.archived ? std::optional(now) : std::nullopt;
  }
  return errors.finish();
}

storage::ClientRow read_client(const Terms& terms, const NewClient& input, Instant now,
                               std::vector<std::string>& tags, FieldErrors& errors) {
  storage::ClientRow row;
  row.id = ClientId::make(now);
  row.created_at = row.updated_at = now;
  if (auto name = errors.take("/name", domain::parse_name(input.name))) row.name = *name;
  if (auto phone = errors.take("/phone", domain::parse_phone(input.phone, terms.country))) {
    row.phone = phone->digits;
  }
  if (input.email) row.email = errors.take("/email", domain::parse_email(*input.email));
  if (auto wanted = errors.take("/tags", domain::parse_tags(input.tags))) tags = *wanted;
  row.tags = tags_to_json(tags);
  take_custom(input.custom, row.custom, errors);
  if (input.opt_out) row.opted_out_at = now;
  return row;
}

} // namespace renova::services

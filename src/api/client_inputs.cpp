#include "api/client_inputs.hpp"

#include "base/text.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"

namespace renova::api {

services::PriceInput to_service(const MoneyInput& input) {
  return {input.amount, input.currency, input.decimal};
}

std::optional<services::PriceInput> to_service(const std::optional<MoneyInput>& input) {
  if (!input) return std::nullopt;
  return to_service(*input);
}

services::SubscriptionInput to_service(const SubscriptionBody& body) {
  return {.plan_id = body.plan_id,
          .plan_type = body.plan_type,
          .price = to_service(body.price),
          .expires_on = body.expires_on,
          .auto_renew = body.auto_renew.value_or(false),
          .reminders_muted = body.reminders_muted.value_or(false),
          .before_at = body.before_at,
          .due_at = body.due_at,
          .before_text = body.before_text,
          .due_text = body.due_text};
}

services::renewals::Request to_service(const RenewBody& body) {
  return {.days = body.days,
          .months = body.months,
          .until = body.until,
          .from = body.from.value_or(domain::RenewalBase::automatic),
          .paid = body.paid.value_or(true),
          .amount = to_service(body.amount),
          .method = body.method,
          .note = body.note};
}

std::string_view to_text(Archived archived) {
  switch (archived) {
    case Archived::no:
      return "false";
    case Archived::yes:
      return "true";
    case Archived::all:
      break;
  }
  return "all";
}

bool from_text(std::string_view text, Archived& out) {
  for (Archived each : {Archived::no, Archived::yes, Archived::all}) {
    if (text != to_text(each)) continue;
    out = each;
    return true;
  }
  return false;
}

result<services::clients::ListFilter> to_service(const ClientFilterFields& fields, std::string_view prefix) {
  using Which = storage::ClientFilter::Which;
  domain::FieldErrors errors;
  const auto at = [&](std::string_view name) { return std::string(prefix) + std::string(name); };
  services::clients::ListFilter filter;
  filter.q = fields.q.value_or("");
  if (filter.q.size() > 4 * kSearchMax || count_code_points(filter.q) > kSearchMax) {
    errors.add(at("q"), "too_long", "may have at most 200 characters");
  }
  filter.standing = fields.standing;
  filter.payment_status = fields.payment_status;
  if (fields.plan_type)
    filter.plan_type = errors.take(at("plan_type"), domain::parse_plan_type(*fields.plan_type));
  if (fields.tag) filter.tag = errors.take(at("tag"), domain::parse_tag(*fields.tag));
  filter.due_from = fields.due_from;
  filter.due_to = fields.due_to;
  const Archived archived = fields.archived.value_or(Archived::no);
  filter.which = archived == Archived::no    ? Which::active
                 : archived == Archived::yes ? Which::archived
                                             : Which::both;
  TRY_DO(errors.finish());
  return filter;
}

} // namespace renova::api

#include "services/renewals.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/text_rules.hpp"
#include "services/client_journal.hpp"
#include "services/live.hpp"
#include "services/message_service.hpp"
#include "services/subscriptions.hpp"
#include "storage/plan_store.hpp"

#include <boost/json/parse.hpp>

namespace renova::services::renewals {
namespace {

namespace json = boost::json;
using domain::MessageReason;

constexpr std::size_t kMaxMethodLength = 40;

// A request after its fields were checked.
struct Checked {
  domain::RenewalCommand command;
  std::string currency; // of the amount
  std::optional<std::string> method;
  std::optional<std::string> note;
};

result<Checked> check(const Request& request, const storage::SubscriptionRow& row) {
  domain::FieldErrors errors;
  Checked checked;
  checked.currency = row.price_currency;
  const int forms = (request.days ? 1 : 0) + (request.months ? 1 : 0) + (request.until ? 1 : 0);
  if (forms > 1) errors.add("", "ambiguous", "takes one of days, months and until");
  if (request.days) checked.command.by = domain::ByDays{*request.days};
  if (request.months) checked.command.by = domain::ByMonths{*request.months};
  if (request.until) checked.command.by = domain::Until{*request.until};
  checked.command.from = request.from;
  checked.command.paid = request.paid;
  if (request.amount) {
    TRY(auto own, domain::Currency::parse(row.price_currency));
    if (auto amount = errors.take("/amount", read_price(*request.amount, own))) {
      if (amount->currency != own)
        errors.add("/amount/currency", "currency_mismatch", "is not the subscription's");
      checked.command.amount = amount->amount;
    }
  }
  if (request.method)
    checked.method = errors.take("/method", domain::parse_line(*request.method, kMaxMethodLength));
  if (checked.method && checked.method->empty()) checked.method.reset();
  if (request.note) checked.note = errors.take("/note", domain::parse_note(*request.note));
  TRY_DO(errors.finish());
  return checked;
}

result<std::optional<domain::Period>> plan_period(storage::TenantTransaction& tx,
                                                  const storage::SubscriptionRow& row) {
  if (!row.plan_id) return std::optional<domain::Period>();
  TRY(storage::PlanRow plan, storage::get_plan(tx, *row.plan_id));
  return std::optional(domain::Period{plan.period_count, plan.period_unit});
}

// What undo puts back.
std::string snapshot(const storage::SubscriptionRow& row) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("expires_on", std::int64_t{row.expires_on.days});
  writer.field("anchor_day", row.anchor_day);
  if (row.prepaid_until) writer.field("prepaid_until", std::int64_t{row.prepaid_until->days});
  writer.field("owed_amount", row.owed_amount);
  if (row.owed_on) writer.field("owed_on", std::int64_t{row.owed_on->days});
  writer.end_object();
  return out;
}

std::optional<Date> day_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value) return std::nullopt;
  return Date{static_cast<std::int32_t>(value->as_int64())};
}

void restore(std::string_view text, storage::SubscriptionRow& row) {
  const json::value parsed = json::parse({text.data(), text.size()});
  const json::object& object = parsed.as_object();
  row.expires_on = *day_of(object, "expires_on");
  row.anchor_day = static_cast<int>(object.at("anchor_day").as_int64());
  row.prepaid_until = day_of(object, "prepaid_until");
  row.owed_amount = object.at("owed_amount").as_int64();
  row.owed_on = day_of(object, "owed_on");
}

std::string term_of(const domain::RenewalCommand& command) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  if (const auto* days = std::get_if<domain::ByDays>(&command.by)) writer.field("days", days->days);
  if (const auto* months = std::get_if<domain::ByMonths>(&command.by)) writer.field("months", months->months);
  if (const auto* until = std::get_if<domain::Until>(&command.by)) writer.field("until", until->date);
  if (std::holds_alternative<domain::ByPlan>(command.by)) writer.field("plan", true);
  writer.field("from", to_text(command.from));
  writer.end_object();
  return out;
}

// Audit, timeline and live events of a renewal or its undo.
result<void> journal(storage::TenantTransaction& tx, const Actor& actor, std::string_view action,
                     const storage::RenewalRow& row, Instant now) {
  std::string data;
  JsonWriter writer(data);
  writer.begin_object();
  writer.field("renewal_id", row.id);
  writer.field("subscription_id", row.subscription_id);
  writer.field("previous_expires_on", row.from_expires_on);
  writer.field("expires_on", row.to_expires_on);
  writer.field("paid", row.paid);
  writer.field("amount", row.amount);
  writer.field("currency", row.currency);
  writer.end_object();
  return record_change(tx, actor, now,
                       {.client = row.client_id,
                        .action = action,
                        .object_kind = "renewal",
                        .object_id = row.id.str(),
                        .after = std::move(data)});
}

void announce_renewal(storage::TenantTransaction& tx, const storage::RenewalRow& row) {
  std::string data;
  JsonWriter writer(data);
  writer.begin_object();
  writer.field("id", row.id);
  writer.field("client_id", row.client_id);
  writer.field("subscription_id", row.subscription_id);
  writer.field("expires_on", row.to_expires_on);
  writer.end_object();
  announce(tx, "renewal_created", data);
}

result<void> record_money(storage::TenantTransaction& tx, const storage::RenewalRow& row, Instant now) {
  if (!row.paid || row.amount == 0) return {};
  TRY_DO(storage::insert_payment(tx,
                                 {PaymentId::make(now), row.client_id, row.subscription_id, row.id,
                                  row.amount, row.currency, row.method.value_or("manual")},
                                 now));
  announce_payment(tx, row.client_id, row.subscription_id, row.amount, row.currency);
  return {};
}

result<Renewed> renew_locked(storage::TenantTransaction& tx, const Actor& actor,
                             const storage::SubscriptionRow& before, const Checked& checked,
                             std::optional<domain::Period> period, Instant now) {
  TRY(Terms terms, terms_at(tx, now));
  TRY(auto outcome,
      domain::renew(checked.command, account_of(before), static_cast<unsigned>(before.anchor_day),
                    before.price_amount, period, terms.today));
  storage::SubscriptionRow after = before;
  after.expires_on = outcome.account.expires_on;
  after.anchor_day = static_cast<int>(outcome.anchor_day);
  after.prepaid_until = outcome.account.prepaid_until;
  after.owed_amount = outcome.account.owed;
  after.owed_on = outcome.account.owed_on;
  TRY_DO(storage::update_subscription(tx, after, now));
  after.version += 1;
  after.updated_at = now;
  TRY_DO(storage::summarise_client(tx, after.client_id, now));
  storage::RenewalRow row{.id = RenewalId::make(now),
                          .subscription_id = after.id,
                          .client_id = after.client_id,
                          .from_expires_on = before.expires_on,
                          .to_expires_on = after.expires_on,
                          .term = term_of(checked.command),
                          .paid = checked.command.paid,
                          .amount = outcome.amount,
                          .currency = checked.currency,
                          .method = checked.method,
                          .note = checked.note,
                          .actor = actor.name,
                          .before_json = snapshot(before),
                          .subscription_version = after.version,
                          .created_at = now,
                          .undone_at = std::nullopt};
  TRY_DO(storage::insert_renewal(tx, row));
  TRY_DO(record_money(tx, row, now));
  TRY_DO(messages::cancel_open(tx, after.id, MessageReason::renewed, now));
  TRY_DO(messages::enqueue_kind(tx, domain::MessageKind::renewed, after.client_id, after.id, now));
  TRY_DO(journal(tx, actor, "renewed", row, now));
  announce_renewal(tx, row);
  return Renewed{view(row), services::view(after, terms)};
}

// Thank-you messages of the undone renewal that have not gone out.
result<void> cancel_thanks(storage::TenantTransaction& tx, const Actor& actor, const storage::RenewalRow& row,
                           Instant now) {
  TRY(auto thanks, storage::open_thanks(tx, row.subscription_id, row.created_at));
  for (MessageId id : thanks) TRY_DO(messages::cancel(tx, actor, id, now));
  return {};
}

} // namespace

Renewal view(const storage::RenewalRow& row) {
  return {.id = row.id,
          .client_id = row.client_id,
          .subscription_id = row.subscription_id,
          .previous_expires_on = row.from_expires_on,
          .expires_on = row.to_expires_on,
          .days_added = row.to_expires_on - row.from_expires_on,
          .paid = row.paid,
          .amount = {row.amount, row.currency},
          .method = row.method,
          .note = row.note,
          .actor = row.actor,
          .created_at = row.created_at,
          .undo_until = row.created_at + domain::kUndoTime,
          .undone_at = row.undone_at};
}

result<Renewed> renew(storage::TenantTransaction& tx, const Actor& actor, SubscriptionId id,
                      const Request& request, std::optional<std::int64_t> version, Instant now) {
  TRY(auto locked, subscriptions::lock_subscription(tx, id, version));
  TRY(Checked checked, check(request, locked.row));
  TRY(auto period, plan_period(tx, locked.row));
  return renew_locked(tx, actor, locked.row, checked, period, now);
}

result<Renewed> renew_only(storage::TenantTransaction& tx, const Actor& actor, ClientId client,
                           const Request& request, std::optional<std::int64_t> version, Instant now) {
  TRY(auto owner, storage::lock_client(tx, client));
  if (version && *version != owner.client.version) {
    return Error(ErrorCode::version_mismatch, "the client was changed in the meantime");
  }
  if (owner.subscriptions.size() != 1) {
    return Error(ErrorCode::conflict, owner.subscriptions.empty()
                                          ? "the client has no subscription"
                                          : "the client has several subscriptions: renew one of them");
  }
  return renew(tx, actor, owner.subscriptions.front().id, request, std::nullopt, now);
}

result<Renewed> undo(storage::TenantTransaction& tx, const Actor& actor, RenewalId id, Instant now) {
  TRY(storage::RenewalRow row, storage::get_renewal(tx, id));
  TRY(auto locked, subscriptions::lock_subscription(tx, row.subscription_id, std::nullopt));
  TRY(row, storage::get_renewal(tx, id)); // again, now that nobody else changes it
  TRY(bool later, storage::renewed_since(tx, row));
  const auto verdict = domain::can_undo(row.created_at, now, row.undone_at.has_value(), later);
  if (verdict != domain::UndoVerdict::allowed) {
    Error error(ErrorCode::conflict, "the renewal cannot be undone: " + std::string(to_text(verdict)));
    error.about = to_text(verdict);
    return error;
  }
  TRY(bool undone, storage::mark_renewal_undone(tx, id, now));
  if (!undone) return Error(ErrorCode::conflict, "the renewal is undone already");
  row.undone_at = now;
  storage::SubscriptionRow after = locked.row;
  restore(row.before_json, after);
  TRY_DO(storage::update_subscription(tx, after, now));
  after.version += 1;
  after.updated_at = now;
  TRY_DO(storage::summarise_client(tx, after.client_id, now));
  TRY_DO(storage::undo_payments_of(tx, id, now));
  TRY_DO(cancel_thanks(tx, actor, row, now));
  TRY_DO(messages::cancel_open(tx, after.id, MessageReason::due_date_changed, now));
  TRY_DO(messages::revive(tx, after.id, MessageReason::renewed, now));
  TRY_DO(journal(tx, actor, "renewal_undone", row, now));
  TRY(Terms terms, terms_at(tx, now));
  return Renewed{view(row), services::view(after, terms)};
}

result<std::vector<Renewal>> of_client(storage::TenantTransaction& tx, ClientId client, bool ascending,
                                       int limit, const std::optional<storage::RenewalAfter>& after) {
  TRY(auto owner, storage::get_client(tx, client));
  if (owner.client.erased_at) return Error(ErrorCode::not_found, "there is no such client");
  TRY(auto rows, storage::list_renewals(tx, client, ascending, limit, after));
  std::vector<Renewal> out;
  out.reserve(rows.size());
  for (const storage::RenewalRow& row : rows) out.push_back(view(row));
  return out;
}

result<int> auto_renew_due(storage::TenantTransaction& tx, Instant now) {
  TRY(Terms terms, terms_at(tx, now));
  TRY(auto due, storage::auto_renewals_due(tx, terms.today, kAutoRenewBatch));
  int renewed = 0;
  for (SubscriptionId id : due) {
    auto locked = subscriptions::lock_subscription(tx, id, std::nullopt);
    if (locked.has_error() && locked.error().code == ErrorCode::not_found) continue;
    if (locked.has_error()) return locked.error();
    storage::SubscriptionRow row = locked->row;
    TRY(auto period, plan_period(tx, row));
    if (!period) period = domain::Period{1, domain::PeriodUnit::months};
    while (row.expires_on < terms.today) {
      Checked checked;
      const bool recent = terms.today - row.expires_on <= kAutoRenewCatchUpDays;
      checked.command.from = recent ? domain::RenewalBase::due : domain::RenewalBase::today;
      checked.command.paid =
          row.prepaid_until && *row.prepaid_until >= row.expires_on && row.owed_amount == 0;
      checked.currency = row.price_currency;
      TRY_DO(renew_locked(tx, Actor::system(), row, checked, period, now));
      TRY(row, storage::get_subscription(tx, id));
    }
    ++renewed;
  }
  return renewed;
}

result<std::vector<TenantId>> auto_renew_tenants(storage::Transaction& tx, Instant now) {
  constexpr std::int64_t kLatestZoneHours = 14;
  const Instant latest = now + std::chrono::hours(kLatestZoneHours);
  const Date latest_today{static_cast<std::int32_t>(latest.us / 86'400'000'000)};
  TRY(auto rows, storage::tenants_with_auto_renew(tx, latest_today));
  std::vector<TenantId> tenants;
  for (const auto& row : rows) tenants.push_back(row.tenant_id);
  return tenants;
}

} // namespace renova::services::renewals

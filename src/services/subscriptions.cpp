#include "services/subscriptions.hpp"

#include "base/json.hpp"
#include "services/client_journal.hpp"
#include "services/message_service.hpp"
#include "storage/renewal_store.hpp"

namespace renova::services::subscriptions {
namespace {

using domain::MessageReason;
using domain::PaymentStatus;

Error no_subscription() { return Error(ErrorCode::not_found, "there is no such subscription"); }

// What audit and timeline keep of a subscription.
std::string figures(const storage::SubscriptionRow& row) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("subscription_id", row.id);
  writer.field("plan_type", row.plan_type);
  writer.field("price", row.price_amount);
  writer.field("currency", row.price_currency);
  writer.field("expires_on", row.expires_on);
  writer.field("owed", row.owed_amount);
  writer.field("auto_renew", row.auto_renew);
  writer.field("muted", row.muted);
  writer.end_object();
  return out;
}

// Writes the row and the client's sums; the caller's copy then is the stored one.
result<void> save(storage::TenantTransaction& tx, storage::SubscriptionRow& row, Instant now) {
  TRY_DO(storage::update_subscription(tx, row, now));
  row.version += 1;
  row.updated_at = now;
  return storage::summarise_client(tx, row.client_id, now);
}

result<void> journal(storage::TenantTransaction& tx, const Actor& actor, std::string_view action,
                     const storage::SubscriptionRow* before, const storage::SubscriptionRow& after,
                     Instant now) {
  return record_change(tx, actor, now,
                       {.client = after.client_id,
                        .action = action,
                        .object_kind = "subscription",
                        .object_id = after.id.str(),
                        .before = before ? figures(*before) : std::string(),
                        .after = figures(after)});
}

// What a changed subscription does to its reminders.
result<void> follow_up(storage::TenantTransaction& tx, const storage::SubscriptionRow& before,
                       const storage::SubscriptionRow& after, Instant now) {
  if (before.expires_on != after.expires_on) {
    TRY_DO(messages::cancel_open(tx, after.id, MessageReason::due_date_changed, now));
    TRY_DO(messages::revive(tx, after.id, MessageReason::due_date_changed, now));
  }
  if (!before.muted && after.muted) TRY_DO(messages::cancel_open(tx, after.id, MessageReason::muted, now));
  if (before.muted && !after.muted) TRY_DO(messages::revive(tx, after.id, MessageReason::muted, now));
  return {};
}

// The money for what was owed, when the owner says that it came in.
result<void> record_debt_paid(storage::TenantTransaction& tx, const storage::SubscriptionRow& row,
                              Instant now) {
  if (row.owed_amount == 0) return {};
  TRY_DO(storage::insert_payment(tx,
                                 {PaymentId::make(now), row.client_id, row.id, std::nullopt, row.owed_amount,
                                  row.price_currency, "manual"},
                                 now));
  announce_payment(tx, row.client_id, row.id, row.owed_amount, row.price_currency);
  return {};
}

} // namespace

result<Locked> lock_subscription(storage::TenantTransaction& tx, SubscriptionId id,
                                 std::optional<std::int64_t> version) {
  TRY(ClientId client, storage::client_of_subscription(tx, id));
  auto owner = storage::lock_client(tx, client);
  if (owner.has_error()) {
    return owner.error().code == ErrorCode::not_found ? no_subscription() : owner.error();
  }
  for (const storage::SubscriptionRow& row : owner->subscriptions) {
    if (row.id != id) continue;
    if (version && *version != row.version) {
      return Error(ErrorCode::version_mismatch, "the subscription was changed in the meantime");
    }
    storage::SubscriptionRow found = row;
    return Locked{std::move(*owner), std::move(found)};
  }
  return no_subscription();
}

result<Subscription> add(storage::TenantTransaction& tx, const Actor& actor, ClientId client,
                         const SubscriptionInput& input, Instant now) {
  TRY(auto owner, storage::lock_client(tx, client));
  if (owner.subscriptions.size() >= static_cast<std::size_t>(kMaxSubscriptions)) {
    return Error(ErrorCode::limit_exceeded, "a client has at most 20 subscriptions");
  }
  TRY(Terms terms, terms_at(tx, now));
  domain::FieldErrors errors;
  TRY(auto row, read_subscription(tx, terms, input, "", now, errors));
  TRY_DO(errors.finish());
  row.client_id = client;
  TRY_DO(storage::insert_subscription(tx, row));
  TRY_DO(storage::summarise_client(tx, client, now));
  TRY_DO(journal(tx, actor, "subscription_added", nullptr, row, now));
  return view(row, terms);
}

result<Subscription> get(storage::TenantTransaction& tx, SubscriptionId id, Instant now) {
  TRY(auto row, storage::get_subscription(tx, id));
  if (row.ended_at) return no_subscription();
  TRY(Terms terms, terms_at(tx, now));
  return view(row, terms);
}

result<Subscription> update(storage::TenantTransaction& tx, const Actor& actor, SubscriptionId id,
                            const SubscriptionPatch& patch, std::optional<std::int64_t> version,
                            Instant now) {
  TRY(Locked locked, lock_subscription(tx, id, version));
  TRY(Terms terms, terms_at(tx, now));
  storage::SubscriptionRow wanted = locked.row;
  domain::FieldErrors errors;
  TRY_DO(apply_patch(tx, terms, patch, wanted, errors));
  TRY_DO(errors.finish());
  TRY_DO(save(tx, wanted, now));
  TRY_DO(follow_up(tx, locked.row, wanted, now));
  TRY_DO(journal(tx, actor, "subscription_updated", &locked.row, wanted, now));
  return view(wanted, terms);
}

result<void> end(storage::TenantTransaction& tx, const Actor& actor, SubscriptionId id,
                 std::optional<std::int64_t> version, Instant now) {
  TRY(Locked locked, lock_subscription(tx, id, version));
  storage::SubscriptionRow ended = locked.row;
  ended.ended_at = now;
  TRY_DO(save(tx, ended, now));
  TRY_DO(messages::cancel_open(tx, id, MessageReason::by_user, now));
  return journal(tx, actor, "subscription_ended", &locked.row, ended, now);
}

result<Subscription> set_payment_status(storage::TenantTransaction& tx, const Actor& actor, SubscriptionId id,
                                        PaymentStatus status, Instant now) {
  TRY(Locked locked, lock_subscription(tx, id, std::nullopt));
  TRY(Terms terms, terms_at(tx, now));
  const domain::Account before = account_of(locked.row);
  if (domain::payment_status(before, terms.today, terms.window) == status) return view(locked.row, terms);
  const domain::Account after =
      domain::declare_payment(before, status, locked.row.price_amount, terms.today, terms.window);
  storage::SubscriptionRow wanted = locked.row;
  wanted.prepaid_until = after.prepaid_until;
  wanted.owed_amount = after.owed;
  wanted.owed_on = after.owed_on;
  TRY_DO(save(tx, wanted, now));
  if (status == PaymentStatus::paid) {
    TRY_DO(record_debt_paid(tx, locked.row, now));
    TRY_DO(messages::cancel_open(tx, id, MessageReason::paid, now));
  } else {
    TRY_DO(messages::revive(tx, id, MessageReason::paid, now));
  }
  TRY_DO(journal(tx, actor, "payment_status_" + std::string(to_text(status)), &locked.row, wanted, now));
  return view(wanted, terms);
}

} // namespace renova::services::subscriptions

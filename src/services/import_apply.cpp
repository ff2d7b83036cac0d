#include "services/import_apply.hpp"

#include "base/json.hpp"
#include "services/import_merge.hpp"
#include "services/import_snapshot.hpp"
#include "services/message_service.hpp"
#include "storage/note_store.hpp"
#include "storage/renewal_store.hpp"
#include "storage/tag_store.hpp"

#include <utility>

namespace renova::services::imports {
namespace {

using domain::LineOutcome;
using domain::MessageReason;

class Application {
 public:
  Application(storage::TenantTransaction& tx, const ImportContext& context, const Actor& actor,
              ImportId import, const ImportEntry& entry, Instant now)
      : tx_(tx), context_(context), actor_(actor), import_(import), entry_(entry), now_(now) {}

  result<Applied> create() {
    storage::ClientRow client;
    client.id = ClientId::make(now_);
    client.name = entry_.row.name;
    client.phone = entry_.row.phone.digits;
    client.email = entry_.row.email;
    client.created_at = entry_.created_at.value_or(now_);
    std::vector<std::string> tags;
    bool fits = merge_tags(tags, entry_.row.tags);
    client.tags = cells_to_json(tags);
    fits = merge_custom(client.custom, entry_.custom) && fits;
    if (!fits) applied_.warnings.push_back({"tags", "too_many", "some tags or custom fields did not fit"});
    TRY_DO(storage::insert_client(tx_, client, tags));
    if (!tags.empty()) TRY_DO(storage::set_client_tags(tx_, client.id, tags, now_));
    if (entry_.row.has_subscription())
      TRY_DO(add_subscription(client.id, new_subscription(context_, entry_)));
    TRY_DO(storage::summarise_client(tx_, client.id, now_));
    TRY_DO(add_history(client.id, entry_.notes, entry_.renewals));
    return finish(client.id, LineOutcome::create);
  }

  result<Applied> update(Merge& merge) {
    ClientId id = merge.client.id;
    snapshot_.version_before = merge.before.client.version;
    applied_.warnings = std::move(merge.warnings);
    if (merge.client_changed) {
      snapshot_.client_before = merge.before.client;
      TRY_DO(storage::update_client(tx_, merge.client, merge.tags, now_));
      if (merge.client.tags != merge.before.client.tags) {
        TRY_DO(storage::set_client_tags(tx_, id, merge.tags, now_));
      }
    }
    if (merge.subscription) TRY_DO(change_subscription(merge));
    TRY_DO(add_history(id, merge.notes, merge.renewals, target_subscription(merge)));
    TRY_DO(storage::summarise_client(tx_, id, now_));
    if (merge.comes_back) TRY_DO(messages::revive(tx_, id, MessageReason::archived, now_));
    return finish(id, LineOutcome::update);
  }

 private:
  static std::optional<SubscriptionId> target_subscription(const Merge& merge) {
    if (merge.subscription && !merge.subscription_is_new) return merge.subscription->id;
    if (!merge.before.subscriptions.empty()) return merge.before.subscriptions.front().id;
    return std::nullopt;
  }

  result<void> add_subscription(ClientId client, storage::SubscriptionRow row) {
    row.id = SubscriptionId::make(now_);
    row.client_id = client;
    row.created_at = now_; // so that rules which have passed already are not caught up
    TRY_DO(storage::insert_subscription(tx_, row));
    snapshot_.subscription = row.id;
    return {};
  }

  result<void> change_subscription(Merge& merge) {
    storage::SubscriptionRow& row = *merge.subscription;
    if (merge.subscription_is_new) return add_subscription(merge.client.id, row);
    snapshot_.subscription = row.id;
    for (const storage::SubscriptionRow& old : merge.before.subscriptions) {
      if (old.id == row.id) snapshot_.subscription_before = old;
    }
    TRY_DO(storage::update_subscription(tx_, row, now_));
    if (row.expires_on != snapshot_.subscription_before->expires_on) {
      TRY_DO(messages::cancel_open(tx_, row.id, MessageReason::due_date_changed, now_));
    }
    if (entry_.row.status == domain::PaymentStatus::paid) {
      TRY_DO(messages::cancel_open(tx_, row.id, MessageReason::paid, now_));
    }
    return {};
  }

  result<void> add_history(ClientId client, const std::vector<ImportNote>& notes,
                           const std::vector<ImportRenewal>& renewals,
                           std::optional<SubscriptionId> existing = std::nullopt) {
    for (const ImportNote& note : notes) {
      storage::NoteRow row{NoteId::make(now_), client, note.text, actor_.name, note.at.value_or(now_)};
      TRY_DO(storage::insert_note(tx_, row));
      snapshot_.notes.push_back(row.id);
    }
    std::optional<SubscriptionId> subscription = snapshot_.subscription ? snapshot_.subscription : existing;
    if (!subscription) return {};
    for (const ImportRenewal& renewal : renewals) {
      storage::RenewalRow row;
      row.id = RenewalId::make(renewal.at);
      row.subscription_id = *subscription;
      row.client_id = client;
      row.from_expires_on = renewal.from;
      row.to_expires_on = renewal.to;
      row.term = R"({"days":)" + std::to_string(renewal.to - renewal.from) + R"(,"imported":true})";
      row.amount = renewal.amount;
      row.currency = context_.settings.base.currency.code();
      row.actor = actor_.name;
      row.before_json = "{}";
      row.created_at = renewal.at;
      TRY_DO(storage::insert_renewal(tx_, row));
      snapshot_.renewals.push_back(row.id);
    }
    return {};
  }

  result<Applied> finish(ClientId id, LineOutcome outcome) {
    std::string data =
        R"({"import_id":")" + import_.str() + R"(","outcome":")" + std::string(to_text(outcome)) + "\"}";
    TRY_DO(storage::insert_client_event(tx_, id, "imported", actor_.name, data, now_));
    TRY(storage::ClientWithSubscriptions after, storage::get_client(tx_, id));
    snapshot_.client = id;
    snapshot_.version = after.client.version;
    for (const storage::SubscriptionRow& row : after.subscriptions) {
      if (row.id == snapshot_.subscription) snapshot_.subscription_version = row.version;
    }
    applied_.outcome = outcome;
    applied_.client = id;
    applied_.before = to_json(snapshot_);
    return std::move(applied_);
  }

  storage::TenantTransaction& tx_;
  const ImportContext& context_;
  const Actor& actor_;
  ImportId import_;
  const ImportEntry& entry_;
  Instant now_;
  Snapshot snapshot_;
  Applied applied_;
};

// A line whose client exists, before anything is written: skipped when the policy or the data say so.
result<std::optional<Applied>> skipped(const ImportContext& context, ClientId existing, const Merge& merge,
                                       bool second) {
  Applied applied;
  applied.client = existing;
  applied.warnings = merge.warnings;
  if (context.options.merge == domain::MergePolicy::skip && !second) {
    applied.errors.push_back({"phone", "client_exists", "a client with this phone exists"});
    return std::optional(std::move(applied));
  }
  if (merge.changes()) return std::optional<Applied>();
  applied.warnings.push_back({"", "unchanged", "the client is like this already"});
  return std::optional(std::move(applied));
}

} // namespace

result<Applied> foresee(storage::TenantTransaction& tx, const ImportContext& context,
                        const ImportEntry& entry, bool second) {
  Applied applied;
  TRY(std::optional<ClientId> existing, storage::client_with_phone(tx, entry.row.phone.digits));
  if (!existing) {
    applied.outcome = LineOutcome::create;
    if (second) { // the line before it creates the client
      applied.outcome = LineOutcome::update;
      applied.warnings.push_back({"phone", "second_subscription",
                                  "another line has the same phone: this one is about another "
                                  "subscription of the same client"});
    }
    return applied;
  }
  TRY(Merge merge, merge_into(tx, context, *existing, entry, second));
  TRY(std::optional<Applied> skip, skipped(context, *existing, merge, second));
  if (skip) return std::move(*skip);
  applied.outcome = LineOutcome::update;
  applied.client = existing;
  applied.warnings = std::move(merge.warnings);
  return applied;
}

result<Applied> apply(storage::TenantTransaction& tx, const ImportContext& context, const Actor& actor,
                      ImportId import, const ImportEntry& entry, bool second, Instant now) {
  Application application(tx, context, actor, import, entry, now);
  TRY(std::optional<ClientId> existing, storage::client_with_phone(tx, entry.row.phone.digits));
  if (!existing) return application.create();
  TRY(Merge merge, merge_into(tx, context, *existing, entry, second));
  TRY(std::optional<Applied> skip, skipped(context, *existing, merge, second));
  if (skip) return std::move(*skip);
  return application.update(merge);
}

} // namespace renova::services::imports

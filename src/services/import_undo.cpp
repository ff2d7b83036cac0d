#include "services/import_apply.hpp"
#include "services/import_merge.hpp"
#include "services/import_snapshot.hpp"
#include "services/message_service.hpp"
#include "storage/note_store.hpp"
#include "storage/tag_store.hpp"

#include <utility>

namespace renova::services::imports {
namespace {

namespace store = storage::import_store;
using domain::MessageReason;
using domain::UndoOutcome;

Undone kept(std::string code, std::string detail) {
  return {UndoOutcome::kept, {{"", std::move(code), std::move(detail)}}};
}
Undone changed_since() { return kept("changed_since", "the client has been changed since the import"); }

class ClientUndo {
 public:
  ClientUndo(storage::TenantTransaction& tx, const Actor& actor, const Snapshot& snapshot, Instant now)
      : tx_(tx), actor_(actor), snapshot_(snapshot), now_(now) {}

  result<Undone> run() {
    auto found = storage::get_client(tx_, *snapshot_.client);
    if (found.has_error()) {
      if (found.error().code != ErrorCode::not_found) return found.error();
      return kept("gone", "the client is gone");
    }
    client_ = std::move(*found);
    if (client_.client.version != snapshot_.version || !subscription_is_untouched()) return changed_since();
    return snapshot_.version_before == 0 ? remove() : restore();
  }

 private:
  const storage::SubscriptionRow* subscription() const {
    for (const storage::SubscriptionRow& row : client_.subscriptions) {
      if (row.id == snapshot_.subscription) return &row;
    }
    return nullptr;
  }
  bool subscription_is_untouched() const {
    if (!snapshot_.subscription) return true;
    const storage::SubscriptionRow* row = subscription();
    return row && row->version == snapshot_.subscription_version;
  }

  // The client came with the import, and nobody has touched it.
  result<Undone> remove() {
    ClientId id = *snapshot_.client;
    if (snapshot_.subscription ? client_.subscriptions.size() != 1 : !client_.subscriptions.empty()) {
      return changed_since();
    }
    TRY(bool has_messages, store::client_has_messages(tx_, id));
    if (!has_messages) {
      TRY_DO(store::delete_client(tx_, id));
      return Undone{UndoOutcome::removed, {}};
    }
    // The ledger of messages is never rewritten; the client goes out of sight instead.
    client_.client.archived_at = now_;
    TRY(auto tags, cells_from_json(client_.client.tags));
    TRY_DO(storage::update_client(tx_, client_.client, tags, now_));
    TRY_DO(storage::rebuild_facets(tx_, id));
    TRY_DO(messages::cancel_open(tx_, id, MessageReason::archived, now_));
    TRY_DO(event());
    return Undone{UndoOutcome::archived, {}};
  }

  result<Undone> restore() {
    ClientId id = *snapshot_.client;
    if (snapshot_.subscription) TRY_DO(restore_subscription());
    for (NoteId note : snapshot_.notes) TRY_DO(storage::delete_note(tx_, note));
    for (RenewalId renewal : snapshot_.renewals) TRY_DO(store::delete_renewal(tx_, renewal));
    if (snapshot_.client_before) TRY_DO(restore_client());
    TRY_DO(storage::summarise_client(tx_, id, now_));
    TRY_DO(event());
    TRY(auto after, storage::get_client(tx_, id));
    TRY_DO(tell_earlier_imports(after));
    return Undone{UndoOutcome::restored, {}};
  }

  result<void> restore_client() {
    storage::ClientRow row = *snapshot_.client_before;
    row.version = client_.client.version;
    TRY(auto tags, cells_from_json(row.tags));
    TRY_DO(storage::update_client(tx_, row, tags, now_));
    TRY_DO(storage::set_client_tags(tx_, row.id, tags, now_));
    if (row.archived_at) TRY_DO(messages::cancel_open(tx_, row.id, MessageReason::archived, now_));
    return {};
  }

  result<void> restore_subscription() {
    if (!snapshot_.subscription_before) return remove_subscription();
    const storage::SubscriptionRow& now_row = *subscription();
    storage::SubscriptionRow row = *snapshot_.subscription_before;
    row.version = now_row.version;
    TRY_DO(storage::update_subscription(tx_, row, now_));
    if (row.expires_on != now_row.expires_on) {
      TRY_DO(messages::cancel_open(tx_, row.id, MessageReason::due_date_changed, now_));
      TRY_DO(messages::revive(tx_, row.id, MessageReason::due_date_changed, now_));
    }
    TRY_DO(messages::revive(tx_, row.id, MessageReason::paid, now_));
    return {};
  }

  result<void> remove_subscription() {
    TRY(bool has_messages, store::subscription_has_messages(tx_, *snapshot_.subscription));
    if (!has_messages) return store::delete_subscription(tx_, *snapshot_.subscription);
    storage::SubscriptionRow row = *subscription();
    row.ended_at = now_;
    TRY_DO(storage::update_subscription(tx_, row, now_));
    TRY_DO(messages::cancel_open(tx_, row.id, MessageReason::by_user, now_));
    return {};
  }

  result<void> event() {
    return storage::insert_client_event(tx_, *snapshot_.client, "import_undone", actor_.name, "{}", now_);
  }

  // The state is that of before this line, so whichever line left it so can still be undone: it learns the
  // new versions.
  result<void> tell_earlier_imports(const storage::ClientWithSubscriptions& after) {
    TRY(auto lines, store::lines_of_client(tx_, *snapshot_.client));
    for (const storage::ClientLine& line : lines) {
      TRY(Snapshot earlier, snapshot_from_json(line.before_json));
      if (earlier.version != snapshot_.version_before) continue;
      earlier.version = after.client.version;
      for (const storage::SubscriptionRow& row : after.subscriptions) {
        if (row.id == earlier.subscription) earlier.subscription_version = row.version;
      }
      TRY_DO(store::set_before(tx_, line.import_id, line.line, to_json(earlier)));
    }
    return {};
  }

  storage::TenantTransaction& tx_;
  const Actor& actor_;
  const Snapshot& snapshot_;
  Instant now_;
  storage::ClientWithSubscriptions client_;
};

result<Undone> undo_template(storage::TenantTransaction& tx, const Snapshot& snapshot, Instant now) {
  TemplateId id = *snapshot.template_id;
  TRY(auto found, storage::template_store::get(tx, id));
  if (!found) return kept("gone", "the template is gone");
  if (found->version != snapshot.template_version) {
    return kept("changed_since", "the template has been changed since the import");
  }
  if (snapshot.template_before) {
    storage::TemplateRow row = *snapshot.template_before;
    row.version = found->version;
    TRY_DO(storage::template_store::update(tx, row, now));
    return Undone{UndoOutcome::restored, {}};
  }
  TRY(auto rule, storage::template_store::rule_using(tx, id));
  TRY(auto message, storage::template_store::message_using(tx, id));
  if (rule || message) return kept("in_use", "the template is in use");
  TRY_DO(storage::template_store::remove(tx, id, found->version));
  return Undone{UndoOutcome::removed, {}};
}

} // namespace

result<Undone> undo_line(storage::TenantTransaction& tx, const Actor& actor, std::string_view before,
                         Instant now) {
  TRY(Snapshot snapshot, snapshot_from_json(before));
  if (snapshot.template_id) return undo_template(tx, snapshot, now);
  if (!snapshot.client) return kept("nothing", "the line changed nothing");
  return ClientUndo(tx, actor, snapshot, now).run();
}

} // namespace renova::services::imports

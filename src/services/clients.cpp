#include "services/clients.hpp"

#include "domain/text_rules.hpp"
#include "services/client_journal.hpp"
#include "services/message_service.hpp"
#include "services/tags.hpp"
#include "storage/note_store.hpp"
#include "storage/tag_store.hpp"

namespace renova::services::clients {
namespace {

using domain::MessageReason;
using storage::ClientWithSubscriptions;

Error phone_taken(std::optional<ClientId> by) {
  Error error(ErrorCode::conflict, "another client has this phone number");
  error.fields = {{"/phone", "taken", "another client has this phone number"}};
  if (by) error.about = by->str();
  return error;
}

// Writes under a savepoint, so that a phone taken by a concurrent request can still be named.
result<void> naming_the_first(storage::TenantTransaction& tx, const std::optional<std::string>& phone,
                              const std::function<result<void>()>& write) {
  auto written = tx.savepoint(write);
  if (written.has_value()) return {};
  Error error = written.error();
  if (error.code != ErrorCode::conflict || !phone) return error;
  TRY(auto holder, storage::client_with_phone(tx, *phone));
  return phone_taken(holder);
}

result<void> check_version(const ClientWithSubscriptions& found, std::optional<std::int64_t> version) {
  if (!version || *version == found.client.version) return {};
  return Error(ErrorCode::version_mismatch, "the client was changed in the meantime");
}

// What a new opt-out or archive state does to the queue.
result<void> follow_up(storage::TenantTransaction& tx, ClientId id, bool before, bool after,
                       MessageReason reason, Instant now) {
  if (before == after) return {};
  if (after) {
    TRY_DO(messages::cancel_open(tx, id, reason, now));
  } else {
    TRY_DO(messages::revive(tx, id, reason, now));
  }
  return {};
}

std::vector<std::string_view> differences(const storage::ClientRow& before, const storage::ClientRow& after) {
  std::vector<std::string_view> fields;
  if (before.name != after.name) fields.push_back("name");
  if (before.phone != after.phone) fields.push_back("phone");
  if (before.email != after.email) fields.push_back("email");
  if (before.tags != after.tags) fields.push_back("tags");
  if (before.custom != after.custom) fields.push_back("custom");
  if (before.opted_out_at != after.opted_out_at) fields.push_back("opt_out");
  if (before.archived_at != after.archived_at) fields.push_back("archived");
  return fields;
}

std::string_view action_of(const storage::ClientRow& before, const storage::ClientRow& after) {
  if (before.archived_at.has_value() != after.archived_at.has_value()) {
    return after.archived_at ? "client_archived" : "client_restored";
  }
  if (before.opted_out_at.has_value() != after.opted_out_at.has_value()) {
    return after.opted_out_at ? "client_opted_out" : "client_opted_in";
  }
  return "client_updated";
}

// Writes what changed between `found` and `wanted`, with everything that follows from it.
result<Client> store(storage::TenantTransaction& tx, const Actor& actor, const Terms& terms,
                     const ClientWithSubscriptions& found, storage::ClientRow wanted,
                     std::vector<std::string> tags, Instant now) {
  const auto fields = differences(found.client, wanted);
  if (fields.empty()) return view(found, terms);
  const ClientId id = wanted.id;
  if (found.client.tags != wanted.tags) {
    TRY(tags, services::tags::canonical(tx, std::move(tags), now));
    wanted.tags = tags_to_json(tags);
  }
  TRY_DO(naming_the_first(tx, wanted.phone, [&] { return storage::update_client(tx, wanted, tags, now); }));
  if (found.client.tags != wanted.tags) TRY_DO(storage::set_client_tags(tx, id, tags, now));
  if (!tags.empty() || found.client.tags != "[]" || !found.subscriptions.empty()) {
    TRY_DO(storage::rebuild_facets(tx, id));
  }
  if (found.client.phone != wanted.phone) TRY_DO(storage::retarget_messages(tx, id, *wanted.phone, now));
  TRY_DO(follow_up(tx, id, found.client.opted_out_at.has_value(), wanted.opted_out_at.has_value(),
                   MessageReason::opted_out, now));
  TRY_DO(follow_up(tx, id, found.client.archived_at.has_value(), wanted.archived_at.has_value(),
                   MessageReason::archived, now));
  const std::string_view action = action_of(found.client, wanted);
  TRY_DO(record_change(tx, actor, now,
                       {.client = id,
                        .action = action,
                        .after = changed_fields(fields),
                        .live = action == "client_archived" ? "client_archived" : "client_updated"}));
  ClientWithSubscriptions result{wanted, found.subscriptions};
  result.client.version = found.client.version + 1;
  result.client.updated_at = now;
  return view(result, terms);
}

} // namespace

result<Client> create(storage::TenantTransaction& tx, const Actor& actor, const NewClient& input,
                      Instant now) {
  TRY(Terms terms, terms_at(tx, now));
  domain::FieldErrors errors;
  std::vector<std::string> tags;
  ClientWithSubscriptions made;
  made.client = read_client(terms, input, now, tags, errors);
  std::optional<std::string> note;
  if (input.notes) note = errors.take("/notes", domain::parse_note(*input.notes));
  if (input.subscription) {
    TRY(auto subscription, read_subscription(tx, terms, *input.subscription, "/subscription", now, errors));
    subscription.client_id = made.client.id;
    made.subscriptions.push_back(std::move(subscription));
  }
  TRY_DO(errors.finish());
  if (!tags.empty()) {
    TRY(tags, services::tags::canonical(tx, std::move(tags), now));
    made.client.tags = tags_to_json(tags);
  }
  TRY_DO(
      naming_the_first(tx, made.client.phone, [&] { return storage::insert_client(tx, made.client, tags); }));
  if (!tags.empty()) TRY_DO(storage::set_client_tags(tx, made.client.id, tags, now));
  for (const auto& subscription : made.subscriptions) TRY_DO(storage::insert_subscription(tx, subscription));
  if (!tags.empty() || !made.subscriptions.empty()) {
    TRY_DO(storage::summarise_client(tx, made.client.id, now, storage::NewVersion::no));
  }
  if (note) {
    TRY_DO(storage::insert_note(tx, {NoteId::make(now), made.client.id, *note, actor.name, now}));
  }
  TRY_DO(record_change(tx, actor, now,
                       {.client = made.client.id, .action = "client_created", .live = "client_created"}));
  return view(made, terms);
}

result<Client> get(storage::TenantTransaction& tx, ClientId id, Instant now) {
  TRY(auto found, storage::get_client(tx, id));
  if (found.client.erased_at) return Error(ErrorCode::not_found, "there is no such client");
  TRY(Terms terms, terms_at(tx, now));
  return view(found, terms);
}

result<Client> update(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                      const ClientPatch& patch, std::optional<std::int64_t> version, Instant now) {
  TRY(auto found, storage::lock_client(tx, id));
  TRY_DO(check_version(found, version));
  TRY(Terms terms, terms_at(tx, now));
  storage::ClientRow wanted = found.client;
  std::vector<std::string> tags = tags_from_json(wanted.tags);
  TRY_DO(apply_patch(terms, patch, now, wanted, tags));
  return store(tx, actor, terms, found, wanted, tags, now);
}

result<void> archive(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                     std::optional<std::int64_t> version, Instant now) {
  ClientPatch patch;
  patch.archived = true;
  TRY_DO(update(tx, actor, id, patch, version, now));
  return {};
}

result<void> erase(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                   std::optional<std::int64_t> version, Instant now) {
  TRY(auto found, storage::lock_client(tx, id));
  TRY_DO(check_version(found, version));
  TRY_DO(messages::cancel_open(tx, id, MessageReason::erased, now));
  TRY_DO(storage::erase_client(tx, id, now));
  return record_change(tx, actor, now, {.client = id, .action = "client_erased", .live = "client_archived"});
}

} // namespace renova::services::clients

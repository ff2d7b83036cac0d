#include "services/notes.hpp"

#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"
#include "services/live.hpp"
#include "storage/client_store.hpp"

namespace renova::services::notes {
namespace {

Note view(const storage::NoteRow& row) {
  return {row.id, row.client_id, row.text, row.author, row.created_at};
}

result<std::string> checked_text(std::string_view text) {
  domain::FieldErrors errors;
  auto parsed = errors.take("/text", domain::parse_note(text));
  TRY_DO(errors.finish());
  return *parsed;
}

result<void> check_client(storage::TenantTransaction& tx, ClientId id) {
  TRY(auto found, storage::get_client(tx, id));
  if (found.client.erased_at) return Error(ErrorCode::not_found, "there is no such client");
  return {};
}

// Notes are in the timeline themselves, so no event is added there.
result<void> journal(storage::TenantTransaction& tx, const Actor& actor, std::string_view action,
                     const storage::NoteRow& note, Instant now) {
  TRY_DO(record(tx, now, actor, {action, "note", note.id.str(), {}, {}}));
  announce(tx, "client_updated", note.client_id);
  return {};
}

} // namespace

result<Note> add(storage::TenantTransaction& tx, const Actor& actor, ClientId client, std::string_view text,
                 Instant now) {
  TRY_DO(storage::lock_client(tx, client));
  storage::NoteRow note{NoteId::make(now), client, {}, actor.name, now};
  TRY(note.text, checked_text(text));
  TRY_DO(storage::insert_note(tx, note));
  TRY_DO(journal(tx, actor, "note_added", note, now));
  return view(note);
}

result<Note> edit(storage::TenantTransaction& tx, const Actor& actor, NoteId id, std::string_view text,
                  Instant now) {
  TRY(auto note, storage::get_note(tx, id));
  TRY(note.text, checked_text(text));
  TRY_DO(storage::update_note(tx, id, note.text));
  TRY_DO(journal(tx, actor, "note_edited", note, now));
  return view(note);
}

result<void> remove(storage::TenantTransaction& tx, const Actor& actor, NoteId id, Instant now) {
  TRY(auto note, storage::get_note(tx, id));
  TRY_DO(storage::delete_note(tx, id));
  return journal(tx, actor, "note_deleted", note, now);
}

result<std::vector<Note>> of_client(storage::TenantTransaction& tx, ClientId client, int limit,
                                    const storage::MomentAfter& after) {
  TRY_DO(check_client(tx, client));
  TRY(auto rows, storage::notes_of_client(tx, client, limit, after));
  std::vector<Note> notes;
  for (const storage::NoteRow& row : rows) notes.push_back(view(row));
  return notes;
}

result<std::vector<storage::TimelineRow>> timeline(storage::TenantTransaction& tx, ClientId client, int limit,
                                                   const storage::MomentAfter& after) {
  TRY_DO(check_client(tx, client));
  return storage::client_timeline(tx, client, limit, after);
}

} // namespace renova::services::notes

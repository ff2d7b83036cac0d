#include "storage/note_store.hpp"

#include "storage/sql/notes.hpp"

namespace renova::storage {
namespace {

using EventId = Id<struct ClientEventTag>;

TimelineRow read_timeline(const Row& row) {
  TimelineRow out;
  read_column(row, 0, out.at);
  out.id = row.uuid(1);
  read_column(row, 2, out.source);
  read_column(row, 3, out.kind);
  read_column(row, 4, out.actor);
  read_column(row, 5, out.data);
  read_column(row, 6, out.number);
  read_column(row, 7, out.text);
  return out;
}

} // namespace

result<void> insert_note(TenantTransaction& tx, const NoteRow& note) {
  TRY_DO(tx.run(sql::note_insert, {{"id", note.id},
                                   {"client_id", note.client_id},
                                   {"text", note.text},
                                   {"author", note.author},
                                   {"created_at", note.created_at}}));
  return {};
}

result<NoteRow> get_note(TenantTransaction& tx, NoteId id) {
  TRY(auto found, tx.first<NoteRow>(sql::note_get, {{"id", id}}));
  if (!found) return Error(ErrorCode::not_found, "there is no such note");
  return std::move(*found);
}

result<void> update_note(TenantTransaction& tx, NoteId id, std::string_view text) {
  TRY(auto changed, tx.run(sql::note_update, {{"id", id}, {"text", text}}));
  if (changed == 0) return Error(ErrorCode::not_found, "there is no such note");
  return {};
}

result<void> delete_note(TenantTransaction& tx, NoteId id) {
  TRY(auto deleted, tx.run(sql::note_delete, {{"id", id}}));
  if (deleted == 0) return Error(ErrorCode::not_found, "there is no such note");
  return {};
}

result<std::vector<NoteRow>> notes_of_client(TenantTransaction& tx, ClientId client, int limit,
                                             const MomentAfter& after) {
  return tx.all<NoteRow>(
      sql::notes_of_client,
      {{"client_id", client}, {"limit", limit}, {"after_at", after.at}, {"after_id", after.id}});
}

result<void> insert_client_event(TenantTransaction& tx, ClientId client, std::string_view kind,
                                 std::string_view actor, std::string_view data, Instant now) {
  TRY_DO(tx.run(sql::client_event_insert, {{"id", EventId::make(now)},
                                           {"client_id", client},
                                           {"at", now},
                                           {"kind", kind},
                                           {"actor", actor},
                                           {"data", data}}));
  return {};
}

result<std::vector<TimelineRow>> client_timeline(TenantTransaction& tx, ClientId client, int limit,
                                                 const MomentAfter& after) {
  std::vector<TimelineRow> rows;
  TRY_DO(tx.run(sql::client_timeline,
                {{"client_id", client}, {"limit", limit}, {"after_at", after.at}, {"after_id", after.id}},
                [&](const Row& row) { rows.push_back(read_timeline(row)); }));
  return rows;
}

} // namespace renova::storage

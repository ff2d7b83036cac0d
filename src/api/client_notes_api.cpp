#include "api/clients_api.hpp"
#include "api/lists.hpp"
#include "services/notes.hpp"

namespace renova::api {
namespace {

namespace notes = services::notes;
using notes::Note;

struct NoteBody {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(NoteBody, (), (text))

struct TimelineEntry {
  std::string id;
  Instant at;
  std::string type; // event, note, message
  std::string kind; // "client_created", "renewed", …; of a message: "reminder", "manual", …
  std::optional<std::string> actor;
  std::optional<std::string> text;
  RawText data;                      // of an event
  std::optional<std::string> state;  // of a message
  std::optional<std::string> reason; // of a message
  std::optional<Date> due_on;        // of a message
};
BOOST_DESCRIBE_STRUCT(TimelineEntry, (), (id, at, type, kind, actor, text, data, state, reason, due_on))

TimelineEntry view(const storage::TimelineRow& row) {
  TimelineEntry entry;
  entry.id = to_string(row.id);
  entry.at = row.at;
  entry.type = row.source;
  entry.kind = row.kind;
  entry.text = row.text;
  entry.data.json = "{}";
  if (row.source == "message") {
    entry.state = row.actor;
    if (!row.data.empty()) entry.reason = row.data;
    if (row.number) entry.due_on = Date{static_cast<std::int32_t>(*row.number)};
    return entry;
  }
  entry.actor = row.actor;
  if (row.source == "event") entry.data.json = row.data;
  return entry;
}

result<storage::MomentAfter> after_of(const Paging& page) {
  storage::MomentAfter after;
  if (!page.after) return after;
  TRY(after.at.us, cursor_number(*page.after));
  after.id = page.after->id;
  return after;
}

// The next page begins after the last row that is shown.
template <class Row>
std::optional<std::string> cut(const Paging& page, std::vector<Row>& rows, Instant Row::*at, const auto& id) {
  const auto limit = static_cast<std::size_t>(page.limit);
  if (rows.size() <= limit) return std::nullopt;
  rows.resize(limit);
  return Cursor{page.sort, {(rows.back().*at).us}, id(rows.back())}.encode();
}

result<Unit> list_notes(const Call& call) {
  TRY(ClientId id, call.id<ClientId>());
  TRY(PageQuery query, call.query<PageQuery>());
  TRY(Paging page, paging(query, {}, "-created_at"));
  TRY(auto after, after_of(page));
  return Unit([id, page, after](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto rows, notes::of_client(tx, id, page.limit + 1, after));
    Page<Note> list;
    list.next_cursor = cut(page, rows, &Note::created_at, [](const Note& note) { return note.id.uuid(); });
    list.data = std::move(rows);
    return ok(list);
  });
}

result<Unit> timeline(const Call& call) {
  TRY(ClientId id, call.id<ClientId>());
  TRY(PageQuery query, call.query<PageQuery>());
  TRY(Paging page, paging(query, {}, "-at"));
  TRY(auto after, after_of(page));
  return Unit([id, page, after](storage::TenantTransaction& tx) -> result<Reply> {
    using Row = storage::TimelineRow;
    TRY(auto rows, notes::timeline(tx, id, page.limit + 1, after));
    Page<TimelineEntry> list;
    list.next_cursor = cut(page, rows, &Row::at, [](const Row& row) { return row.id; });
    for (const Row& row : rows) list.data.push_back(view(row));
    return ok(list);
  });
}

result<Unit> add_note(const Call& call) {
  TRY(ClientId id, call.id<ClientId>());
  TRY(NoteBody body, call.body<NoteBody>());
  return Unit(
      [id, body, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(Note made, notes::add(tx, actor, id, body.text, now));
        return created(made, "/api/v1/notes/" + made.id.str());
      });
}

result<Unit> edit_note(const Call& call) {
  TRY(NoteId id, call.id<NoteId>());
  TRY(NoteBody body, call.body<NoteBody>());
  return Unit(
      [id, body, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(Note changed, notes::edit(tx, actor, id, body.text, now));
        return ok(changed);
      });
}

result<Unit> delete_note(const Call& call) {
  TRY(NoteId id, call.id<NoteId>());
  return Unit([id, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY_DO(notes::remove(tx, actor, id, now));
    return no_content();
  });
}

} // namespace

void add_client_notes_api(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  routes
      .get("/api/v1/clients/{id}/timeline", Role::viewer, normal, "getClientTimeline",
           "Everything that happened to a client, newest first")
      .query<PageQuery>()
      .answers<Page<TimelineEntry>>()
      .read(timeline);
  routes
      .get("/api/v1/clients/{id}/notes", Role::viewer, normal, "listClientNotes",
           "Notes on a client, newest first")
      .query<PageQuery>()
      .answers<Page<Note>>()
      .read(list_notes);
  routes
      .post("/api/v1/clients/{id}/notes", Role::operator_, normal, "addClientNote", "A new note on a client")
      .takes<NoteBody>(R"({"text":"Prefers to be called after six"})")
      .answers<Note>(201)
      .write(add_note);
  routes.patch("/api/v1/notes/{id}", Role::operator_, normal, "editNote", "Changes a note's text")
      .takes<NoteBody>()
      .answers<Note>()
      .write(edit_note);
  routes.del("/api/v1/notes/{id}", Role::operator_, normal, "deleteNote", "Deletes a note")
      .answers_nothing()
      .write(delete_note);
}

} // namespace renova::api

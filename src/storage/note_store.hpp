// Notes and events of a client, and the timeline that merges them with its messages.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::storage {

struct NoteRow {
  NoteId id;
  ClientId client_id;
  std::string text;
  std::string author;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(NoteRow, (), (id, client_id, text, author, created_at))

result<void> insert_note(TenantTransaction& tx, const NoteRow& note);
result<NoteRow> get_note(TenantTransaction& tx, NoteId id); // error: not_found
result<void> update_note(TenantTransaction& tx, NoteId id, std::string_view text);
result<void> delete_note(TenantTransaction& tx, NoteId id);

// A place in a list that is sorted by instant and id.
struct MomentAfter {
  Instant at{INT64_MAX};
  Uuid id{};
};

// Newest first.
result<std::vector<NoteRow>> notes_of_client(TenantTransaction& tx, ClientId client, int limit,
                                             const MomentAfter& after);

// `kind` is a stable name ("renewed"), `data` a JSON object without personal data.
result<void> insert_client_event(TenantTransaction& tx, ClientId client, std::string_view kind,
                                 std::string_view actor, std::string_view data, Instant now);

struct TimelineRow {
  Instant at;
  Uuid id;
  std::string source;                 // "event", "note" or "message"
  std::string kind;                   // of the event or message
  std::string actor;                  // of an event or note; a message's state
  std::string data;                   // JSON of an event; a message's reason
  std::optional<std::int64_t> number; // a message's due date
  std::optional<std::string> text;    // of a note or message
};

// Newest first.
result<std::vector<TimelineRow>> client_timeline(TenantTransaction& tx, ClientId client, int limit,
                                                 const MomentAfter& after);

} // namespace renova::storage

// Notes on a client, and the timeline of everything that happened to it.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "services/audit.hpp"
#include "storage/database.hpp"
#include "storage/note_store.hpp"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services::notes {

struct Note {
  NoteId id;
  ClientId client_id;
  std::string text;
  std::string author;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(Note, (), (id, client_id, text, author, created_at))

// Errors: not_found; validation_failed at /text.
result<Note> add(storage::TenantTransaction& tx, const Actor& actor, ClientId client, std::string_view text,
                 Instant now);
result<Note> edit(storage::TenantTransaction& tx, const Actor& actor, NoteId id, std::string_view text,
                  Instant now);
result<void> remove(storage::TenantTransaction& tx, const Actor& actor, NoteId id, Instant now);

// Newest first. Error: not_found.
result<std::vector<Note>> of_client(storage::TenantTransaction& tx, ClientId client, int limit,
                                    const storage::MomentAfter& after);
result<std::vector<storage::TimelineRow>> timeline(storage::TenantTransaction& tx, ClientId client, int limit,
                                                   const storage::MomentAfter& after);

} // namespace renova::services::notes

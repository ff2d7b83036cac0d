// The client list as a file: CSV that spreadsheets and this program's own import read, or JSON. Made in
// pieces, so that a list of any length needs little memory.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "services/clients.hpp"
#include "storage/client_list_store.hpp"
#include "storage/database.hpp"

#include <optional>
#include <string>

namespace renova::services::exporting {

inline constexpr int kClientsPerPiece = 200;

enum class Format { csv, json };
std::string_view to_text(Format format);
bool from_text(std::string_view text, Format& out);

// Where an export stands; a new one begins with the default.
struct Progress {
  bool begun = false;
  bool ended = false;
  std::int64_t clients = 0;
  std::optional<storage::ClientListQuery::After> after;
};

// The next piece of the file, in the order of creation; moves `progress`. CSV: UTF-8 with BOM, ';', one line
// a subscription (a client without one has one line), headers in the tenant's language, formulas guarded
// (domain::guard_formula). JSON: {"data":[client with "notes"…],"count":n,"exported_at":…}.
result<std::string> next_piece(storage::TenantTransaction& tx, Format format,
                               const clients::ListFilter& filter, Progress& progress, Instant now);

// The audit record of an export.
result<void> note_export(storage::TenantTransaction& tx, const Actor& actor, Format format, Instant now);

} // namespace renova::services::exporting

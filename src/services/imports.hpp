// Lists of clients coming in: preview, commit and undo. Each is a walk in units of at most
// domain::kImportChunk lines, so that neither memory nor the writer is held for long, and each can be stopped
// at any point: what has been walked is recorded in the same unit, and the next call goes on from there.
//
// These calls block; they belong on a thread that may wait, never on one that answers requests.
#pragma once

#include "base/clock.hpp"
#include "services/audit.hpp"
#include "services/import_types.hpp"
#include "storage/database.hpp"
#include "storage/import_store.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace renova::services::imports {

// Previews that nobody commits, and uploads whose process went away, are cleared by the next upload after
// these times.
inline constexpr Duration kPreviewLife = std::chrono::days(7);
inline constexpr Duration kUploadLife = std::chrono::hours(1);
inline constexpr std::size_t kMaxFileName = 200; // code points; longer ones are cut

// A column's field as a caller chose it: by the header's text, or by its position from 0. No field: not
// imported.
struct ColumnChoice {
  std::optional<std::string> header;
  std::optional<std::size_t> position;
  std::optional<domain::ImportField> field;
};

struct Upload {
  std::string_view bytes; // must stay until upload() has returned
  std::string file_name;
  domain::ImportFormat format = domain::ImportFormat::csv;
  ImportOptions options;
  std::vector<ColumnChoice> mapping; // csv; columns that are not named here are recognised by their headers
};

// Who does it, where and when. `progress` is called after each unit, from the calling thread, with the lines
// dealt with and all lines (0: not known yet).
struct Job {
  storage::Database& database;
  storage::TenantScope scope;
  Actor actor;
  Clock& clock;
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
  const std::atomic<bool>* stop =
      nullptr; // set by another thread: ends the walk between two units (unavailable)
};

// Reads the whole file before it writes anything, then stores its lines and what would become of each: a
// preview. Nothing of the tenant's clients changes. Errors: validation_failed (codes corrupt_file,
// binary_file, empty_file, too_many_lines, not_a_client_list, unknown_column), malformed (code corrupt_file:
// broken JSON), payload_too_large; their details say where.
result<ImportId> upload(const Job& job, const Upload& upload);

// Reads all lines anew with another mapping or other options; only what is given changes. Errors: not_found;
// conflict unless it is a preview; validation_failed (unknown_column).
result<void> change(const Job& job, ImportId id, const std::vector<ColumnChoice>& mapping,
                    const std::optional<ImportOptions>& options);

// Applies the lines. A call for an import that was interrupted goes on with it; for one that is committed it
// changes nothing. A line whose phone belongs to a client by now updates it. Errors: not_found; conflict
// (undone; or worked on by another process); validation_failed (code missing_column: name and phone must be
// mapped).
result<void> commit(const Job& job, ImportId id);

// Takes back what the import did, line by line from the last: clients that it created go away (or are
// archived, when they have received messages), those that it updated get their old values back; what somebody
// has changed since is kept, and the line says so (codes changed_since, has_payments). Can be interrupted and
// repeated like commit. Errors: not_found; conflict (not committed).
result<void> undo(const Job& job, ImportId id);

// Deletes a preview. Errors: not_found; conflict (committed).
result<void> discard(const Job& job, ImportId id);

// What a caller sees of an import besides its record: the first lines, and lines with problems.
struct Sample {
  std::vector<storage::ImportLineRecord> lines; // by number
  std::vector<FieldError> problems;             // of the import as a whole: missing_column
  std::optional<ImportId> same_file;            // an earlier import of exactly this file that was committed
};
inline constexpr int kSampleLines = 20;
inline constexpr int kSampleErrors = 80;
result<Sample> sample(storage::TenantTransaction& tx, const storage::ImportRecord& import);

} // namespace renova::services::imports

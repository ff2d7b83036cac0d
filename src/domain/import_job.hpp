// The life of one import: from an uploaded list to clients, and back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace renova::domain {

// Lines of one import, and lines that one unit of work deals with.
inline constexpr std::int64_t kMaxImportLines = 500'000;
inline constexpr std::int64_t kImportChunk = 1'000;
inline constexpr std::size_t kMaxImportBytes = 64 * 1024 * 1024;

//   uploading ─► preview ⇄ preparing          (a new mapping re-reads all lines)
//                  │
//                  └─► committing ─► committed ─► undoing ─► undone
//
// committing, undoing and preparing survive a crash: the same call goes on where they stopped. An uploading
// one that lost its process is nothing, and is cleared away.
enum class ImportState { uploading, preparing, preview, committing, committed, undoing, undone };
std::string_view to_text(ImportState state);
bool from_text(std::string_view text, ImportState& out);

enum class ImportFormat {
  csv,
  legacy, // the original system's clients.json and message_templates.json
};
std::string_view to_text(ImportFormat format);
bool from_text(std::string_view text, ImportFormat& out);

// What becomes, or became, of a line.
enum class LineOutcome { create, update, skip, error };
inline constexpr std::array kLineOutcomes{LineOutcome::create, LineOutcome::update, LineOutcome::skip,
                                          LineOutcome::error};
std::string_view to_text(LineOutcome outcome);
bool from_text(std::string_view text, LineOutcome& out);

// What undo made of a line that had created or updated something.
enum class UndoOutcome {
  removed,  // what the line created is gone
  archived, // it had received messages meanwhile: it stays, archived
  restored, // as it was before the import
  kept,     // changed by somebody since: left as it is
};
std::string_view to_text(UndoOutcome outcome);
bool from_text(std::string_view text, UndoOutcome& out);

// What happens to a line whose phone belongs to a client that exists.
enum class MergePolicy {
  update, // the fields that the line has replace the client's
  skip,   // the client stays as it is
};
std::string_view to_text(MergePolicy policy);
bool from_text(std::string_view text, MergePolicy& out);

// Which of several lines with the same phone and plan type counts.
enum class RepeatPolicy { first, last };
std::string_view to_text(RepeatPolicy policy);
bool from_text(std::string_view text, RepeatPolicy& out);

} // namespace renova::domain

#include "domain/import_job.hpp"

#include <utility>

namespace renova::domain {
namespace {

template <class Enum, std::size_t n>
bool find(const std::array<std::string_view, n>& names, std::string_view text, Enum& out) {
  for (std::size_t i = 0; i < n; ++i) {
    if (names[i] != text) continue;
    out = static_cast<Enum>(i);
    return true;
  }
  return false;
}
template <class Enum, std::size_t n>
std::string_view name(const std::array<std::string_view, n>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

constexpr std::array<std::string_view, 7> kStates{"uploading", "preparing", "preview", "committing",
                                                  "committed", "undoing",   "undone"};
constexpr std::array<std::string_view, 2> kFormats{"csv", "legacy"};
constexpr std::array<std::string_view, 4> kOutcomes{"create", "update", "skip", "error"};
constexpr std::array<std::string_view, 4> kUndone{"removed", "archived", "restored", "kept"};
constexpr std::array<std::string_view, 2> kMerge{"update", "skip"};
constexpr std::array<std::string_view, 2> kRepeat{"first", "last"};

} // namespace

std::string_view to_text(ImportState state) { return name(kStates, state); }
bool from_text(std::string_view text, ImportState& out) { return find(kStates, text, out); }
std::string_view to_text(ImportFormat format) { return name(kFormats, format); }
bool from_text(std::string_view text, ImportFormat& out) { return find(kFormats, text, out); }
std::string_view to_text(LineOutcome outcome) { return name(kOutcomes, outcome); }
bool from_text(std::string_view text, LineOutcome& out) { return find(kOutcomes, text, out); }
std::string_view to_text(UndoOutcome outcome) { return name(kUndone, outcome); }
bool from_text(std::string_view text, UndoOutcome& out) { return find(kUndone, text, out); }
std::string_view to_text(MergePolicy policy) { return name(kMerge, policy); }
bool from_text(std::string_view text, MergePolicy& out) { return find(kMerge, text, out); }
std::string_view to_text(RepeatPolicy policy) { return name(kRepeat, policy); }
bool from_text(std::string_view text, RepeatPolicy& out) { return find(kRepeat, text, out); }

} // namespace renova::domain

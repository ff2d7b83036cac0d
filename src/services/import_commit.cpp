// The two walks that change clients: commit forwards, undo backwards.
#include "services/import_apply.hpp"
#include "services/import_units.hpp"

#include <limits>
#include <set>

namespace renova::services::imports {
namespace {

namespace store = storage::import_store;
using domain::ImportState;
using domain::LineOutcome;

// Nothing was removed or restored yet, and no line has a greater number.
constexpr std::int64_t kPastLastLine = std::numeric_limits<std::int64_t>::max();

result<void> note(storage::TenantTransaction& tx, const Job& job, ImportId id, std::string_view action,
                  std::string after) {
  AuditRecord entry;
  entry.action = action;
  entry.object_kind = "import";
  entry.object_id = id.str();
  entry.after = std::move(after);
  return record(tx, job.clock.now(), job.actor, entry);
}

// About how many lines that is; line numbers run ahead of counts where cells hold line ends.
std::int64_t done_by(const ImportCounts& counts, std::int64_t line) { return std::min(line, counts.lines); }

// One chunk's end, as the next chunk begins.
struct Step {
  std::int64_t at = 0; // the last line dealt with
  bool finished = false;
  ImportCounts counts;
};

class Commit {
 public:
  Commit(const Job& job, const ImportContext& context, ImportId id) : job_(job), context_(context), id_(id) {}

  // Applies the lines after `done_line`; may run more than once.
  result<Step> chunk(storage::TenantTransaction& tx) const {
    TRY(storage::ImportRecord record, store::get(tx, id_));
    TRY(ImportCounts counts, counts_from_json(record.counts));
    if (record.state == ImportState::committed) return Step{0, true, counts}; // somebody else was faster
    if (record.state != ImportState::committing)
      return Error(ErrorCode::conflict, "the import is not being committed");
    TRY(auto lines, store::lines_after(tx, id_, record.done_line, domain::kImportChunk));
    if (lines.empty()) return finish(tx, record, counts);
    for (storage::ImportLineRecord& line : lines) {
      LineOutcome before = line.outcome;
      TRY_DO(apply_line(tx, line));
      --counts.of(before);
      ++counts.of(line.outcome);
    }
    std::int64_t at = lines.back().line;
    TRY_DO(store::advance(tx, id_, ImportState::committing, record.done_line, at, to_json(counts)));
    announce_progress(tx, id_, ImportState::committing, counts.lines, done_by(counts, at));
    return Step{at, false, counts};
  }

 private:
  result<Step> finish(storage::TenantTransaction& tx, const storage::ImportRecord& record,
                      const ImportCounts& counts) const {
    TRY_DO(store::end_commit(tx, id_, job_.clock.now()));
    TRY_DO(note(tx, job_, id_, "import_committed", to_json(counts)));
    announce_progress(tx, id_, ImportState::committed, counts.lines, counts.lines);
    return Step{record.done_line, true, counts};
  }

  result<void> apply_line(storage::TenantTransaction& tx, storage::ImportLineRecord& line) const {
    if (line.outcome == LineOutcome::skip && line.repeats) return {}; // another line speaks for it
    std::vector<LineProblem> errors;
    std::vector<LineProblem> warnings;
    Applied applied;
    applied.outcome = LineOutcome::error;
    if (is_template_line(context_, line.row_json)) {
      LegacyTemplate entry = convert_legacy_template(template_of_line(line.row_json));
      errors = std::move(entry.errors);
      warnings = entry.warnings;
      if (errors.empty()) {
        TRY(applied, apply_template(tx, context_, entry, job_.clock.now()));
      }
    } else {
      ImportEntry entry = read_import_line(context_, line.row_json);
      errors = entry.errors;
      warnings = entry.warnings;
      if (entry.ok()) {
        TRY(applied, apply(tx, context_, job_.actor, id_, entry, line.repeats.has_value(), job_.clock.now()));
      }
    }
    errors.insert(errors.end(), applied.errors.begin(), applied.errors.end());
    warnings.insert(warnings.end(), applied.warnings.begin(), applied.warnings.end());
    line.outcome = applied.outcome;
    line.errors = to_json(errors);
    line.warnings = to_json(warnings);
    line.client_id = applied.client;
    line.before_json = std::move(applied.before);
    return store::set_line_applied(tx, id_, line);
  }

  const Job& job_;
  const ImportContext& context_;
  ImportId id_;
};

class Undo {
 public:
  Undo(const Job& job, ImportId id) : job_(job), id_(id) {}

  result<Step> chunk(storage::TenantTransaction& tx) const {
    TRY(storage::ImportRecord record, store::get(tx, id_));
    TRY(ImportCounts counts, counts_from_json(record.counts));
    if (record.state == ImportState::undone) return Step{0, true, counts};
    if (record.state != ImportState::undoing)
      return Error(ErrorCode::conflict, "the import is not being undone");
    TRY(auto lines, store::lines_before(tx, id_, record.done_line, domain::kImportChunk));
    if (lines.empty()) {
      TRY_DO(store::end_undo(tx, id_, job_.clock.now()));
      TRY_DO(note(tx, job_, id_, "import_undone", to_json(counts)));
      announce_progress(tx, id_, ImportState::undone, counts.lines, counts.lines);
      return Step{0, true, counts};
    }
    std::set<ClientId> met;
    for (storage::ImportLineRecord& line : lines) {
      // Undoing a later line of the same client has told this one new versions.
      if (line.client_id && !met.insert(*line.client_id).second) {
        TRY(auto fresh, store::lines_after(tx, id_, line.line - 1, 1));
        line = std::move(fresh.at(0));
      }
      TRY_DO(undo(tx, line, counts));
    }
    std::int64_t at = lines.back().line;
    TRY_DO(store::advance(tx, id_, ImportState::undoing, record.done_line, at, to_json(counts)));
    announce_progress(tx, id_, ImportState::undoing, counts.lines, counts.lines - done_by(counts, at));
    return Step{at, false, counts};
  }

 private:
  result<void> undo(storage::TenantTransaction& tx, storage::ImportLineRecord& line,
                    ImportCounts& counts) const {
    if (!line.before_json) return {};
    TRY(Undone undone, undo_line(tx, job_.actor, *line.before_json, job_.clock.now()));
    TRY(std::vector<LineProblem> errors, problems_from_json(line.errors));
    errors.insert(errors.end(), undone.errors.begin(), undone.errors.end());
    line.errors = to_json(errors);
    line.undo = undone.outcome;
    ++counts.of(undone.outcome);
    return store::set_line_undone(tx, id_, line);
  }

  const Job& job_;
  ImportId id_;
};

template <class Walk>
result<void> walk(const Job& job, const Walk& steps) {
  for (bool finished = false; !finished;) {
    TRY(Step step, run_unit(job, [&](storage::TenantTransaction& tx) { return steps.chunk(tx); }));
    finished = step.finished;
    if (job.progress) job.progress(step.at, step.counts.lines);
  }
  return {};
}

// Moves the import from `from` to `to`, or accepts that it is in `to` already (interrupted, or somebody
// else's work). False: it is in `done`, and there is nothing to do.
result<bool> enter(const Job& job, ImportId id, ImportState from, ImportState to, ImportState done,
                   std::int64_t done_line) {
  return run_unit(job, [&](storage::TenantTransaction& tx) -> result<bool> {
    TRY(storage::ImportRecord record, store::get(tx, id));
    if (record.state == done) return false;
    if (record.state == to) return true;
    if (record.state != from) {
      return Error(ErrorCode::conflict, "the import is " + std::string(to_text(record.state)));
    }
    TRY_DO(store::begin_state(tx, id, from, to, done_line));
    return true;
  });
}

result<void> check_columns(const storage::ImportRecord& record) {
  if (record.format != domain::ImportFormat::csv) return {};
  TRY(auto columns, columns_from_json(record.columns));
  return domain::check_mapping(mapping_of(columns));
}

} // namespace

result<void> commit(const Job& job, ImportId id) {
  TRY(storage::ImportRecord record,
      look(job, [&](storage::TenantTransaction& tx) { return store::get(tx, id); }));
  if (record.state == ImportState::preview) TRY_DO(check_columns(record));
  TRY(bool needed, enter(job, id, ImportState::preview, ImportState::committing, ImportState::committed, 0));
  if (!needed) return {};
  TRY(ImportContext context, look(job, [&](storage::TenantTransaction& tx) -> result<ImportContext> {
        TRY(storage::ImportRecord current, store::get(tx, id));
        return load_import_context(tx, current, job.clock.now());
      }));
  return walk(job, Commit(job, context, id));
}

result<void> undo(const Job& job, ImportId id) {
  TRY(bool needed,
      enter(job, id, ImportState::committed, ImportState::undoing, ImportState::undone, kPastLastLine));
  if (!needed) return {};
  return walk(job, Undo(job, id));
}

} // namespace renova::services::imports

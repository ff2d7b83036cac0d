#include "services/import_units.hpp"

#include "services/import_apply.hpp"
#include "services/live.hpp"

#include <utility>

namespace renova::services::imports {

namespace store = storage::import_store;
using domain::LineOutcome;

void announce_progress(storage::TenantTransaction& tx, ImportId id, domain::ImportState state,
                       std::int64_t total, std::int64_t done) {
  std::string data = R"({"id":")" + id.str() + R"(","state":")" + std::string(to_text(state)) +
                     R"(","done":)" + std::to_string(done) + R"(,"total":)" + std::to_string(total) + "}";
  announce(tx, "import_progress", std::move(data));
}

result<void> Judge::add(std::int64_t line, std::string row_json) {
  PendingLine pending;
  pending.line = line;
  pending.is_template = is_template_line(context_, row_json);
  if (!pending.is_template) {
    pending.entry = read_import_line(context_, row_json);
    if (pending.entry.ok()) {
      bool last_wins = context_.options.repeats == domain::RepeatPolicy::last;
      const domain::ImportRow& row = pending.entry.row;
      pending.repeats = repeated_.add(row.phone.digits, row.plan_type.value_or(""), line, last_wins);
      // Without a type and a due date of its own it is no other subscription.
      if (pending.repeats && !(row.plan_type && row.has_subscription())) pending.repeats->same_type = true;
      if (pending.repeats && pending.repeats->same_type && last_wins) {
        superseded_.push_back(pending.repeats->line);
        pending.repeats.reset();
      }
    }
  }
  pending_bytes_ += row_json.size();
  pending.row_json = std::move(row_json);
  pending_.push_back(std::move(pending));
  bool full =
      static_cast<std::int64_t>(pending_.size()) >= domain::kImportChunk || pending_bytes_ >= kChunkBytes;
  if (!full) return {};
  return flush();
}

result<void> Judge::flush() {
  if (pending_.empty()) return {};
  TRY(ImportCounts counts, run_unit(job_, [this](storage::TenantTransaction& tx) { return write(tx); }));
  counts_ = counts;
  pending_.clear();
  pending_bytes_ = 0;
  superseded_.clear();
  if (job_.progress) job_.progress(counts_.lines, total_);
  return {};
}

// The counts after this chunk. May run more than once, so it changes nothing of the object.
result<ImportCounts> Judge::write(storage::TenantTransaction& tx) const {
  ImportCounts counts = counts_;
  for (const PendingLine& line : pending_) {
    TRY(storage::ImportLineRecord record, judge(tx, line));
    TRY_DO(stored_ ? store::judge_line(tx, id_, record) : store::insert_line(tx, id_, record));
    ++counts.lines;
    ++counts.of(record.outcome);
  }
  for (std::int64_t line : superseded_) {
    TRY(auto found, store::lines_after(tx, id_, line - 1, 1));
    if (found.empty() || found.front().line != line || found.front().outcome == LineOutcome::error) continue;
    storage::ImportLineRecord record = std::move(found.front());
    --counts.of(record.outcome);
    record.outcome = LineOutcome::skip;
    record.errors = to_json(std::vector<LineProblem>{
        {"phone", "repeated_phone", "a later line has the same phone, and the last one counts"}});
    record.repeats = line;
    ++counts.of(record.outcome);
    TRY_DO(store::judge_line(tx, id_, record));
  }
  auto state = stored_ ? domain::ImportState::preparing : domain::ImportState::uploading;
  announce_progress(tx, id_, state, total_, counts.lines);
  return counts;
}

result<storage::ImportLineRecord> Judge::judge(storage::TenantTransaction& tx,
                                               const PendingLine& line) const {
  storage::ImportLineRecord record;
  record.line = line.line;
  record.row_json = line.row_json;
  std::vector<LineProblem> errors = line.entry.errors;
  std::vector<LineProblem> warnings = line.entry.warnings;
  Applied applied;
  applied.outcome = LineOutcome::error;
  if (line.is_template) {
    LegacyTemplate entry = convert_legacy_template(template_of_line(line.row_json));
    errors = entry.errors;
    warnings = entry.warnings;
    if (errors.empty()) {
      TRY(applied, foresee_template(tx, context_, entry));
    }
  } else if (line.repeats && line.repeats->same_type) {
    applied.outcome = LineOutcome::skip;
    applied.errors.push_back(
        {"phone", "repeated_phone", "line " + std::to_string(line.repeats->line) + " has the same phone"});
    record.repeats = line.repeats->line;
  } else if (line.entry.ok()) {
    bool second = line.repeats.has_value();
    if (second) record.repeats = line.repeats->line;
    TRY(applied, foresee(tx, context_, line.entry, second));
  }
  errors.insert(errors.end(), applied.errors.begin(), applied.errors.end());
  warnings.insert(warnings.end(), applied.warnings.begin(), applied.warnings.end());
  record.outcome = applied.outcome;
  record.errors = to_json(errors);
  record.warnings = to_json(warnings);
  return record;
}

} // namespace renova::services::imports

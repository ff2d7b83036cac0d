#include "services/imports.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "domain/csv.hpp"
#include "services/import_units.hpp"
#include "services/legacy_scan.hpp"

#include <algorithm>

namespace renova::services::imports {
namespace {

namespace store = storage::import_store;
using domain::ImportFormat;
using domain::ImportState;

constexpr std::size_t kPiece = 64 * 1024;

Error corrupt(std::string detail) {
  return field_error("", "corrupt_file",
                     "the file is corrupt: " + std::move(detail) + "; nothing was changed");
}

// Calls `row` for each line of a CSV file; the first error ends the walk.
struct CsvFacts {
  char delimiter = ',';
  domain::TextEncoding encoding{};
};
result<CsvFacts> walk_csv(std::string_view bytes, std::optional<char> delimiter,
                          const std::function<result<void>(domain::CsvRow&&)>& row) {
  std::optional<Error> failed;
  domain::CsvReader reader(
      [&](domain::CsvRow&& next) {
        if (failed) return;
        auto outcome = row(std::move(next));
        if (outcome.has_error()) failed = outcome.error();
      },
      delimiter);
  for (std::size_t at = 0; at < bytes.size() && !failed; at += kPiece) {
    TRY_DO(reader.feed(bytes.substr(at, kPiece)));
  }
  if (failed) return *failed;
  TRY_DO(reader.finish());
  if (failed) return *failed;
  return CsvFacts{reader.delimiter(), reader.encoding()};
}

struct FileFacts {
  std::optional<CsvFacts> csv;
  std::vector<std::string> header; // csv
  std::int64_t lines = 0;
};

// The whole file once, before anything is written: what is wrong with it as a whole comes out here.
result<FileFacts> inspect(const Upload& upload) {
  FileFacts facts;
  if (upload.format == ImportFormat::legacy) {
    TRY_DO(scan_legacy(upload.bytes, [&](const LegacyRecord&) -> result<void> {
      ++facts.lines;
      return {};
    }));
    return facts;
  }
  bool first = true;
  auto see = [&](domain::CsvRow&& row) -> result<void> {
    if (row.problem == "unterminated_quote") {
      return corrupt("the quoted cell in the line that begins at line " + std::to_string(row.line) +
                     " never ends");
    }
    if (std::exchange(first, false)) {
      facts.header = row.cells;
      if (upload.options.header) return {};
    }
    if (++facts.lines > domain::kMaxImportLines) {
      return field_error("", "too_many_lines", "a list may have 500000 lines");
    }
    return {};
  };
  TRY(facts.csv, walk_csv(upload.bytes, upload.options.delimiter, see));
  if (facts.lines == 0) return field_error("", "empty_file", "the file has no lines besides the header");
  return facts;
}

result<void> choose(std::vector<ImportColumn>& columns, const std::vector<ColumnChoice>& mapping) {
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    const ColumnChoice& choice = mapping[i];
    std::vector<ImportColumn*> found;
    if (choice.position && *choice.position < columns.size()) found.push_back(&columns[*choice.position]);
    if (!choice.position && choice.header) {
      for (ImportColumn& column : columns) {
        if (fold(column.header) == fold(*choice.header)) found.push_back(&column);
      }
    }
    if (found.empty()) {
      return field_error("/mapping/" + std::to_string(i), "unknown_column", "the file has no such column");
    }
    for (ImportColumn* column : found) column->field = choice.field;
  }
  return {};
}

result<std::vector<ImportColumn>> make_columns(const Upload& upload, const FileFacts& facts) {
  std::vector<ImportColumn> columns;
  if (upload.format == ImportFormat::legacy) return columns;
  domain::ColumnMapping recognised(facts.header.size());
  if (upload.options.header) recognised = domain::map_columns(facts.header);
  for (std::size_t i = 0; i < facts.header.size(); ++i) {
    std::string header = upload.options.header ? facts.header[i] : std::string();
    columns.push_back(
        {std::string(prefix(header, 200)), i < recognised.size() ? recognised[i] : std::nullopt});
  }
  TRY_DO(choose(columns, upload.mapping));
  return columns;
}

result<storage::ImportRecord> make_record(const Job& job, const Upload& upload, const FileFacts& facts) {
  storage::ImportRecord record;
  Instant now = job.clock.now();
  TRY(std::vector<ImportColumn> columns, make_columns(upload, facts));
  record.id = ImportId::make(now);
  record.state = ImportState::uploading;
  record.format = upload.format;
  record.file_name = prefix(strip_control(upload.file_name), kMaxFileName);
  record.file_hash = to_hex(sha256(upload.bytes));
  if (facts.csv) {
    record.delimiter = std::string(1, facts.csv->delimiter);
    record.encoding = std::string(to_text(facts.csv->encoding));
  }
  record.columns = to_json(columns);
  record.options = to_json(upload.options);
  record.counts = "{}";
  record.actor = job.actor.name;
  record.created_at = now;
  return record;
}

// The lines of the file into the judge.
result<void> read_lines(const Upload& upload, Judge& judge) {
  if (upload.format == ImportFormat::legacy) {
    std::int64_t place = 0;
    TRY_DO(scan_legacy(upload.bytes, [&](const LegacyRecord& record) {
      std::string row = record.is_template ? template_line(record.json) : std::string(record.json);
      return judge.add(++place, std::move(row));
    }));
  } else {
    bool header = upload.options.header;
    auto take = [&](domain::CsvRow&& row) -> result<void> {
      if (std::exchange(header, false)) return {};
      auto line = static_cast<std::int64_t>(row.line);
      if (!row.problem.empty()) return judge.add(line, problem_line(row.problem));
      return judge.add(line, cells_to_json(row.cells));
    };
    TRY_DO(walk_csv(upload.bytes, upload.options.delimiter, take));
  }
  return judge.flush();
}

result<void> remove_all(const Job& job, ImportId id) {
  for (bool gone = false; !gone;) {
    TRY(gone, run_unit(job, [&](storage::TenantTransaction& tx) {
          return store::delete_part(tx, id, domain::kImportChunk);
        }));
  }
  return {};
}

void clear_stale(const Job& job) {
  Instant now = job.clock.now();
  auto stale = look(job, [&](storage::TenantTransaction& tx) {
    return store::stale(tx, now - kUploadLife, now - kPreviewLife);
  });
  if (stale.has_error()) return; // the next upload tries again
  for (ImportId id : *stale) (void)remove_all(job, id);
}

result<void> end_preview(const Job& job, const storage::ImportRecord& record, ImportState from,
                         const ImportCounts& counts) {
  return run_unit(job, [&](storage::TenantTransaction& tx) -> result<void> {
    TRY_DO(store::end_preview(tx, record.id, from, record.columns, record.options, to_json(counts)));
    announce_progress(tx, record.id, ImportState::preview, counts.lines, counts.lines);
    return {};
  });
}

result<void> fill(const Job& job, const Upload& upload, const storage::ImportRecord& record,
                  std::int64_t lines) {
  TRY(ImportContext context, look(job, [&](storage::TenantTransaction& tx) {
        return load_import_context(tx, record, job.clock.now());
      }));
  Judge judge(job, context, record.id, false, lines);
  TRY_DO(read_lines(upload, judge));
  return end_preview(job, record, ImportState::uploading, judge.counts());
}

} // namespace

result<ImportId> upload(const Job& job, const Upload& upload) {
  if (upload.bytes.size() > domain::kMaxImportBytes) {
    return Error(ErrorCode::payload_too_large, "a file may have 64 MiB");
  }
  TRY(FileFacts facts, inspect(upload));
  TRY(storage::ImportRecord record, make_record(job, upload, facts));
  clear_stale(job);
  TRY_DO(run_unit(job, [&](storage::TenantTransaction& tx) { return store::insert(tx, record); }));
  auto filled = fill(job, upload, record, facts.lines);
  if (filled.has_error()) {
    (void)remove_all(job, record.id); // or a later upload does
    return filled.error();
  }
  return record.id;
}

result<void> change(const Job& job, ImportId id, const std::vector<ColumnChoice>& mapping,
                    const std::optional<ImportOptions>& options) {
  TRY(storage::ImportRecord record,
      look(job, [&](storage::TenantTransaction& tx) { return store::get(tx, id); }));
  TRY(std::vector<ImportColumn> columns, columns_from_json(record.columns));
  TRY_DO(choose(columns, mapping));
  record.columns = to_json(columns);
  if (options) record.options = to_json(*options);
  TRY_DO(run_unit(job, [&](storage::TenantTransaction& tx) {
    return store::set_columns(tx, id, record.columns, record.options);
  }));
  TRY(ImportContext context, look(job, [&](storage::TenantTransaction& tx) {
        return load_import_context(tx, record, job.clock.now());
      }));
  TRY(ImportCounts counts, counts_from_json(record.counts));
  Judge judge(job, context, id, true, counts.lines);
  for (std::int64_t after = 0;;) {
    TRY(auto lines, look(job, [&](storage::TenantTransaction& tx) {
          return store::lines_after(tx, id, after, domain::kImportChunk);
        }));
    if (lines.empty()) break;
    after = lines.back().line;
    for (auto& line : lines) TRY_DO(judge.add(line.line, std::move(line.row_json)));
  }
  TRY_DO(judge.flush());
  return end_preview(job, record, ImportState::preparing, judge.counts());
}

result<void> discard(const Job& job, ImportId id) {
  TRY(storage::ImportRecord record,
      look(job, [&](storage::TenantTransaction& tx) { return store::get(tx, id); }));
  if (record.state != ImportState::preview && record.state != ImportState::preparing) {
    return Error(ErrorCode::conflict, "only a preview can be deleted; undo takes a committed import back");
  }
  return remove_all(job, id);
}

result<Sample> sample(storage::TenantTransaction& tx, const storage::ImportRecord& import) {
  Sample out;
  TRY(out.lines, store::lines_after(tx, import.id, 0, kSampleLines));
  TRY(auto errors, store::lines_of_outcome(tx, import.id, domain::LineOutcome::error,
                                           out.lines.empty() ? 0 : out.lines.back().line, kSampleErrors));
  out.lines.insert(out.lines.end(), std::make_move_iterator(errors.begin()),
                   std::make_move_iterator(errors.end()));
  if (import.format == ImportFormat::csv) {
    TRY(auto columns, columns_from_json(import.columns));
    auto checked = domain::check_mapping(mapping_of(columns));
    if (checked.has_error()) out.problems = checked.error().fields;
  }
  TRY(out.same_file, store::same_file(tx, import.file_hash, import.id));
  return out;
}

} // namespace renova::services::imports

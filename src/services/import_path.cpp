#include "services/import_path.hpp"

#include "base/json.hpp"
#include "services/import_units.hpp"
#include "services/legacy_scan.hpp"

#include <filesystem>
#include <fstream>

namespace renova::services::imports {
namespace {

namespace fs = std::filesystem;
namespace store = storage::import_store;
using domain::ImportFormat;

Error about_file(const fs::path& file, Error error) {
  error.detail = file.filename().string() + ": " + error.detail;
  return error;
}

result<std::string> read_file(const fs::path& file) {
  std::error_code failed;
  auto size = fs::file_size(file, failed);
  if (failed) return Error(ErrorCode::not_found, file.filename().string() + " cannot be read");
  if (size > domain::kMaxImportBytes) {
    return Error(ErrorCode::payload_too_large, file.filename().string() + " has more than 64 MiB");
  }
  std::ifstream in(file, std::ios::binary);
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (in.gcount() != static_cast<std::streamsize>(size)) {
    return Error(ErrorCode::not_found, file.filename().string() + " cannot be read");
  }
  return bytes;
}

// What is to be read, as one file's bytes.
struct Found {
  std::string name;
  std::string bytes;
  ImportFormat format = ImportFormat::csv;
};

// Adds the records of one document to the two lists of a combined one.
result<void> collect(const fs::path& file, const std::string& bytes, std::string& clients,
                     std::string& templates) {
  auto scanned = scan_legacy(bytes, [&](const LegacyRecord& record) -> result<void> {
    std::string& list = record.is_template ? templates : clients;
    if (!list.empty()) list += ',';
    list += record.json;
    return {};
  });
  if (scanned.has_error()) return about_file(file, scanned.error());
  return {};
}

// The first of the usual places below `folder` that holds the original's files.
std::optional<fs::path> data_folder(const fs::path& folder) {
  std::error_code ignored;
  for (const char* below : {"", "local_data", "data"}) {
    for (const char* name : {"clients.json", "message_templates.json"}) {
      if (fs::is_regular_file(folder / below / name, ignored)) return folder / below;
    }
  }
  return std::nullopt;
}

result<Found> find_folder(const fs::path& folder) {
  auto data = data_folder(folder);
  if (!data)
    return Error(ErrorCode::not_found, "the folder has no clients.json and no message_templates.json");
  std::string clients;
  std::string templates;
  std::error_code ignored;
  for (const char* name : {"clients.json", "message_templates.json"}) {
    fs::path file = *data / name;
    if (!fs::is_regular_file(file, ignored)) continue;
    TRY(std::string bytes, read_file(file));
    TRY_DO(collect(file, bytes, clients, templates));
  }
  return Found{folder.filename().string(),
               "{\"clients\":[" + clients + "],\"templates\":[" + templates + "]}", ImportFormat::legacy};
}

result<Found> find(const fs::path& path, const std::optional<ImportFormat>& format) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    if (format == ImportFormat::csv) {
      return Error(ErrorCode::validation_failed, "a CSV list is a file, not a folder");
    }
    return find_folder(path);
  }
  if (!fs::is_regular_file(path, ignored))
    return Error(ErrorCode::not_found, "there is no such file or folder");
  TRY(std::string bytes, read_file(path));
  Found found{path.filename().string(), std::move(bytes), ImportFormat::csv};
  std::size_t first = found.bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  bool bracket = first != std::string::npos && (found.bytes[first] == '[' || found.bytes[first] == '{');
  found.format = format.value_or(bracket ? ImportFormat::legacy : ImportFormat::csv);
  return found;
}

result<ImportReport> make_report(const Job& job, ImportId id) {
  return look(job, [&](storage::TenantTransaction& tx) -> result<ImportReport> {
    TRY(storage::ImportRecord record, store::get(tx, id));
    ImportReport report;
    report.id = id;
    report.format = record.format;
    TRY(report.counts, counts_from_json(record.counts));
    TRY(auto lines, store::lines_of_outcome(tx, id, domain::LineOutcome::error, 0, kReportLines));
    for (const storage::ImportLineRecord& line : lines) {
      ReportLine shown{line.line, std::string(to_text(line.outcome)), {}, {}};
      TRY(shown.errors, problems_from_json(line.errors));
      TRY(shown.warnings, problems_from_json(line.warnings));
      report.lines.push_back(std::move(shown));
    }
    return report;
  });
}

void write_problems(JsonWriter& writer, std::string_view name, const std::vector<LineProblem>& problems) {
  writer.key(name);
  writer.raw(services::to_json(problems));
}

} // namespace

result<ImportReport> import_path(const Job& job, const std::string& path, const PathOptions& options) {
  TRY(Found found, find(fs::path(path), options.format));
  Upload file{found.bytes, found.name, found.format, options.options, {}};
  auto uploaded = upload(job, file);
  if (uploaded.has_error()) return about_file(found.name, uploaded.error());
  if (options.dry_run) {
    TRY(ImportReport report, make_report(job, *uploaded));
    TRY_DO(discard(job, *uploaded));
    report.id.reset();
    report.dry_run = true;
    return report;
  }
  auto done = commit(job, *uploaded);
  if (done.has_error()) {
    // A preview that cannot be committed (name and phone not recognised) is of no use to a command line.
    (void)discard(job, *uploaded);
    return about_file(found.name, done.error());
  }
  return make_report(job, *uploaded);
}

std::string to_text(const ImportReport& report) {
  const ImportCounts& counts = report.counts;
  std::string out = report.dry_run ? "Nothing was changed. " : "";
  out += std::to_string(counts.lines) + " lines: " + std::to_string(counts.create) + " created, " +
         std::to_string(counts.update) + " updated, " + std::to_string(counts.skip) + " left as they were, " +
         std::to_string(counts.error) + " with errors\n";
  for (const ReportLine& line : report.lines) {
    for (const LineProblem& problem : line.errors) {
      out += "line " + std::to_string(line.line) + ": ";
      if (!problem.field.empty()) out += problem.field + ": ";
      out += problem.detail + " (" + problem.code + ")\n";
    }
  }
  if (counts.error > static_cast<std::int64_t>(report.lines.size())) out += "… and more lines with errors\n";
  if (report.id) out += "import " + report.id->str() + "\n";
  return out;
}

std::string to_json(const ImportReport& report) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("id");
  if (report.id) {
    writer.value(*report.id);
  } else {
    writer.null();
  }
  writer.field("format", domain::to_text(report.format));
  writer.field("dry_run", report.dry_run);
  writer.field("lines", report.counts.lines);
  writer.field("create", report.counts.create);
  writer.field("update", report.counts.update);
  writer.field("skip", report.counts.skip);
  writer.field("error", report.counts.error);
  writer.key("problems");
  writer.begin_array();
  for (const ReportLine& line : report.lines) {
    writer.begin_object();
    writer.field("line", line.line);
    writer.field("outcome", line.outcome);
    write_problems(writer, "errors", line.errors);
    write_problems(writer, "warnings", line.warnings);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out;
}

} // namespace renova::services::imports

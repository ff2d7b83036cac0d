// Imports from the disk, for the command line: a CSV file, or what the original system left behind.
#pragma once

#include "services/imports.hpp"

#include <optional>
#include <string>
#include <vector>

namespace renova::services::imports {

struct PathOptions {
  std::optional<domain::ImportFormat> format; // none: by what is there
  bool dry_run = false;                       // read and judge everything, change nothing
  ImportOptions options;
};

// A line that needs a look.
struct ReportLine {
  std::int64_t line = 0; // csv: of the file; legacy: place in the list, clients first
  std::string outcome;
  std::vector<LineProblem> errors;
  std::vector<LineProblem> warnings;
};
inline constexpr std::size_t kReportLines = 1'000;

struct ImportReport {
  std::optional<ImportId> id; // none after a dry run
  domain::ImportFormat format = domain::ImportFormat::csv;
  bool dry_run = false;
  ImportCounts counts;
  std::vector<ReportLine> lines; // those with errors, at most kReportLines
};

// `path` is a CSV file; or a clients.json or message_templates.json of the original system; or the folder of
// these: its local_data, or a working copy of its data repository (then also in data/ and local_data/ below
// it). Symbolic links are followed; files of more than 64 MiB are refused. Errors: not_found (nothing to
// import there), and those of upload() and commit(), with the file's name in the detail.
result<ImportReport> import_path(const Job& job, const std::string& path, const PathOptions& options);

// The report for people, in lines; and for machines:
// {"id","format","dry_run","lines","create","update","skip","error",
// "problems":[{"line","outcome","errors","warnings"}]}.
std::string to_text(const ImportReport& report);
std::string to_json(const ImportReport& report);

} // namespace renova::services::imports

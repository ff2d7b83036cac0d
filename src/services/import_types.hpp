// What an import is made of, and its JSON: the form in which it is stored and answered.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/calendar.hpp"
#include "domain/import_job.hpp"
#include "domain/import_row.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace renova::services {

// How a list is to be read and merged.
struct ImportOptions {
  domain::MergePolicy merge = domain::MergePolicy::update;
  domain::RepeatPolicy repeats = domain::RepeatPolicy::first;
  std::optional<std::string> plan_type; // for lines that name neither a type nor a known plan
  bool month_first = false;             // 12/31/2026
  bool header = true;                   // the first line holds the names of the columns
  std::optional<char> delimiter;        // none: detected
  friend bool operator==(const ImportOptions&, const ImportOptions&) = default;
};

struct ImportColumn {
  std::string header;
  std::optional<domain::ImportField> field;
  friend bool operator==(const ImportColumn&, const ImportColumn&) = default;
};

// What is wrong with, or worth knowing of, one field of a line. `field` is an ImportField's text, or a field
// of the original system ("reminder_time_3days"); `code` is stable.
struct LineProblem {
  std::string field;
  std::string code;
  std::string detail;
  friend bool operator==(const LineProblem&, const LineProblem&) = default;
};

struct ImportNote {
  std::string text;
  std::optional<Instant> at; // none: the time of the import
  friend bool operator==(const ImportNote&, const ImportNote&) = default;
};

// A renewal that another system recorded.
struct ImportRenewal {
  Date from;
  Date to;
  std::int64_t amount = 0; // minor units
  Instant at;
  friend bool operator==(const ImportRenewal&, const ImportRenewal&) = default;
};

// What one line asks for, whatever format it came in. Usable when there are no errors.
struct ImportEntry {
  domain::ImportRow row;
  std::optional<PlanId> plan_id; // row.plan, when it is one of ours
  std::vector<ImportNote> notes; // row.note among them
  std::vector<std::pair<std::string, std::string>> custom;
  std::optional<int> before_at; // minutes after midnight: this client's own times and texts
  std::optional<int> due_at;
  std::optional<std::string> before_text;
  std::optional<std::string> due_text;
  std::vector<ImportRenewal> renewals; // the oldest first
  std::optional<Instant> created_at;
  std::vector<LineProblem> errors;
  std::vector<LineProblem> warnings;

  bool ok() const { return errors.empty(); }
  void fail(std::string field, std::string code, std::string detail) {
    errors.push_back({std::move(field), std::move(code), std::move(detail)});
  }
  void warn(std::string field, std::string code, std::string detail) {
    warnings.push_back({std::move(field), std::move(code), std::move(detail)});
  }
  // The first field error of `error`, under `field`.
  void fail(std::string field, const Error& error);
};

// How many lines have each outcome; after an undo, also what it did.
struct ImportCounts {
  std::int64_t lines = 0;
  std::int64_t create = 0;
  std::int64_t update = 0;
  std::int64_t skip = 0;
  std::int64_t error = 0;
  std::int64_t removed = 0;
  std::int64_t archived = 0;
  std::int64_t restored = 0;
  std::int64_t kept = 0;
  friend bool operator==(const ImportCounts&, const ImportCounts&) = default;

  std::int64_t& of(domain::LineOutcome outcome);
  std::int64_t& of(domain::UndoOutcome outcome);
};

// Stored texts. Reading one that this program did not write is an internal error.
std::string to_json(const ImportOptions& options);
result<ImportOptions> options_from_json(std::string_view json);
std::string to_json(const std::vector<ImportColumn>& columns);
result<std::vector<ImportColumn>> columns_from_json(std::string_view json);
std::string to_json(const ImportCounts& counts);
result<ImportCounts> counts_from_json(std::string_view json);
std::string to_json(const std::vector<LineProblem>& problems);
result<std::vector<LineProblem>> problems_from_json(std::string_view json);
std::string cells_to_json(const std::vector<std::string>& cells);
result<std::vector<std::string>> cells_from_json(std::string_view json);

domain::ColumnMapping mapping_of(const std::vector<ImportColumn>& columns);

} // namespace renova::services

// How imports and their lines look from outside.
#pragma once

#include "api/json_map.hpp"
#include "services/import_reading.hpp"
#include "services/imports.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace renova::api {

struct ImportColumnView {
  std::string header;
  std::optional<std::string> field; // null: not imported
};
BOOST_DESCRIBE_STRUCT(ImportColumnView, (), (header, field))

struct ImportProblemView {
  std::string field;
  std::string code;
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(ImportProblemView, (), (field, code, detail))

struct ImportLineView {
  std::int64_t line = 0;
  std::string outcome;
  std::map<std::string, std::string> values; // as they were understood
  std::vector<ImportProblemView> errors;
  std::vector<ImportProblemView> warnings;
  std::optional<ClientId> client_id;
  std::optional<std::string> undo;
};
BOOST_DESCRIBE_STRUCT(ImportLineView, (), (line, outcome, values, errors, warnings, client_id, undo))

struct ImportCountsView {
  std::int64_t lines = 0;
  std::int64_t create = 0;
  std::int64_t update = 0;
  std::int64_t skip = 0;
  std::int64_t error = 0;
  std::int64_t removed = 0; // the last four: what undo did
  std::int64_t archived = 0;
  std::int64_t restored = 0;
  std::int64_t kept = 0;
};
BOOST_DESCRIBE_STRUCT(ImportCountsView, (),
                      (lines, create, update, skip, error, removed, archived, restored, kept))

struct ImportOptionsView {
  std::string merge;
  std::string duplicates;
  std::optional<std::string> plan_type;
  bool month_first = false;
  bool header = true;
};
BOOST_DESCRIBE_STRUCT(ImportOptionsView, (), (merge, duplicates, plan_type, month_first, header))

struct ImportSummary {
  ImportId id;
  std::string state;
  std::string format;
  std::string file_name;
  std::vector<ImportColumnView> columns;
  std::optional<std::string> delimiter;
  std::optional<std::string> encoding;
  ImportOptionsView options;
  ImportCountsView counts;
  std::string created_by;
  Instant created_at;
  std::optional<Instant> committed_at;
  std::optional<Instant> undone_at;
};
BOOST_DESCRIBE_STRUCT(ImportSummary, (),
                      (id, state, format, file_name, columns, delimiter, encoding, options, counts,
                       created_by, created_at, committed_at, undone_at))

struct ImportView : ImportSummary {
  std::vector<ImportProblemView> errors; // of the import as a whole
  std::optional<ImportId> same_file;     // an earlier import of exactly this file that was committed
  std::vector<ImportLineView> lines;     // the first ones, and the first with errors
};
BOOST_DESCRIBE_STRUCT(ImportView, (ImportSummary), (errors, same_file, lines))

// Errors: internal, when a stored text is damaged.
result<ImportSummary> summary_of(const storage::ImportRecord& record);
result<ImportLineView> line_view(const services::ImportContext& context,
                                 const storage::ImportLineRecord& line);
// Everything about one import, read in this transaction. Error: not_found.
result<ImportView> view_import(storage::TenantTransaction& tx, ImportId id, Instant now);

} // namespace renova::api

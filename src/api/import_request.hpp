// What comes in for an import: a body in one of several shapes, and options as parameters, form parts or
// JSON.
#pragma once

#include "api/call.hpp"
#include "services/imports.hpp"

#include <boost/describe.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace renova::api {

// Boundaries and heads of a multipart body, beyond the file itself.
inline constexpr std::size_t kFormOverhead = 64 * 1024;

// Of POST /imports: query parameters, or form parts of the same names.
struct ImportParameters {
  std::optional<domain::ImportFormat> format; // else: by the content type, file name and first character
  std::optional<std::string> mapping; // JSON: {"Header":"field"|null}, or ["field"|null,…] by position
  std::optional<domain::MergePolicy> merge;
  std::optional<domain::RepeatPolicy> duplicates;
  std::optional<std::string> plan_type;
  std::optional<bool> month_first;
  std::optional<bool> header;
  std::optional<std::string> delimiter; // one character, or "tab"
  std::optional<std::string> file_name;
};
BOOST_DESCRIBE_STRUCT(ImportParameters, (),
                      (format, mapping, merge, duplicates, plan_type, month_first, header, delimiter,
                       file_name))

struct ImportRequest {
  services::imports::Upload upload; // its bytes lie in the call's body
};
// Errors: unsupported_media_type, malformed, validation_failed.
result<ImportRequest> read_import_request(const Call& call);

// Of PATCH /imports/{id}. `columns` is what the answer's `columns` looks like; `mapping` names only what
// changes.
struct ImportColumnInput {
  std::optional<std::string> header; // for the reader: the position counts
  std::optional<std::string> field;
};
BOOST_DESCRIBE_STRUCT(ImportColumnInput, (), (header, field))
struct ImportChange {
  std::optional<std::map<std::string, std::optional<std::string>>> mapping;
  std::optional<std::vector<ImportColumnInput>> columns;
  std::optional<domain::MergePolicy> merge;
  std::optional<domain::RepeatPolicy> duplicates;
  Patch<std::string> plan_type;
  std::optional<bool> month_first;
};
BOOST_DESCRIBE_STRUCT(ImportChange, (), (mapping, columns, merge, duplicates, plan_type, month_first))

result<std::vector<services::imports::ColumnChoice>> mapping_of(const ImportChange& change);
result<services::ImportOptions> changed_options(const ImportChange& change, services::ImportOptions before);

} // namespace renova::api

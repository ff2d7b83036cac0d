// From a stored line to what it asks for: conversion, then the tenant's plans and the caller's defaults.
#pragma once

#include "domain/calendar.hpp"
#include "domain/locale.hpp"
#include "services/import_types.hpp"
#include "services/legacy_import.hpp"
#include "storage/import_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace renova::services {

// Plans that a list can name; more are not looked at.
inline constexpr std::int64_t kMaxNamedPlans = 5'000;
inline constexpr std::string_view kDefaultPlanType = "OTHER";

// Everything that reading a line depends on, besides the line.
struct ImportContext {
  domain::ImportFormat format = domain::ImportFormat::csv;
  ImportOptions options;
  domain::ColumnMapping mapping; // csv
  LegacySettings settings;
  domain::Locale locale = domain::Locale::pt_br;
  int window = 3; // the tenant's collection window in days
  Date today;
  std::unordered_map<std::string, storage::ImportPlan> plans; // by folded name
};

// Errors: those of the database.
result<ImportContext> load_import_context(storage::TenantTransaction& tx, const storage::ImportRecord& import,
                                          Instant now);

// One line as it is stored, which is a client's; never fails: what is wrong is in the entry.
ImportEntry read_import_line(const ImportContext& context, std::string_view row_json);

// Legacy imports hold templates among their lines.
bool is_template_line(const ImportContext& context, std::string_view row_json);
std::string template_line(std::string_view record);           // how one is stored
std::string_view template_of_line(std::string_view row_json); // and read back

// How a line of a CSV file is stored that cannot be read (cell_too_long, too_many_columns).
std::string problem_line(std::string_view code);

// The plan type of a new subscription: the line's, its plan's, the import's default, OTHER.
std::string plan_type_of(const ImportContext& context, const ImportEntry& entry);

// Finds lines of one import that repeat each other, by phone and plan type, in bounded memory: 500,000 lines
// take about 50 MB.
class RepeatedLines {
 public:
  struct Earlier {
    std::int64_t line = 0;  // the line before that has the same phone
    bool same_type = false; // … and is about the same subscription
  };
  // The earlier line with this phone, if any; from now on this line is known too. `takes_over`: later
  // repetitions are compared with this line instead.
  std::optional<Earlier> add(std::string_view phone_digits, std::string_view plan_type, std::int64_t line,
                             bool takes_over);

 private:
  std::uint64_t type_number(std::string_view plan_type);

  std::unordered_map<std::uint64_t, std::int32_t> lines_;
  std::vector<std::string> types_;
};

} // namespace renova::services

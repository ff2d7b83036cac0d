#include "services/import_types.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>

namespace renova::services {
namespace {

namespace json = boost::json;

Error damaged() { return Error(ErrorCode::internal, "a stored import is damaged"); }

result<json::value> parse(std::string_view text) {
  boost::system::error_code failed;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed) return damaged();
  return value;
}

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found && found->is_string() ? std::string(view(found->get_string())) : std::string();
}
bool flag_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found && found->is_bool() && found->get_bool();
}

} // namespace

void ImportEntry::fail(std::string field, const Error& error) {
  if (error.fields.empty()) {
    fail(std::move(field), "invalid", error.detail);
  } else {
    fail(std::move(field), error.fields.front().code, error.fields.front().detail);
  }
}

std::int64_t& ImportCounts::of(domain::LineOutcome outcome) {
  switch (outcome) {
    case domain::LineOutcome::create:
      return create;
    case domain::LineOutcome::update:
      return update;
    case domain::LineOutcome::skip:
      return skip;
    case domain::LineOutcome::error:
      break;
  }
  return error;
}
std::int64_t& ImportCounts::of(domain::UndoOutcome outcome) {
  switch (outcome) {
    case domain::UndoOutcome::removed:
      return removed;
    case domain::UndoOutcome::archived:
      return archived;
    case domain::UndoOutcome::restored:
      return restored;
    case domain::UndoOutcome::kept:
      break;
  }
  return kept;
}

std::string to_json(const ImportOptions& options) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("merge", to_text(options.merge));
  writer.field("repeats", to_text(options.repeats));
  if (options.plan_type) writer.field("plan_type", *options.plan_type);
  writer.field("month_first", options.month_first);
  writer.field("header", options.header);
  if (options.delimiter) writer.field("delimiter", std::string_view(&*options.delimiter, 1));
  writer.end_object();
  return out;
}

result<ImportOptions> options_from_json(std::string_view text) {
  TRY(json::value value, parse(text));
  if (!value.is_object()) return damaged();
  const json::object& object = value.get_object();
  ImportOptions options;
  if (!from_text(text_at(object, "merge"), options.merge)) return damaged();
  if (!from_text(text_at(object, "repeats"), options.repeats)) return damaged();
  if (object.contains("plan_type")) options.plan_type = text_at(object, "plan_type");
  options.month_first = flag_at(object, "month_first");
  options.header = flag_at(object, "header");
  std::string delimiter = text_at(object, "delimiter");
  if (!delimiter.empty()) options.delimiter = delimiter[0];
  return options;
}

std::string to_json(const std::vector<ImportColumn>& columns) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (const ImportColumn& column : columns) {
    writer.begin_object();
    writer.field("header", column.header);
    writer.key("field");
    if (column.field) {
      writer.value(to_text(*column.field));
    } else {
      writer.null();
    }
    writer.end_object();
  }
  writer.end_array();
  return out;
}

result<std::vector<ImportColumn>> columns_from_json(std::string_view text) {
  TRY(json::value value, parse(text));
  if (!value.is_array()) return damaged();
  std::vector<ImportColumn> columns;
  for (const json::value& item : value.get_array()) {
    if (!item.is_object()) return damaged();
    ImportColumn column{text_at(item.get_object(), "header"), std::nullopt};
    domain::ImportField field{};
    if (from_text(text_at(item.get_object(), "field"), field)) column.field = field;
    columns.push_back(std::move(column));
  }
  return columns;
}

namespace {

struct CountName {
  std::string_view name;
  std::int64_t ImportCounts::*member;
};
constexpr CountName kCounts[] = {
    {"lines", &ImportCounts::lines},       {"create", &ImportCounts::create},
    {"update", &ImportCounts::update},     {"skip", &ImportCounts::skip},
    {"error", &ImportCounts::error},       {"removed", &ImportCounts::removed},
    {"archived", &ImportCounts::archived}, {"restored", &ImportCounts::restored},
    {"kept", &ImportCounts::kept},
};

} // namespace

std::string to_json(const ImportCounts& counts) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  for (const CountName& count : kCounts) writer.field(count.name, counts.*count.member);
  writer.end_object();
  return out;
}

result<ImportCounts> counts_from_json(std::string_view text) {
  TRY(json::value value, parse(text));
  if (!value.is_object()) return damaged();
  ImportCounts counts;
  for (const CountName& count : kCounts) {
    const json::value* found = value.get_object().if_contains(count.name);
    if (found && found->is_int64()) counts.*count.member = found->get_int64();
  }
  return counts;
}

std::string to_json(const std::vector<LineProblem>& problems) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (const LineProblem& problem : problems) {
    writer.begin_object();
    writer.field("field", problem.field);
    writer.field("code", problem.code);
    writer.field("detail", problem.detail);
    writer.end_object();
  }
  writer.end_array();
  return out;
}

result<std::vector<LineProblem>> problems_from_json(std::string_view text) {
  TRY(json::value value, parse(text));
  if (!value.is_array()) return damaged();
  std::vector<LineProblem> problems;
  for (const json::value& item : value.get_array()) {
    if (!item.is_object()) return damaged();
    const json::object& object = item.get_object();
    problems.push_back({text_at(object, "field"), text_at(object, "code"), text_at(object, "detail")});
  }
  return problems;
}

std::string cells_to_json(const std::vector<std::string>& cells) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (const std::string& cell : cells) writer.value(cell);
  writer.end_array();
  return out;
}

result<std::vector<std::string>> cells_from_json(std::string_view text) {
  TRY(json::value value, parse(text));
  if (!value.is_array()) return damaged();
  std::vector<std::string> cells;
  for (const json::value& item : value.get_array()) {
    if (!item.is_string()) return damaged();
    cells.emplace_back(view(item.get_string()));
  }
  return cells;
}

domain::ColumnMapping mapping_of(const std::vector<ImportColumn>& columns) {
  domain::ColumnMapping mapping;
  for (const ImportColumn& column : columns) mapping.push_back(column.field);
  return mapping;
}

} // namespace renova::services

#include "api/import_views.hpp"

#include "domain/import_row.hpp"
#include "domain/money.hpp"

namespace renova::api {
namespace {

result<std::vector<ImportProblemView>> problems(const std::string& json) {
  TRY(auto stored, services::problems_from_json(json));
  std::vector<ImportProblemView> views;
  for (auto& problem : stored) views.push_back({problem.field, problem.code, problem.detail});
  return views;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

using Values = std::map<std::string, std::string>;

void put(Values& values, std::string_view name, const std::optional<std::string>& text) {
  if (text && !text->empty()) values.emplace(name, *text);
}

Values client_values(const services::ImportEntry& entry) {
  const domain::ImportRow& row = entry.row;
  Values values;
  put(values, "name", row.name);
  put(values, "phone", row.phone.digits);
  put(values, "email", row.email);
  put(values, "plan", row.plan);
  put(values, "plan_type", row.plan_type);
  if (row.price) put(values, "value", to_decimal(*row.price));
  if (row.due_on) put(values, "due_date", to_string(*row.due_on));
  if (row.status) put(values, "status", std::string(to_text(*row.status)));
  put(values, "tags", joined(row.tags));
  if (!entry.notes.empty()) put(values, "notes", entry.notes.front().text);
  return values;
}

Values template_values(const services::LegacyTemplate& entry) {
  Values values;
  put(values, "name", entry.name);
  put(values, "kind", std::string(to_text(entry.kind)));
  put(values, "plan_type", entry.plan_type);
  put(values, "body", entry.body);
  return values;
}

} // namespace

result<ImportSummary> summary_of(const storage::ImportRecord& record) {
  TRY(auto columns, services::columns_from_json(record.columns));
  TRY(auto options, services::options_from_json(record.options));
  TRY(auto counts, services::counts_from_json(record.counts));
  ImportSummary view;
  view.id = record.id;
  view.state = to_text(record.state);
  view.format = to_text(record.format);
  view.file_name = record.file_name;
  for (auto& column : columns) {
    std::optional<std::string> field;
    if (column.field) field = std::string(to_text(*column.field));
    view.columns.push_back({column.header, std::move(field)});
  }
  view.delimiter = record.delimiter;
  view.encoding = record.encoding;
  view.options = {std::string(to_text(options.merge)), std::string(to_text(options.repeats)),
                  options.plan_type, options.month_first, options.header};
  view.counts = {counts.lines,   counts.create,   counts.update,   counts.skip, counts.error,
                 counts.removed, counts.archived, counts.restored, counts.kept};
  view.created_by = record.actor;
  view.created_at = record.created_at;
  view.committed_at = record.committed_at;
  view.undone_at = record.undone_at;
  return view;
}

result<ImportLineView> line_view(const services::ImportContext& context,
                                 const storage::ImportLineRecord& line) {
  ImportLineView view;
  view.line = line.line;
  view.outcome = to_text(line.outcome);
  if (services::is_template_line(context, line.row_json)) {
    view.values =
        template_values(services::convert_legacy_template(services::template_of_line(line.row_json)));
  } else {
    view.values = client_values(services::read_import_line(context, line.row_json));
  }
  TRY(view.errors, problems(line.errors));
  TRY(view.warnings, problems(line.warnings));
  view.client_id = line.client_id;
  if (line.undo) view.undo = std::string(to_text(*line.undo));
  return view;
}

result<ImportView> view_import(storage::TenantTransaction& tx, ImportId id, Instant now) {
  TRY(storage::ImportRecord record, storage::import_store::get(tx, id));
  TRY(services::ImportContext context, services::load_import_context(tx, record, now));
  TRY(services::imports::Sample sample, services::imports::sample(tx, record));
  ImportView view;
  TRY(static_cast<ImportSummary&>(view), summary_of(record));
  for (FieldError& problem : sample.problems) {
    view.errors.push_back({problem.pointer, problem.code, problem.detail});
  }
  view.same_file = sample.same_file;
  for (const storage::ImportLineRecord& line : sample.lines) {
    TRY(ImportLineView shown, line_view(context, line));
    view.lines.push_back(std::move(shown));
  }
  return view;
}

} // namespace renova::api

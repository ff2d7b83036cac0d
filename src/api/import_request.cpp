#include "api/import_request.hpp"

#include "base/text.hpp"
#include "domain/text_rules.hpp"
#include "http/media_type.hpp"
#include "http/multipart.hpp"

#include <algorithm>
#include <array>

namespace renova::api {
namespace {

using services::imports::ColumnChoice;

// What browsers and spreadsheets call a CSV file.
constexpr std::array<std::string_view, 6> kCsvTypes{"text/csv",   "application/csv",
                                                    "text/plain", "application/vnd.ms-excel",
                                                    "text/x-csv", "application/octet-stream"};

result<std::optional<domain::ImportField>> field_of(const std::optional<std::string>& name,
                                                    std::string pointer) {
  if (!name || name->empty()) return std::optional<domain::ImportField>();
  domain::ImportField field{};
  if (!from_text(*name, field)) {
    return field_error(std::move(pointer), "unknown_value", "is not a field that can be imported");
  }
  return std::optional(field);
}

result<ColumnChoice> choice_of(const boost::json::value& name, std::string pointer) {
  if (!name.is_null() && !name.is_string()) {
    return field_error(std::move(pointer), "wrong_type", "must be the name of a field, or null");
  }
  std::optional<std::string> text;
  if (name.is_string()) text = std::string(name.get_string().data(), name.get_string().size());
  ColumnChoice choice;
  TRY(choice.field, field_of(text, std::move(pointer)));
  return choice;
}

// {"Nome":"name","Obs":null} or ["name",null].
result<std::vector<ColumnChoice>> parse_mapping(const std::string& text) {
  auto parsed = parse_json(text);
  if (parsed.has_error()) return field_error("mapping", "invalid_json", "is not JSON");
  std::vector<ColumnChoice> choices;
  if (parsed->is_object()) {
    for (const auto& member : parsed->get_object()) {
      TRY(ColumnChoice choice, choice_of(member.value(), "mapping"));
      choice.header = std::string(member.key().data(), member.key().size());
      choices.push_back(std::move(choice));
    }
  } else if (parsed->is_array()) {
    for (std::size_t i = 0; i < parsed->get_array().size(); ++i) {
      TRY(ColumnChoice choice, choice_of(parsed->get_array()[i], "mapping/" + std::to_string(i)));
      choice.position = i;
      choices.push_back(std::move(choice));
    }
  } else {
    return field_error("mapping", "wrong_type", "must be an object or a list");
  }
  return choices;
}

result<std::optional<std::string>> plan_type_of(const std::optional<std::string>& text, std::string pointer) {
  if (!text || text->empty()) return std::optional<std::string>();
  auto type = domain::parse_plan_type(*text);
  if (type.has_error()) return field_error(std::move(pointer), "invalid_plan_type", type.error().detail);
  return std::optional(std::move(*type));
}

result<std::optional<char>> delimiter_of(const std::optional<std::string>& text) {
  if (!text || text->empty()) return std::optional<char>();
  if (*text == "tab") return std::optional('\t');
  if (text->size() == 1 && std::string_view(";,\t|").find(text->front()) != std::string_view::npos) {
    return std::optional(text->front());
  }
  return field_error("delimiter", "unknown_value", "must be ; , | or tab");
}

result<void> take(const ImportParameters& from, services::imports::Upload& upload) {
  services::ImportOptions& options = upload.options;
  if (from.format) upload.format = *from.format;
  if (from.file_name) upload.file_name = *from.file_name;
  if (from.mapping) {
    TRY(upload.mapping, parse_mapping(*from.mapping));
  }
  options.merge = from.merge.value_or(options.merge);
  options.repeats = from.duplicates.value_or(options.repeats);
  TRY(options.plan_type, plan_type_of(from.plan_type, "plan_type"));
  options.month_first = from.month_first.value_or(options.month_first);
  options.header = from.header.value_or(options.header);
  TRY(options.delimiter, delimiter_of(from.delimiter));
  return {};
}

domain::ImportFormat guess_format(std::string_view name, std::string_view bytes) {
  std::string_view text = bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
  std::size_t first = text.find_first_not_of(" \t\r\n");
  bool bracket = first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  bool json = to_lower(name).ends_with(".json") || (bracket && !to_lower(name).ends_with(".csv"));
  return json ? domain::ImportFormat::legacy : domain::ImportFormat::csv;
}

// The options among the parts, and the file.
result<ImportRequest> read_form(const Call& call, QueryPairs pairs) {
  TRY(auto parts, http::parse_multipart(call.request().headers.get("Content-Type"), call.request().body));
  const http::FormPart* file = http::find_part(parts, "file");
  for (const http::FormPart& part : parts) {
    if (!file && part.filename) file = &part;
  }
  if (!file) return field_error("/file", "required", "the form has no file");
  for (const http::FormPart& part : parts) {
    if (&part == file) continue;
    pairs.push_back({part.name, std::string(part.content)});
  }
  TRY(ImportParameters parameters, decode_query<ImportParameters>(pairs));
  ImportRequest request;
  request.upload.bytes = file->content;
  request.upload.file_name = file->filename.value_or("");
  request.upload.format = guess_format(request.upload.file_name, file->content);
  TRY_DO(take(parameters, request.upload));
  return request;
}

} // namespace

result<ImportRequest> read_import_request(const Call& call) {
  TRY(QueryPairs pairs, parse_query(call.request().query));
  std::string_view content_type = call.request().headers.get("Content-Type");
  auto type = http::parse_media_type(content_type);
  std::string essence = type.has_value() ? type->essence : std::string();
  if (essence == "multipart/form-data") return read_form(call, std::move(pairs));
  bool csv = std::find(kCsvTypes.begin(), kCsvTypes.end(), essence) != kCsvTypes.end();
  if (!csv && essence != "application/json") {
    return Error(ErrorCode::unsupported_media_type, "send multipart/form-data, text/csv or application/json");
  }
  TRY(ImportParameters parameters, decode_query<ImportParameters>(pairs));
  ImportRequest request;
  request.upload.bytes = call.request().body;
  request.upload.format = csv ? domain::ImportFormat::csv : domain::ImportFormat::legacy;
  TRY_DO(take(parameters, request.upload));
  return request;
}

result<std::vector<ColumnChoice>> mapping_of(const ImportChange& change) {
  std::vector<ColumnChoice> choices;
  if (change.columns) {
    for (std::size_t i = 0; i < change.columns->size(); ++i) {
      ColumnChoice choice;
      choice.position = i;
      TRY(choice.field, field_of((*change.columns)[i].field, "/columns/" + std::to_string(i) + "/field"));
      choices.push_back(std::move(choice));
    }
  }
  if (change.mapping) {
    for (const auto& [header, name] : *change.mapping) {
      ColumnChoice choice;
      choice.header = header;
      TRY(choice.field, field_of(name, "/mapping/" + domain::escape_pointer(header)));
      choices.push_back(std::move(choice));
    }
  }
  return choices;
}

result<services::ImportOptions> changed_options(const ImportChange& change, services::ImportOptions options) {
  options.merge = change.merge.value_or(options.merge);
  options.repeats = change.duplicates.value_or(options.repeats);
  options.month_first = change.month_first.value_or(options.month_first);
  if (change.plan_type.present) {
    TRY(options.plan_type, plan_type_of(change.plan_type.value, "/plan_type"));
  }
  return options;
}

} // namespace renova::api

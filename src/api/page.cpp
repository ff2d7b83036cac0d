#include "api/page.hpp"

#include "base/crypto.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace renova::api {

namespace json = boost::json;

std::string Cursor::encode() const {
  std::string text;
  JsonWriter writer(text);
  writer.begin_array();
  writer.value(sort);
  writer.value(to_string(id));
  for (const Value& value : values) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      writer.value(*number);
    } else if (const auto* string = std::get_if<std::string>(&value)) {
      writer.value(*string);
    } else {
      writer.null();
    }
  }
  writer.end_array();
  return to_base64url(text);
}

result<Cursor> Cursor::decode(std::string_view text) {
  const Error malformed(ErrorCode::malformed, "the cursor is not one that this list gave");
  if (text.size() > kCursorMax) return malformed;
  auto bytes = from_base64url(text);
  if (bytes.has_error()) return malformed;
  auto parsed = parse_json(*bytes);
  if (parsed.has_error() || !parsed->is_array()) return malformed;
  const json::array& parts = parsed->get_array();
  if (parts.size() < 2 || parts.size() > 6 || !parts[0].is_string() || !parts[1].is_string())
    return malformed;
  auto id = parse_uuid(std::string_view(parts[1].get_string()));
  if (id.has_error()) return malformed;
  Cursor cursor;
  cursor.sort = std::string(parts[0].get_string());
  cursor.id = *id;
  for (std::size_t i = 2; i < parts.size(); ++i) {
    if (parts[i].is_int64()) {
      cursor.values.emplace_back(parts[i].get_int64());
    } else if (parts[i].is_string()) {
      cursor.values.emplace_back(std::string(parts[i].get_string()));
    } else if (parts[i].is_null()) {
      cursor.values.emplace_back(std::monostate{});
    } else {
      return malformed;
    }
  }
  return cursor;
}

result<Paging> paging(const PageQuery& query, std::initializer_list<std::string_view> sortable,
                      std::string_view default_sort) {
  std::vector<FieldError> errors;
  Paging page;
  if (query.limit) {
    if (*query.limit < 1 || *query.limit > kPageMax) {
      errors.push_back({"limit", "out_of_range", "must be 1 to " + std::to_string(kPageMax)});
    } else {
      page.limit = static_cast<int>(*query.limit);
    }
  }
  page.sort = query.sort.value_or(std::string(default_sort));
  page.descending = page.sort.starts_with('-');
  page.sort_field = page.descending ? page.sort.substr(1) : page.sort;
  if (query.sort && std::find(sortable.begin(), sortable.end(), page.sort_field) == sortable.end()) {
    errors.push_back({"sort", "unknown_value", "this list cannot be sorted by that"});
  }
  page.with_total = query.with_total.value_or(false);
  if (!errors.empty())
    return Error(ErrorCode::validation_failed, "some parameters are not valid", std::move(errors));
  if (query.cursor) {
    TRY(Cursor cursor, Cursor::decode(*query.cursor));
    if (cursor.sort != page.sort)
      return Error(ErrorCode::malformed, "the cursor belongs to another sort order");
    page.after = std::move(cursor);
  }
  return page;
}

} // namespace renova::api

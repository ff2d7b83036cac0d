// Lists: limit, opaque cursor, sort, and the page that goes out.
#pragma once

#include "api/json_map.hpp"
#include "base/id.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace renova::api {

inline constexpr int kPageDefault = 20;
inline constexpr int kPageMax = 100;
inline constexpr std::size_t kCursorMax = 1024; // characters

// The query parameters of every list; a list's own query struct inherits it (BOOST_DESCRIBE_STRUCT(Q,
// (PageQuery), …)).
struct PageQuery {
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
  std::optional<std::string> sort;
  std::optional<bool> with_total;
};
BOOST_DESCRIBE_STRUCT(PageQuery, (), (limit, cursor, sort, with_total))

// The place after which a page begins: the sort values of the last row of the page before, and its id.
struct Cursor {
  using Value = std::variant<std::monostate, std::int64_t, std::string>;
  std::string sort; // as in the query: "name" or "-name"
  std::vector<Value> values;
  Uuid id{};

  std::string encode() const; // base64url
  // Error: malformed.
  static result<Cursor> decode(std::string_view text);
};

struct Paging {
  int limit = kPageDefault;
  std::string sort;       // as in the query: "-name"
  std::string sort_field; // "name"
  bool descending = false;
  bool with_total = false;
  std::optional<Cursor> after;
};

// Checks the parameters of a list that can be sorted by `sortable`; `default_sort` may begin with '-'.
// Errors: validation_failed (limit, sort), malformed (a cursor that is not ours or belongs to another sort).
result<Paging> paging(const PageQuery& query, std::initializer_list<std::string_view> sortable,
                      std::string_view default_sort);

// {"data":[…],"next_cursor":…} and "total" when it was asked for.
template <class T>
struct Page {
  std::vector<T> data;
  std::optional<std::string> next_cursor;
  std::optional<std::int64_t> total;
};

template <class T>
struct Encode<Page<T>> {
  static void to(JsonWriter& writer, const Page<T>& page) {
    writer.begin_object();
    writer.key("data");
    Encode<std::vector<T>>::to(writer, page.data);
    writer.key("next_cursor");
    Encode<std::optional<std::string>>::to(writer, page.next_cursor);
    if (page.total) writer.field("total", *page.total);
    writer.end_object();
  }
};
template <class T>
struct Schema<Page<T>> {
  static boost::json::object of(SchemaBook& book) {
    boost::json::object properties;
    properties["data"] = Schema<std::vector<T>>::of(book);
    properties["next_cursor"] = nullable(Schema<std::string>::of(book));
    properties["total"] = Schema<std::int64_t>::of(book);
    return {{"type", "object"}, {"required", {"data", "next_cursor"}}, {"properties", std::move(properties)}};
  }
};

} // namespace renova::api

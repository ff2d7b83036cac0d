// What the lists of this folder share: reading a cursor's sort value, and cutting a page from one row too
// many.
#pragma once

#include "api/page.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace renova::api {

// The sort value of a cursor as a number or a text. Error: malformed, for a cursor that does not hold one.
inline result<std::int64_t> cursor_number(const Cursor& cursor) {
  if (cursor.values.size() == 1) {
    if (const auto* number = std::get_if<std::int64_t>(&cursor.values[0])) return *number;
  }
  return Error(ErrorCode::malformed, "the cursor is not one that this list gave");
}
inline result<std::string> cursor_text(const Cursor& cursor) {
  if (cursor.values.size() == 1) {
    if (const auto* text = std::get_if<std::string>(&cursor.values[0])) return *text;
  }
  return Error(ErrorCode::malformed, "the cursor is not one that this list gave");
}

// A page of `rows`, of which one more than the limit was read: that one only says that there is a next page.
// `key` gives a row's sort value, `view` what is shown of it.
template <class View, class Row, class Key, class ToView>
Page<View> cut_page(const Paging& paging, std::vector<Row> rows, Key key, ToView view) {
  Page<View> page;
  auto limit = static_cast<std::size_t>(paging.limit);
  if (rows.size() > limit) {
    const Row& last = rows[limit - 1];
    page.next_cursor = Cursor{paging.sort, {key(last)}, last.id.uuid()}.encode();
    rows.resize(limit);
  }
  page.data.reserve(rows.size());
  for (auto& row : rows) page.data.push_back(view(row));
  return page;
}

} // namespace renova::api

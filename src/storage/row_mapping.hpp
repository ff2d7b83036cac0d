// Rows as described structs: column n is member n, and has its name (checked once for each statement and
// type).
#pragma once

#include "storage/value.hpp"

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <cassert>
#include <stdexcept>

namespace renova::storage {

inline void read_column(const Row& row, int column, std::string& out) { out = row.text(column); }
inline void read_column(const Row& row, int column, Instant& out) { out = Instant{row.integer(column)}; }
inline void read_column(const Row& row, int column, Date& out) {
  out = Date{static_cast<std::int32_t>(row.integer(column))};
}
inline void read_column(const Row& row, int column, Bytes& out) {
  auto bytes = row.bytes(column);
  out.assign(bytes.begin(), bytes.end());
}
template <class Tag>
void read_column(const Row& row, int column, Id<Tag>& out) {
  out = row.is_null(column) ? Id<Tag>() : Id<Tag>(row.uuid(column));
}
template <class Integer>
requires std::is_integral_v<Integer>
void read_column(const Row& row, int column, Integer& out) {
  out = static_cast<Integer>(row.integer(column));
}
// Enumerations: `bool from_text(std::string_view, Enum&)` is found by argument-dependent look-up. The CHECK
// constraints keep other texts out of the database, so one that is met means a newer schema or a damaged
// file.
template <class Enum>
requires std::is_enum_v<Enum>
void read_column(const Row& row, int column, Enum& out) {
  if (!from_text(row.text(column), out))
    throw std::runtime_error("unknown value in column " + std::string(row.column_name(column)));
}
template <class T>
void read_column(const Row& row, int column, std::optional<T>& out) {
  if (row.is_null(column)) {
    out.reset();
  } else {
    read_column(row, column, out.emplace());
  }
}

// A described struct from the row's columns, or a single value from a row of one column.
template <class T>
T read_row(const Row& row) {
  T value{};
  if constexpr (boost::describe::has_describe_members<T>::value) {
    using Members = boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                             boost::describe::mod_inherited>;
    if (row.columns() != static_cast<int>(boost::mp11::mp_size<Members>::value)) {
      throw std::logic_error("a statement has other columns than the struct that reads it");
    }
    int column = 0;
    boost::mp11::mp_for_each<Members>([&](auto member) {
      assert(row.column_name(column) == member.name);
      read_column(row, column++, value.*member.pointer);
    });
  } else {
    read_column(row, 0, value);
  }
  return value;
}

} // namespace renova::storage

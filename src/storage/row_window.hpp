// Some columns of a row, seen as a row of their own: for joins that read two structs.
#pragma once

#include "storage/row_mapping.hpp"

namespace renova::storage {

class RowWindow final : public Row {
 public:
  // `count` columns of `row` from `first` on. `row` must outlive this.
  RowWindow(const Row& row, int first, int count) : row_(row), first_(first), count_(count) {}

  int columns() const override { return count_; }
  std::string_view column_name(int column) const override { return row_.column_name(first_ + column); }
  bool is_null(int column) const override { return row_.is_null(first_ + column); }
  std::int64_t integer(int column) const override { return row_.integer(first_ + column); }
  std::string_view text(int column) const override { return row_.text(first_ + column); }
  std::span<const std::uint8_t> bytes(int column) const override { return row_.bytes(first_ + column); }
  Uuid uuid(int column) const override { return row_.uuid(first_ + column); }

 private:
  const Row& row_;
  int first_;
  int count_;
};

} // namespace renova::storage

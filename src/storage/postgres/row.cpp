#include "storage/postgres/row.hpp"

#include <algorithm>
#include <stdexcept>

namespace renova::storage {

namespace {

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t number = 0;
  for (std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

std::int16_t int16_at(std::span<const std::uint8_t> bytes, std::size_t place) {
  return static_cast<std::int16_t>(big_endian(bytes.subspan(place, 2)));
}

// numeric_send(): number of digits, weight of the first, sign, scale, then digits of base 10,000.
std::int64_t numeric_to_integer(std::span<const std::uint8_t> raw) {
  constexpr std::int64_t kBase = 10'000;
  constexpr std::int16_t kNegative = 0x4000;
  int digits = int16_at(raw, 0);
  int weight = int16_at(raw, 2);
  std::int16_t sign = int16_at(raw, 4);
  bool fits = sign == 0 || sign == kNegative;
  std::int64_t number = 0; // built up negative, which has the larger range
  for (int i = 0; fits && i <= std::max(weight, digits - 1); ++i) {
    std::int64_t digit = i < digits ? int16_at(raw, 8 + 2 * static_cast<std::size_t>(i)) : 0;
    if (i > weight) {
      fits = digit == 0;
    } else {
      fits =
          !__builtin_mul_overflow(number, kBase, &number) && !__builtin_sub_overflow(number, digit, &number);
    }
  }
  if (fits && sign != kNegative) fits = !__builtin_sub_overflow(std::int64_t{0}, number, &number);
  if (!fits) throw std::logic_error("a numeric column is no 64-bit integer");
  return number;
}

} // namespace

std::span<const std::uint8_t> PostgresRow::raw(int column) const {
  if (is_null(column)) wrong_type(column);
  return {reinterpret_cast<const std::uint8_t*>(PQgetvalue(result_, row_, column)),
          static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

void PostgresRow::wrong_type(int column) const {
  throw std::logic_error("column " + std::string(column_name(column)) +
                         " has another type than it is read as");
}

std::int64_t PostgresRow::integer(int column) const {
  std::span<const std::uint8_t> bytes = raw(column);
  switch (PQftype(result_, column)) {
    case kOidInt8:
      return static_cast<std::int64_t>(big_endian(bytes));
    case kOidInt4:
      return static_cast<std::int32_t>(big_endian(bytes));
    case kOidInt2:
      return static_cast<std::int16_t>(big_endian(bytes));
    case kOidBool:
      return bytes[0];
    case kOidNumeric:
      return numeric_to_integer(bytes);
    default:
      wrong_type(column);
  }
}

std::string_view PostgresRow::text(int column) const {
  std::span<const std::uint8_t> bytes = raw(column);
  switch (PQftype(result_, column)) {
    case kOidText:
    case kOidVarchar:
    case kOidName:
    case kOidUnknown:
      return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    default:
      wrong_type(column);
  }
}

std::span<const std::uint8_t> PostgresRow::bytes(int column) const {
  if (PQftype(result_, column) != kOidBytea) wrong_type(column);
  return raw(column);
}

Uuid PostgresRow::uuid(int column) const {
  Uuid uuid;
  if (PQftype(result_, column) != kOidUuid) wrong_type(column);
  std::span<const std::uint8_t> bytes = raw(column);
  std::copy_n(bytes.begin(), uuid.size(), uuid.begin());
  return uuid;
}

} // namespace renova::storage

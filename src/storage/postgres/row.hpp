// A row of a result in PostgreSQL's binary format.
#pragma once

#include "storage/value.hpp"

#include <libpq-fe.h>

namespace renova::storage {

// Type OIDs (pg_type.dat): fixed for ever.
inline constexpr Oid kOidBool = 16;
inline constexpr Oid kOidBytea = 17;
inline constexpr Oid kOidName = 19;
inline constexpr Oid kOidInt8 = 20;
inline constexpr Oid kOidInt2 = 21;
inline constexpr Oid kOidInt4 = 23;
inline constexpr Oid kOidText = 25;
inline constexpr Oid kOidUnknown = 705;
inline constexpr Oid kOidVarchar = 1043;
inline constexpr Oid kOidNumeric = 1700;
inline constexpr Oid kOidUuid = 2950;

class PostgresRow final : public Row {
 public:
  PostgresRow(const PGresult* result, int row) : result_(result), row_(row) {}

  int columns() const override { return PQnfields(result_); }
  std::string_view column_name(int column) const override { return PQfname(result_, column); }
  bool is_null(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
  // int2, int4, int8, bool, and numeric without a fraction: sum() of int8 is one.
  std::int64_t integer(int column) const override;
  std::string_view text(int column) const override;
  std::span<const std::uint8_t> bytes(int column) const override;
  Uuid uuid(int column) const override;

 private:
  std::span<const std::uint8_t> raw(int column) const;
  [[noreturn]] void wrong_type(int column) const;

  const PGresult* result_;
  int row_;
};

} // namespace renova::storage

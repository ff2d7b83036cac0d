// A named SQL statement, as tools/embed_sql.py makes it from queries/*.sql.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace renova::storage {

// `:name` parameters are numbered in order of first appearance; both texts use the same numbers.
struct Statement {
  std::uint32_t index;       // unique; the key of a connection's cache of prepared statements
  std::string_view name;     // "client_get": for logs, metrics and fault hooks
  std::string_view sqlite;   // with ?1, ?2, …
  std::string_view postgres; // with $1, $2, …
  std::span<const std::string_view> parameters; // without the colon; parameters[0] belongs to ?1
  bool ignores_extra = false; // a family's form: bound parameters that it does not use are fine
};

// A statement whose every table access is bound to :tenant_id; only a TenantTransaction runs it.
struct TenantStatement : Statement {};

// A statement that works across tenants or on tables without one; only the bare Transaction runs it.
struct SystemStatement : Statement {};

} // namespace renova::storage

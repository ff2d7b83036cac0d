#include "storage/database.hpp"

#include "storage/postgres/database.hpp"
#include "storage/sqlite/database.hpp"

namespace renova::storage {

namespace sql {
extern const std::span<const Migration> migrations;
}

std::span<const Migration> program_migrations() { return sql::migrations; }

result<std::unique_ptr<Database>> Database::open(DatabaseOptions options) {
  std::string_view url = options.url;
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return PostgresDatabase::open(std::move(options));
  }
  constexpr std::string_view kScheme = "sqlite:";
  if (url.starts_with(kScheme)) {
    std::string_view path = url.substr(kScheme.size());
    if (path.starts_with("///")) path.remove_prefix(2);
    if (!path.empty() && !path.starts_with("//"))
      return SqliteDatabase::open(std::string(path), std::move(options));
  }
  return Error(
      ErrorCode::unavailable,
      "the database URL must be sqlite:FILE, sqlite:///ABSOLUTE/FILE or postgresql://USER@HOST/NAME");
}

} // namespace renova::storage

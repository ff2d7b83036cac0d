#pragma once
#include "storage/database.hpp"
namespace renova::storage {
class PostgresDatabase {
 public:
  static result<std::unique_ptr<Database>> open(DatabaseOptions) {
    return Error(ErrorCode::unavailable, "PostgreSQL comes later");
  }
};
} // namespace renova::storage

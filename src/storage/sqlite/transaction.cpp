#include "storage/sqlite/transaction.hpp"

namespace renova::storage {

result<void> SqliteTransaction::run_savepoint(Savepoint step, int depth) {
  std::string name = "nested_" + std::to_string(depth);
  switch (step) {
    case Savepoint::begin:
      return connection_.script("SAVEPOINT " + name);
    case Savepoint::release:
      return connection_.script("RELEASE " + name);
    case Savepoint::rollback:
      break;
  }
  // SQLite has undone everything by itself after some errors (disk full): then there is nothing left to go on
  // with.
  if (!connection_.in_transaction()) return Error(ErrorCode::unavailable, "the transaction is gone");
  return connection_.script("ROLLBACK TO " + name + "; RELEASE " + name);
}

} // namespace renova::storage

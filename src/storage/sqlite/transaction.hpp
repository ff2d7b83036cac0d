// A unit of work on a SQLite connection; whoever makes one begins and ends the transaction around it.
#pragma once

#include "storage/sqlite/connection.hpp"

namespace renova::storage {

class SqliteTransaction final : public EngineTransaction {
 public:
  SqliteTransaction(SqliteConnection& connection, const FaultHooks& faults)
      : EngineTransaction(faults), connection_(connection) {}

  Engine engine() const override { return Engine::sqlite; }

 private:
  result<std::int64_t> run_bound(const Statement& statement, const TenantId*, const Bindings& bindings,
                                 const OnRow& on_row) override {
    return connection_.run(statement, bindings, on_row);
  }
  result<void> run_savepoint(Savepoint step, int depth) override;

  SqliteConnection& connection_;
};

} // namespace renova::storage

// A unit of work on a PostgreSQL connection: begins with its first statement, in the same round trip, and
// tells row-level security for whom each statement runs.
#pragma once

#include "storage/postgres/connection.hpp"

namespace renova::storage {

class PostgresTransaction final : public EngineTransaction {
 public:
  enum class Mode { read, write };
  PostgresTransaction(PostgresConnection& connection, Mode mode, const FaultHooks& faults)
      : EngineTransaction(faults), connection_(connection), mode_(mode) {}

  Engine engine() const override { return Engine::postgres; }

  bool begun() const { return begun_; }
  // The server asked to run the whole unit again, whatever the unit made of it.
  bool must_restart() const { return restart_; }
  // Of a transaction that has written, else empty: the key by which an unanswered COMMIT is looked up.
  const std::string& transaction_id() const { return transaction_id_; }

  // Asks for the commit and waits. After connection.lost() the outcome is unknown.
  result<void> commit();
  void rollback();

 private:
  struct Setting {
    bool system = false;
    std::optional<TenantId> tenant;
    friend bool operator==(const Setting&, const Setting&) = default;
  };

  result<std::int64_t> run_bound(const Statement& statement, const TenantId* tenant, const Bindings& bindings,
                                 const OnRow& on_row) override;
  result<void> run_savepoint(Savepoint step, int depth) override;
  void queue_begin();
  void queue_setting(const TenantId* tenant);
  PostgresConnection::Answers run_queued();

  PostgresConnection& connection_;
  Mode mode_;
  bool begun_ = false;
  bool restart_ = false;
  std::string transaction_id_;
  Setting setting_;
  std::vector<Setting> outer_settings_; // as they were when each open savepoint began
};

} // namespace renova::storage

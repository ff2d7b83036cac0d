// The one door to SQL. A unit of work is a function over a Transaction; the engine behind it is SQLite or
// PostgreSQL.
//
//   database.write([=](Transaction& tx) { return services::renew(tx.tenant(scope), now, command); }, done);
//
// Units of work are synchronous and may run more than once (PostgreSQL repeats them after a serialization
// failure), so they must not touch anything but the transaction and what they own; what must happen once goes
// into after_commit().
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "storage/row_mapping.hpp"
#include "storage/statement.hpp"
#include "storage/value.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace renova::storage {

enum class Engine { sqlite, postgres };

// Proof that the caller may act inside one tenant. Whoever makes one says why it may:
// api/guard after authentication, messaging for a row it has claimed, app for a command line.
class TenantScope {
 public:
  explicit TenantScope(TenantId tenant) : tenant_(tenant) {}
  TenantId tenant() const { return tenant_; }
  friend bool operator==(const TenantScope&, const TenantScope&) = default;

 private:
  TenantId tenant_;
};

class TenantTransaction;

// What a unit of work can do with any engine. Errors: unavailable (busy, connection lost), storage_full,
// conflict (a UNIQUE key; `about` holds the constraint's name), validation_failed (a CHECK or foreign key),
// internal.
class Transaction {
 public:
  virtual ~Transaction() = default;

  using OnRow = std::function<void(const Row&)>;

  // Runs a statement to its end; the number of rows changed, or read when there is an `on_row`.
  result<std::int64_t> run(const SystemStatement& statement, Parameters parameters,
                           const OnRow& on_row = {}) {
    return execute(statement, nullptr, {parameters.begin(), parameters.end()}, on_row);
  }
  template <class T>
  result<std::vector<T>> all(const SystemStatement& statement, Parameters parameters);
  template <class T>
  result<std::optional<T>> first(const SystemStatement& statement, Parameters parameters);

  // The same transaction seen by one tenant. On PostgreSQL it also sets app.tenant_id for row-level security.
  TenantTransaction tenant(TenantScope scope);

  // Calls `action` once, on an unspecified thread, after this unit of work is durable; never if it is rolled
  // back.
  virtual void after_commit(std::function<void()> action) = 0;

  virtual Engine engine() const = 0;

 protected:
  friend class TenantTransaction;
  // `tenant` is bound to :tenant_id when given.
  virtual result<std::int64_t> execute(const Statement& statement, const TenantId* tenant,
                                       std::span<const Parameter> parameters, const OnRow& on_row) = 0;
};

class TenantTransaction {
 public:
  TenantTransaction(Transaction& transaction, TenantScope scope)
      : transaction_(&transaction), scope_(scope) {}

  TenantId tenant() const { return scope_.tenant(); }
  TenantScope scope() const { return scope_; }
  Engine engine() const { return transaction_->engine(); }
  Transaction& system() { return *transaction_; }

  // As Transaction's, with :tenant_id bound to this tenant.
  result<std::int64_t> run(const TenantStatement& statement, Parameters parameters,
                           const Transaction::OnRow& on_row = {}) {
    TenantId tenant = scope_.tenant();
    return transaction_->execute(statement, &tenant, {parameters.begin(), parameters.end()}, on_row);
  }
  template <class T>
  result<std::vector<T>> all(const TenantStatement& statement, Parameters parameters) {
    std::vector<T> rows;
    TRY_DO(run(statement, parameters, [&](const Row& row) { rows.push_back(read_row<T>(row)); }));
    return rows;
  }
  // The first row, or none.
  template <class T>
  result<std::optional<T>> first(const TenantStatement& statement, Parameters parameters) {
    std::optional<T> found;
    TRY_DO(run(statement, parameters, [&](const Row& row) {
      if (!found) found = read_row<T>(row);
    }));
    return found;
  }
  void after_commit(std::function<void()> action) { transaction_->after_commit(std::move(action)); }

 private:
  Transaction* transaction_;
  TenantScope scope_;
};

// Where a test makes the storage fail. All are called on the thread that runs the statement.
struct FaultHooks {
  // An error makes the statement fail with it, before it reaches the engine.
  std::function<std::optional<Error>(const Statement&)> before_statement;
  // An error makes the commit of a unit of work fail (and everything that shares its group commit).
  std::function<std::optional<Error>()> before_commit;
};

struct DatabaseOptions {
  // sqlite:renova.db · sqlite:///var/lib/renova/renova.db · postgresql://user@host:5432/name
  std::string url;
  int readers = 2;              // SQLite: background readers for scans. PostgreSQL: connections of the pool.
  int write_queue_max = 10'000; // waiting units of work; more are refused as unavailable
  FaultHooks faults;
};

class Database {
 public:
  // Opens (and for SQLite creates) the database; does not migrate. Error: unavailable with what to do about
  // it.
  static result<std::unique_ptr<Database>> open(DatabaseOptions options);
  virtual ~Database() = default; // waits for work under way

  using Work = std::function<result<void>(Transaction&)>;
  using Done = std::function<void(result<void>)>;

  // How much a read costs. A point read (a key, one page) may run on the calling thread; a scan never does.
  enum class Cost { point, scan };

  // Runs `work` in a read-only snapshot, then `done`: before returning (SQLite, point) or on another thread.
  virtual void read(Cost cost, Work work, Done done) = 0;

  // Runs `work` in a transaction that is committed when it succeeds and undone when it fails; `done` is
  // called on another thread once the outcome is durable. SQLite: many units share one fsync, each under its
  // own savepoint.
  virtual void write(Work work, Done done) = 0;

  // The same, for threads that may wait: tests, the command line, background work. F:
  // result<T>(Transaction&). Never call these from inside a unit of work or its `done`.
  template <class F>
  std::invoke_result_t<F, Transaction&> read_now(F work) {
    return wait<F>(std::move(work), [this](Work w, Done d) { read(Cost::scan, std::move(w), std::move(d)); });
  }
  template <class F>
  std::invoke_result_t<F, Transaction&> write_now(F work) {
    return wait<F>(std::move(work), [this](Work w, Done d) { write(std::move(w), std::move(d)); });
  }

  // Brings the schema up to this program's version under a lock that holds for all processes.
  // Errors: unavailable; internal when the schema is newer than the program or a migration fails (nothing
  // changed).
  virtual result<void> migrate() = 0;

  struct MigrationStatus {
    int applied = 0;   // highest number in the database
    int available = 0; // highest number in this program
  };
  virtual result<MigrationStatus> migration_status() = 0;

  virtual Engine engine() const = 0;

 private:
  template <class F, class Start>
  static std::invoke_result_t<F, Transaction&> wait(F work, Start start);
};

} // namespace renova::storage

#include "storage/database_inline.hpp"

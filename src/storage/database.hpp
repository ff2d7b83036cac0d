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
#include "storage/migration.hpp"
#include "storage/row_mapping.hpp"
#include "storage/statement.hpp"
#include "storage/value.hpp"

#include <chrono>
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
// conflict (a UNIQUE key; `about` holds the name of its index), validation_failed (a CHECK, a foreign key,
// text that is not UTF-8 or holds U+0000; `about` holds the constraint's name where the engine tells it),
// internal.
//
// After a statement has failed every further one fails with the same error, and so does the unit of work,
// whatever it returns (PostgreSQL works like this; SQLite is held to it). Only a savepoint can fail without
// the rest.
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

  // Runs `work` under a savepoint: when it fails (its error is returned), what it did is undone and the
  // transaction goes on.
  virtual result<void> savepoint(const std::function<result<void>()>& work) = 0;

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
  result<void> savepoint(const std::function<result<void>()>& work) { return transaction_->savepoint(work); }
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

// What one commit looked like: for the histograms.
struct CommitReport {
  std::size_t units = 0;   // units of work that share the commit
  std::size_t waiting = 0; // units of work still in the queue
  Duration work{};         // running the statements
  Duration commit{};       // from COMMIT to its answer: the fsync
  bool committed = false;
};

struct DatabaseOptions {
  // sqlite:renova.db · sqlite:///var/lib/renova/renova.db · postgresql://user@host:5432/name
  std::string url;
  int readers = 2;              // SQLite: background threads for scans
  int connections = 8;          // PostgreSQL: size of the pool
  int write_queue_max = 10'000; // units of work that wait or run; more are refused as unavailable
  int read_queue_max = 10'000;  // the same for reads that run in the background
  // SQLite: how long to wait for another process that has the file open (it may be on its way out).
  std::chrono::milliseconds lock_wait{0};
  std::chrono::milliseconds statement_timeout{60'000}; // PostgreSQL: longer statements fail as unavailable
  // PostgreSQL: how long one unit of work may be repeated, and a commit of unknown outcome be looked up.
  std::chrono::milliseconds retry_window{10'000};
  // PostgreSQL: after so long without an answer the server is asked on another connection whether it still
  // works on it.
  std::chrono::milliseconds probe_after{5'000};
  std::span<const Migration> migrations = program_migrations();
  // Called on the thread that committed; must be quick.
  std::function<void(const CommitReport&)> on_commit;
  // SQLite: the disk failed to make data durable, or the file is damaged. Every later write is refused; the
  // program should end and be started again. Called once.
  std::function<void(const std::string& reason)> on_fatal;
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
  // own savepoint; `done` runs on a completion thread. PostgreSQL: on the connection's thread. It should only
  // hand over the result. When the outcome of a commit cannot be known (connection lost, server away for the
  // whole retry window) the error is unavailable with about == kOutcomeUnknown: neither report it as done nor
  // repeat it blindly.
  virtual void write(Work work, Done done) = 0;
  static constexpr std::string_view kOutcomeUnknown = "outcome_unknown";

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

  // A consistent copy of the whole database in the new file `path`, made while reads and writes go on.
  // Errors: unavailable, storage_full, internal. SQLite only: for PostgreSQL use its own tools; there it is
  // the error forbidden.
  virtual result<void> copy_to(const std::string& path) = 0;

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

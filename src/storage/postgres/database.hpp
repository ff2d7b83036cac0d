// PostgreSQL behind the Database interface: a pool of connections, each with a thread of its own, fed from
// one queue.
#pragma once

#include "storage/migration_plan.hpp"
#include "storage/postgres/transaction.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

namespace renova::storage {

class PostgresDatabase final : public Database {
 public:
  static result<std::unique_ptr<Database>> open(DatabaseOptions options);
  ~PostgresDatabase() override;

  void read(Cost cost, Work work, Done done) override;
  void write(Work work, Done done) override;
  result<void> migrate() override;
  result<void> copy_to(const std::string& path) override;
  result<MigrationStatus> migration_status() override;
  Engine engine() const override { return Engine::postgres; }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Unit {
    Work work;
    Done done;
    PostgresTransaction::Mode mode;
    SteadyTime deadline; // no more repetitions after this
  };
  // What a thread of the pool works with.
  struct Worker {
    std::unique_ptr<PostgresConnection> connection;
    int generation = 0; // of the schema, when it connected
    std::minstd_rand random{std::random_device{}()};
  };
  enum class Verdict { finished, repeat };

  explicit PostgresDatabase(DatabaseOptions options) : options_(std::move(options)) {}
  void enqueue(Unit unit);
  void work_loop();
  void run_to_the_end(Worker& worker, Unit& unit);
  Verdict run_once(Worker& worker, Unit& unit, result<void>& outcome);
  Verdict finish_write(Worker& worker, PostgresTransaction& transaction, result<void>& outcome);
  void finish_read(Worker& worker, Unit& unit, PostgresTransaction& transaction);
  void complete(Unit& unit, std::vector<std::function<void()>> actions, result<void> outcome);
  result<void> connect(Worker& worker);
  bool pause(Worker& worker, int attempt, SteadyTime deadline); // false when there is no time left

  DatabaseOptions options_;
  std::atomic<int> generation_ = 0;
  std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::condition_variable stop_arrived_;
  std::deque<Unit> waiting_;
  int open_reads_ = 0;
  int open_writes_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// How a COMMIT ended whose answer did not arrive.
enum class CommitFate { committed, rolled_back, unknown };
CommitFate look_up_commit(const std::string& url, const BackendIdentity& backend,
                          const std::string& transaction_id, std::chrono::steady_clock::time_point deadline);

// Errors as Database::migrate.
result<void> migrate_postgres(const std::string& url, std::span<const Migration> migrations);
result<Database::MigrationStatus> postgres_migration_status(const std::string& url,
                                                            std::span<const Migration> migrations);

} // namespace renova::storage

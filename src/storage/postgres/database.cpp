#include "storage/postgres/database.hpp"

#include "base/log.hpp"

namespace renova::storage {

namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMaxRepetitions = 20;
constexpr milliseconds kFirstPause{20};
constexpr milliseconds kLongestPause{1'000};

Duration since(SteadyClock::time_point begin) {
  return std::chrono::duration_cast<Duration>(SteadyClock::now() - begin);
}

Error unknown_outcome() {
  Error error(ErrorCode::unavailable, "the database did not say whether it stored the change");
  error.about = Database::kOutcomeUnknown;
  return error;
}

} // namespace

result<std::unique_ptr<Database>> PostgresDatabase::open(DatabaseOptions options) {
  std::unique_ptr<PostgresDatabase> database(new PostgresDatabase(std::move(options)));
  // Fails early and in words when the URL is wrong or the server is away.
  TRY(auto first, PostgresConnection::connect(database->options_));
  first.reset();
  for (int i = 0; i < std::max(1, database->options_.connections); ++i) {
    database->threads_.emplace_back([self = database.get()] { self->work_loop(); });
  }
  return std::unique_ptr<Database>(std::move(database));
}

PostgresDatabase::~PostgresDatabase() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_arrived_.notify_all();
  stop_arrived_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void PostgresDatabase::read(Cost, Work work, Done done) {
  enqueue({std::move(work), std::move(done), PostgresTransaction::Mode::read, {}});
}

void PostgresDatabase::write(Work work, Done done) {
  enqueue({std::move(work), std::move(done), PostgresTransaction::Mode::write, {}});
}

void PostgresDatabase::enqueue(Unit unit) {
  bool reads = unit.mode == PostgresTransaction::Mode::read;
  unit.deadline = SteadyClock::now() + options_.retry_window;
  std::optional<Error> refusal;
  {
    std::lock_guard lock(mutex_);
    int& open = reads ? open_reads_ : open_writes_;
    if (stopping_) {
      refusal = closing_error();
    } else if (open >= (reads ? options_.read_queue_max : options_.write_queue_max)) {
      refusal = queue_full_error();
    } else {
      ++open;
      waiting_.push_back(std::move(unit));
    }
  }
  if (refusal) return run_callback([&] { unit.done(*refusal); });
  work_arrived_.notify_one();
}

void PostgresDatabase::work_loop() {
  Worker worker;
  std::unique_lock lock(mutex_);
  while (true) {
    work_arrived_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Unit unit = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    run_to_the_end(worker, unit);
    bool reads = unit.mode == PostgresTransaction::Mode::read;
    unit = {};
    lock.lock();
    --(reads ? open_reads_ : open_writes_);
  }
}

result<void> PostgresDatabase::connect(Worker& worker) {
  int generation = generation_.load();
  bool usable = worker.connection && !worker.connection->lost() && worker.generation == generation;
  if (usable) return {};
  worker.connection.reset();
  TRY(worker.connection, PostgresConnection::connect(options_));
  worker.generation = generation;
  return {};
}

bool PostgresDatabase::pause(Worker& worker, int attempt, SteadyTime deadline) {
  milliseconds longest = std::min(kFirstPause * (1 << std::min(attempt, 10)), kLongestPause);
  std::uniform_int_distribution<std::int64_t> jitter(longest.count() / 2, longest.count());
  SteadyTime until = SteadyClock::now() + milliseconds(jitter(worker.random));
  if (attempt >= kMaxRepetitions || until >= deadline) return false;
  std::unique_lock lock(mutex_);
  return !stop_arrived_.wait_until(lock, until, [&] { return stopping_; });
}

void PostgresDatabase::run_to_the_end(Worker& worker, Unit& unit) {
  for (int attempt = 0;; ++attempt) {
    result<void> outcome = connect(worker);
    Verdict verdict = outcome.has_value() ? run_once(worker, unit, outcome) : Verdict::repeat;
    if (verdict == Verdict::finished) return;
    if (pause(worker, attempt, unit.deadline)) continue;
    return complete(unit, {}, std::move(outcome));
  }
}

void PostgresDatabase::complete(Unit& unit, std::vector<std::function<void()>> actions,
                                result<void> outcome) {
  for (const auto& action : actions) run_callback(action);
  run_callback([&] { unit.done(std::move(outcome)); });
}

// One attempt. When it says `finished`, `done` has been called; else `outcome` holds what to say if there is
// no next one.
PostgresDatabase::Verdict PostgresDatabase::run_once(Worker& worker, Unit& unit, result<void>& outcome) {
  auto begin = SteadyClock::now();
  PostgresTransaction transaction(*worker.connection, unit.mode, options_.faults);
  outcome = transaction.run_unit(unit.work);
  if (worker.connection->lost() || transaction.must_restart()) {
    transaction.rollback();
    if (outcome.has_value()) outcome = Error(ErrorCode::unavailable, "the database is busy");
    return Verdict::repeat; // nothing was committed
  }
  if (outcome.has_error()) {
    transaction.rollback();
    complete(unit, {}, std::move(outcome));
    return Verdict::finished;
  }
  if (unit.mode == PostgresTransaction::Mode::read) {
    finish_read(worker, unit, transaction);
    return Verdict::finished;
  }
  CommitReport report;
  report.units = 1;
  report.work = since(begin);
  begin = SteadyClock::now();
  Verdict verdict = finish_write(worker, transaction, outcome);
  report.commit = since(begin);
  report.committed = outcome.has_value();
  if (options_.on_commit) {
    std::unique_lock lock(mutex_);
    report.waiting = waiting_.size();
    lock.unlock();
    options_.on_commit(report);
  }
  if (verdict == Verdict::repeat) return verdict;
  auto actions = outcome.has_value() ? transaction.take_actions() : std::vector<std::function<void()>>{};
  complete(unit, std::move(actions), std::move(outcome));
  return verdict;
}

// What was read is right already; the end of the transaction is not waited for before the answer goes out.
void PostgresDatabase::finish_read(Worker& worker, Unit& unit, PostgresTransaction& transaction) {
  if (transaction.begun()) {
    worker.connection->queue("COMMIT");
    worker.connection->send();
  }
  complete(unit, transaction.take_actions(), {});
  if (transaction.begun()) worker.connection->receive();
}

PostgresDatabase::Verdict PostgresDatabase::finish_write(Worker& worker, PostgresTransaction& transaction,
                                                         result<void>& outcome) {
  if (options_.faults.before_commit) {
    if (std::optional<Error> fault = options_.faults.before_commit()) {
      outcome = *fault;
      transaction.rollback();
      return Verdict::finished;
    }
  }
  if (!transaction.begun()) return Verdict::finished;
  outcome = transaction.commit();
  if (!worker.connection->lost()) return transaction.must_restart() ? Verdict::repeat : Verdict::finished;
  if (transaction.transaction_id().empty()) { // it has not written anything that could be lost
    outcome = {};
    return Verdict::finished;
  }
  // The full window again: the caller has to wait for the truth.
  SteadyTime deadline = SteadyClock::now() + options_.retry_window;
  CommitFate fate =
      look_up_commit(options_.url, worker.connection->identity(), transaction.transaction_id(), deadline);
  log::warning("commit_looked_up",
               {{"committed", fate == CommitFate::committed}, {"known", fate != CommitFate::unknown}});
  if (fate == CommitFate::rolled_back) return Verdict::repeat;
  outcome = fate == CommitFate::committed ? result<void>() : result<void>(unknown_outcome());
  return Verdict::finished;
}

result<void> PostgresDatabase::migrate() {
  result<void> outcome = migrate_postgres(options_.url, options_.migrations);
  ++generation_; // connections made before may lack the role that exists now
  return outcome;
}

result<Database::MigrationStatus> PostgresDatabase::migration_status() {
  return postgres_migration_status(options_.url, options_.migrations);
}

result<void> PostgresDatabase::copy_to(const std::string&) {
  return Error(ErrorCode::forbidden, "back up PostgreSQL with pg_dump or its continuous archiving");
}

} // namespace renova::storage

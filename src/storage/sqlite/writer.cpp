#include "storage/sqlite/writer.hpp"

#include "base/log.hpp"

#include <future>

namespace renova::storage {

namespace {

using SteadyClock = std::chrono::steady_clock;

// One commit covers at most this many units, and no unit waits behind more than this much work for its
// commit.
constexpr std::size_t kMaxBatchUnits = 1'000;
constexpr std::chrono::milliseconds kMaxBatchTime{20};
// The WAL is copied back to the file every so many pages (4 KiB), and cut off when nothing happens.
constexpr int kCheckpointPages = 2'000;
// Beyond this the writer asks for the WAL to begin anew instead of only copying: a long reader had prevented
// it.
constexpr int kWalMaxPages = 16'000;
constexpr std::chrono::seconds kIdle{1};

Error broken_error() {
  return Error(ErrorCode::unavailable,
               "the disk failed to store data safely: writing has stopped until Renova is restarted");
}

Duration since(SteadyClock::time_point begin) {
  return std::chrono::duration_cast<Duration>(SteadyClock::now() - begin);
}

} // namespace

GroupCommitWriter::GroupCommitWriter(std::unique_ptr<SqliteConnection> connection,
                                     const DatabaseOptions& options)
    : options_(options), connection_(std::move(connection)) {
  sqlite3_wal_hook(
      connection_->handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<GroupCommitWriter*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
  writer_ = std::thread([this] { write_loop(); });
  completer_ = std::thread([this] { complete_loop(); });
}

GroupCommitWriter::~GroupCommitWriter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_arrived_.notify_all();
  writer_.join();
  {
    std::lock_guard lock(mutex_);
    writer_done_ = true;
  }
  completions_arrived_.notify_all();
  completer_.join();
}

void GroupCommitWriter::enqueue(Unit unit) {
  std::optional<Error> refusal;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = closing_error();
    } else if (open_units_ >= static_cast<std::size_t>(options_.write_queue_max)) {
      refusal = queue_full_error();
    } else {
      ++open_units_;
      waiting_.push_back(std::move(unit));
    }
  }
  if (refusal) {
    run_callback([&] { unit.done(*refusal); });
  } else {
    work_arrived_.notify_one();
  }
}

void GroupCommitWriter::submit(Database::Work work, Database::Done done) {
  enqueue(Unit{std::move(work), {}, std::move(done), {}, {}});
}

result<void> GroupCommitWriter::run_exclusive(const std::function<result<void>(SqliteConnection&)>& task) {
  std::promise<result<void>> finished;
  enqueue(Unit{{}, task, [&](result<void> outcome) { finished.set_value(std::move(outcome)); }, {}, {}});
  return finished.get_future().get();
}

void GroupCommitWriter::write_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (!work_arrived_.wait_for(lock, kIdle, [&] { return stopping_ || !waiting_.empty(); })) {
      lock.unlock();
      if (wal_pages_ > 0) checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
      lock.lock();
      continue;
    }
    if (waiting_.empty()) return; // stopping, and all is done
    std::deque<Unit> taken = std::exchange(waiting_, {});
    lock.unlock();
    run_all(std::move(taken));
    lock.lock();
  }
}

void GroupCommitWriter::run_all(std::deque<Unit> taken) {
  while (!taken.empty()) {
    if (taken.front().exclusive) {
      Units one;
      one.push_back(std::move(taken.front()));
      taken.pop_front();
      one[0].outcome = refusing_ ? result<void>(broken_error()) : one[0].exclusive(*connection_);
      hand_over(std::move(one));
    } else {
      hand_over(run_batch(taken));
      checkpoint_if_due();
    }
    note_broken();
  }
}

GroupCommitWriter::Units GroupCommitWriter::refuse(std::deque<Unit>& taken, const Error& error) {
  Units refused;
  while (!taken.empty() && !taken.front().exclusive) {
    refused.push_back(std::move(taken.front()));
    taken.pop_front();
    refused.back().outcome = error;
  }
  return refused;
}

GroupCommitWriter::Units GroupCommitWriter::run_batch(std::deque<Unit>& taken) {
  if (refusing_) return refuse(taken, broken_error());
  if (result<void> begun = connection_->command("BEGIN IMMEDIATE"); begun.has_error()) {
    return refuse(taken, begun.error());
  }
  auto begin = SteadyClock::now();
  Units batch;
  while (!taken.empty() && !taken.front().exclusive && connection_->in_transaction() &&
         batch.size() < kMaxBatchUnits && (batch.empty() || since(begin) < kMaxBatchTime)) {
    batch.push_back(std::move(taken.front()));
    taken.pop_front();
    run_in_savepoint(batch.back());
  }
  CommitReport report;
  report.units = batch.size();
  report.waiting = taken.size();
  report.work = since(begin);
  auto committing = SteadyClock::now();
  bool any =
      std::any_of(batch.begin(), batch.end(), [](const Unit& unit) { return unit.outcome.has_value(); });
  if (any) {
    result<void> committed = commit();
    report.committed = committed.has_value();
    report.commit = since(committing);
    settle(batch, committed);
    if (options_.on_commit) options_.on_commit(report);
  } else {
    rollback();
  }
  return batch;
}

// What became of the units that had succeeded, after the attempt to commit them.
void GroupCommitWriter::settle(Units& batch, const result<void>& committed) {
  if (committed.has_value()) return;
  rollback();
  Error error = committed.error();
  // One unit's fault (a deferred key, or a disk that is full for the large unit only) does not hit its
  // neighbours.
  bool retry = batch.size() > 1 && !connection_->broken() &&
               (error.code == ErrorCode::validation_failed || error.code == ErrorCode::storage_full);
  if (connection_->broken()) error.about = Database::kOutcomeUnknown;
  for (Unit& unit : batch) {
    if (unit.outcome.has_error()) continue;
    unit.actions.clear();
    unit.outcome = error;
    if (retry) run_alone(unit);
  }
}

result<void> GroupCommitWriter::run_work(Unit& unit) {
  SqliteTransaction transaction(*connection_, options_.faults);
  TRY_DO(transaction.run_unit(unit.work));
  unit.actions = transaction.take_actions();
  return {};
}

void GroupCommitWriter::run_in_savepoint(Unit& unit) {
  unit.outcome = connection_->command("SAVEPOINT unit");
  if (unit.outcome.has_error()) return;
  unit.outcome = run_work(unit);
  // After some errors (disk full) SQLite has undone the whole batch by itself; settle() sees to its other
  // units.
  if (!connection_->in_transaction()) return;
  if (unit.outcome.has_error()) {
    result<void> undone = connection_->command("ROLLBACK TO unit");
    if (undone.has_error()) return rollback();
  }
  result<void> released = connection_->command("RELEASE unit");
  if (released.has_error() && unit.outcome.has_value()) unit.outcome = released.error();
}

void GroupCommitWriter::run_alone(Unit& unit) {
  unit.outcome = connection_->command("BEGIN IMMEDIATE");
  if (unit.outcome.has_error()) return;
  unit.outcome = run_work(unit);
  if (unit.outcome.has_value()) unit.outcome = commit();
  if (unit.outcome.has_value()) return;
  unit.actions.clear();
  rollback();
}

result<void> GroupCommitWriter::commit() {
  if (!connection_->in_transaction())
    return Error(ErrorCode::storage_full, "the disk is full; nothing was changed");
  if (options_.faults.before_commit) {
    if (std::optional<Error> fault = options_.faults.before_commit()) return *fault;
  }
  return connection_->command("COMMIT");
}

void GroupCommitWriter::rollback() {
  if (!connection_->in_transaction()) return;
  result<void> undone = connection_->command("ROLLBACK");
  if (undone.has_error()) log::error("rollback_failed", {{"detail", undone.error().detail}});
}

void GroupCommitWriter::checkpoint(int mode) {
  // A long reader is not waited for: the copying goes on after the next commits.
  sqlite3_busy_timeout(connection_->handle(), 0);
  int code = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, nullptr, nullptr);
  sqlite3_busy_timeout(connection_->handle(), SqliteConnection::kBusyTimeoutMs);
  if (code == SQLITE_OK && mode == SQLITE_CHECKPOINT_TRUNCATE) wal_pages_ = 0;
  if (code != SQLITE_OK && code != SQLITE_BUSY) connection_->error(code, "checkpoint");
  pages_at_checkpoint_ = wal_pages_;
  note_broken();
}

void GroupCommitWriter::checkpoint_if_due() {
  if (wal_pages_ < pages_at_checkpoint_) pages_at_checkpoint_ = 0; // the WAL has begun anew
  if (wal_pages_ < pages_at_checkpoint_ + kCheckpointPages) return;
  checkpoint(wal_pages_ < kWalMaxPages ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART);
}

void GroupCommitWriter::note_broken() {
  if (!connection_->broken() || refusing_) return;
  refusing_ = true;
  log::error("storage_broken", {{"detail", broken_error().detail}});
  if (options_.on_fatal) options_.on_fatal(broken_error().detail);
}

void GroupCommitWriter::hand_over(Units units) {
  {
    std::lock_guard lock(mutex_);
    for (Unit& unit : units) completions_.push_back(std::move(unit));
  }
  completions_arrived_.notify_one();
}

void GroupCommitWriter::complete_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    completions_arrived_.wait(lock, [&] { return writer_done_ || !completions_.empty(); });
    if (completions_.empty()) return;
    std::deque<Unit> finished = std::exchange(completions_, {});
    lock.unlock();
    for (Unit& unit : finished) {
      for (const auto& action : unit.actions) run_callback(action);
      run_callback([&] { unit.done(std::move(unit.outcome)); });
    }
    std::size_t count = finished.size();
    finished.clear(); // what the closures own goes before the place in the queue
    lock.lock();
    open_units_ -= count;
  }
}

} // namespace renova::storage

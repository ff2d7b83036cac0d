// The one connection that writes, with group commit: every unit of work that is waiting shares the next
// commit.
//
//   writer thread:      take what waits → BEGIN → for each unit: SAVEPOINT, work, RELEASE or ROLLBACK TO →
//   COMMIT (one fsync) completion thread:  after_commit actions and `done` of each unit, in order of commit
//
// Completions have a thread of their own so that the next batch runs meanwhile. The writer also does every
// checkpoint.
#pragma once

#include "storage/sqlite/transaction.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace renova::storage {

class GroupCommitWriter {
 public:
  GroupCommitWriter(std::unique_ptr<SqliteConnection> connection, const DatabaseOptions& options);
  ~GroupCommitWriter(); // runs what is waiting, completes it, and empties the WAL

  // `done` comes on the completion thread; at once, on this thread, when the unit is refused.
  void submit(Database::Work work, Database::Done done);

  // Runs `task` with the connection outside any batch, and waits for it. For migrations.
  result<void> run_exclusive(const std::function<result<void>(SqliteConnection&)>& task);

 private:
  struct Unit {
    Database::Work work;
    std::function<result<void>(SqliteConnection&)> exclusive; // instead of work
    Database::Done done;
    result<void> outcome;
    std::vector<std::function<void()>> actions;
  };
  using Units = std::vector<Unit>;

  void enqueue(Unit unit); // takes it, or answers its `done` with why not
  void write_loop();
  void complete_loop();
  void run_all(std::deque<Unit> taken);
  Units run_batch(std::deque<Unit>& taken); // takes as many from the front as fit
  Units refuse(std::deque<Unit>& taken, const Error& error);
  void run_in_savepoint(Unit& unit);
  void run_alone(Unit& unit);
  result<void> run_work(Unit& unit);
  result<void> commit();
  void settle(Units& batch, const result<void>& committed);
  void rollback();
  void hand_over(Units units);
  void checkpoint(int mode);
  void checkpoint_if_due();
  void note_broken();

  const DatabaseOptions& options_;
  std::unique_ptr<SqliteConnection> connection_;
  // Of the writer thread only.
  bool refusing_ = false; // the connection is broken, nothing is written any more
  int wal_pages_ = 0;
  int pages_at_checkpoint_ = 0;

  std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::condition_variable completions_arrived_;
  std::deque<Unit> waiting_;
  std::deque<Unit> completions_;
  std::size_t open_units_ = 0; // accepted and not yet completed
  bool stopping_ = false;
  bool writer_done_ = false;
  std::thread writer_;
  std::thread completer_;
};

} // namespace renova::storage

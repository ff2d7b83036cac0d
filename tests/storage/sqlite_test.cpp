// What only SQLite has: one file, one writer with group commit, and a disk that fails.
#include "tests/storage/fixture.hpp"
#include "tests/support/fault_vfs.hpp"

#include <unistd.h>

#include <fstream>
#include <future>
#include <latch>
#include <set>

namespace renova::storage {

namespace {

class Sqlite : public StorageTest {
 protected:
  using StorageTest::StorageTest;
  std::string path() const { return db.url().substr(std::string_view("sqlite:").size()); }

  void set_counter(std::int64_t value) {
    test::must(db->write_now([&](Transaction& tx) {
      return tx.run(test_sql::counter_set, {{"name", "n"}, {"value", value}});
    }));
  }
  std::optional<std::int64_t> counter() {
    return test::must(db->read_now([](Transaction& tx) {
      return tx.first<std::int64_t>(test_sql::counter_get, {{"name", "n"}});
    }));
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Sqlite, testing::Values(Engine::sqlite), test::engine_name);

} // namespace

TEST_P(Sqlite, ASecondOpenerIsToldWhatToDo) {
  DatabaseOptions options = with_test_schema();
  options.url = db.url();
  auto second = Database::open(options);
  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_NE(second.error().detail.find("process " + std::to_string(getpid())), std::string::npos);
  EXPECT_NE(second.error().detail.find("stop that one first"), std::string::npos);
}

TEST_P(Sqlite, ASecondOpenerMayWaitForTheFirstToGo) {
  DatabaseOptions options = with_test_schema();
  options.url = db.url();
  options.lock_wait = std::chrono::seconds(30);
  auto second = std::async(std::launch::async, [&] { return Database::open(options); });
  db.close();
  EXPECT_TRUE(second.get().has_value());
}

TEST_P(Sqlite, WrongAddressesAreExplained) {
  for (const char* url :
       {"", "renova.db", "sqlite:", "sqlite://host/file", "mysql://x", "sqlite:/no/such/folder/x.db"}) {
    DatabaseOptions options;
    options.url = url;
    auto opened = Database::open(options);
    ASSERT_TRUE(opened.has_error()) << url;
    EXPECT_EQ(opened.error().code, ErrorCode::unavailable) << url;
  }
}

TEST_P(Sqlite, TheFileIsForItsOwnerOnly) {
  for (const char* suffix : {"", "-wal", ".lock"}) {
    auto rights = std::filesystem::status(path() + suffix).permissions();
    EXPECT_EQ(rights & std::filesystem::perms::mask,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << suffix;
  }
}

class GroupCommit : public Sqlite {
 protected:
  static inline std::mutex mutex;
  static inline std::vector<CommitReport> reports;
  static DatabaseOptions watched() {
    reports.clear();
    DatabaseOptions options;
    options.on_commit = [](const CommitReport& report) {
      std::lock_guard lock(mutex);
      reports.push_back(report);
    };
    options.faults.before_commit = []() -> std::optional<Error> {
      if (fail_commit.exchange(false)) return Error(ErrorCode::unavailable, "injected");
      return std::nullopt;
    };
    return options;
  }
  static inline std::atomic<bool> fail_commit = false;
  GroupCommit() : Sqlite(watched()) {}

  // Runs the units while the writer is held up, so that they share a commit. Their outcomes, in order.
  std::vector<result<void>> together(std::vector<Database::Work> units, bool commit_fails = false) {
    std::latch running(1);
    std::latch go_on(1);
    db->write(
        [&](Transaction&) -> result<void> {
          running.count_down();
          go_on.wait();
          return Error(ErrorCode::not_found, "the one that holds up the others");
        },
        [](result<void>) {});
    running.wait();
    std::vector<std::promise<result<void>>> outcomes(units.size());
    for (std::size_t i = 0; i < units.size(); ++i) {
      db->write(units[i],
                [&outcomes, i](result<void> outcome) { outcomes[i].set_value(std::move(outcome)); });
    }
    fail_commit = commit_fails;
    {
      std::lock_guard lock(mutex);
      reports.clear();
    }
    go_on.count_down();
    std::vector<result<void>> results;
    for (auto& outcome : outcomes) results.push_back(outcome.get_future().get());
    return results;
  }
  Database::Work inserting(std::string name) {
    return [this, name](Transaction& tx) -> result<void> {
      TRY_DO(insert(tx.tenant(scope), thing(name)));
      return {};
    };
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, GroupCommit, testing::Values(Engine::sqlite), test::engine_name);

TEST_P(GroupCommit, WaitingUnitsShareOneCommit) {
  std::vector<Database::Work> units;
  for (int i = 0; i < 20; ++i) units.push_back(inserting("t" + std::to_string(i)));
  for (const result<void>& outcome : together(units)) EXPECT_TRUE(outcome.has_value());
  EXPECT_EQ(names().size(), 20u);
  std::lock_guard lock(mutex);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].units, 20u);
  EXPECT_TRUE(reports[0].committed);
}

TEST_P(GroupCommit, AFailingUnitFailsAlone) {
  Database::Work halfway = [this](Transaction& tx) -> result<void> {
    TRY_DO(insert(tx.tenant(scope), thing("half")));
    TRY_DO(insert(tx.tenant(scope), thing("a"))); // taken by the first unit of the same commit
    return {};
  };
  auto outcomes =
      together({inserting("a"), halfway, inserting("b"),
                [](Transaction&) -> result<void> { throw std::runtime_error("bug"); }, inserting("c")});
  EXPECT_TRUE(outcomes[0].has_value());
  EXPECT_EQ(outcomes[1].error().about, "things_name");
  EXPECT_TRUE(outcomes[2].has_value());
  EXPECT_EQ(outcomes[3].error().code, ErrorCode::internal);
  EXPECT_TRUE(outcomes[4].has_value());
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_P(GroupCommit, AFailedCommitFailsAllOfIt) {
  auto outcomes = together({inserting("a"), inserting("b")}, true);
  for (const result<void>& outcome : outcomes) EXPECT_EQ(outcome.error().detail, "injected");
  EXPECT_TRUE(names().empty());
  EXPECT_TRUE(write_thing(thing("c")).has_value());
}

class FailingDisk : public testing::Test {
 protected:
  static DatabaseOptions options() {
    DatabaseOptions made = with_test_schema();
    made.on_fatal = [](const std::string&) { ++fatal; };
    return made;
  }
  result<std::int64_t> set(std::int64_t value, std::size_t padding = 0) {
    std::string name = "n" + std::string(padding, 'x');
    return db->write_now([&](Transaction& tx) {
      return tx.run(test_sql::counter_set, {{"name", name}, {"value", value}});
    });
  }
  std::optional<std::int64_t> get() {
    return test::must(db->read_now([](Transaction& tx) {
      return tx.first<std::int64_t>(test_sql::counter_get, {{"name", "n"}});
    }));
  }

  static inline std::atomic<int> fatal = 0;
  test::FaultVfs disk;
  test::TestDatabase db{Engine::sqlite, options()};
};

TEST_F(FailingDisk, AFullDiskRefusesWritesGoesOnReadingAndRecovers) {
  test::must(set(1));
  disk.full = true;
  for (int i = 0; i < 3; ++i) {
    auto refused = set(2, 100'000);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, ErrorCode::storage_full);
    EXPECT_EQ(get(), 1);
  }
  disk.full = false;
  test::must(set(3));
  EXPECT_EQ(get(), 3);
}

TEST_F(FailingDisk, AFailedFsyncIsNeverAcknowledgedAndStopsAllWriting) {
  fatal = 0;
  test::must(set(1));
  disk.fail_sync = true;
  auto unknown = set(2);
  ASSERT_TRUE(unknown.has_error());
  EXPECT_EQ(unknown.error().about, Database::kOutcomeUnknown);
  disk.fail_sync = false; // a disk that says yes again is not believed
  EXPECT_EQ(set(3).error().code, ErrorCode::unavailable);
  EXPECT_EQ(fatal, 1);
  EXPECT_EQ(get(), 1);
  db.reopen();
  EXPECT_NE(get(), 3);
  test::must(set(4));
  EXPECT_EQ(get(), 4);
}

// At every fsync, and at random moments between, the power goes: whatever was acknowledged must be there.
TEST_F(FailingDisk, APowerCutLosesNothingThatWasAcknowledged) {
  struct Cut {
    test::FaultVfs::Image image;
    std::int64_t acknowledged;
  };
  std::mutex mutex;
  std::vector<Cut> cuts;
  std::atomic<std::int64_t> acknowledged = 0;
  std::minstd_rand random(20261123);
  auto cut = [&] {
    std::lock_guard lock(mutex);
    std::int64_t promised = acknowledged; // before the image is taken
    cuts.push_back({disk.power_cut(random), promised});
  };
  test::must(set(0));
  disk.on_sync = cut;
  for (std::int64_t i = 1; i <= 90; ++i) {
    test::must(set(i));
    acknowledged = i;
    if (i % 3 == 0) cut();
    if (i % 30 == 0) db.reopen(); // with the checkpoint of closing
  }
  disk.on_sync = nullptr;
  db.close();
  ASSERT_GT(cuts.size(), 100u);
  for (const Cut& at : cuts) {
    test::TempFolder folder;
    for (const auto& [path, content] : at.image) {
      std::ofstream file(folder.path() / std::filesystem::path(path).filename(), std::ios::binary);
      file.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    }
    DatabaseOptions opening = with_test_schema();
    opening.url = "sqlite:" + folder.file("test.db");
    opening.readers = 1;
    auto opened = test::must(Database::open(opening));
    auto value = test::must(opened->read_now([](Transaction& tx) {
      return tx.first<std::int64_t>(test_sql::counter_get, {{"name", "n"}});
    }));
    ASSERT_TRUE(value.has_value());
    EXPECT_GE(*value, at.acknowledged);
    EXPECT_LE(*value, at.acknowledged + 1);
    test::TempFolder copies; // VACUUM reads every page
    EXPECT_TRUE(opened->copy_to(copies.file("copy.db")).has_value());
  }
}

TEST_P(Sqlite, TheWalDoesNotGrowWithoutEnd) {
  for (int i = 0; i < 40; ++i) {
    Thing large = thing("t" + std::to_string(i));
    large.picture = Bytes(1 << 20, static_cast<std::uint8_t>(i));
    test::must(write_thing(large));
  }
  EXPECT_LT(std::filesystem::file_size(path() + "-wal"), 20u << 20);
  EXPECT_GT(std::filesystem::file_size(path()), 30u << 20);
}

TEST_P(Sqlite, ACopyIsWholeWhileWritingGoesOn) {
  set_counter(1);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::int64_t i = 2; !stop; ++i) set_counter(i);
  });
  test::TempFolder folder;
  result<void> copied = db->copy_to(folder.file("copy.db"));
  stop = true;
  writer.join();
  test::must(copied);
  EXPECT_TRUE(db->copy_to(folder.file("copy.db")).has_error()); // never over an existing file
  DatabaseOptions options = with_test_schema();
  options.url = "sqlite:" + folder.file("copy.db");
  auto copy = test::must(Database::open(options));
  EXPECT_TRUE(test::must(copy->read_now([](Transaction& tx) {
    return tx.first<std::int64_t>(test_sql::counter_get, {{"name", "n"}});
  })));
}

TEST_P(Sqlite, ManyThreadsReadAtOnce) {
  set_counter(5);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        db->read(
            Database::Cost::point,
            [](Transaction& tx) -> result<void> {
              TRY(auto value, tx.first<std::int64_t>(test_sql::counter_get, {{"name", "n"}}));
              if (value != 5) return Error(ErrorCode::internal, "");
              return {};
            },
            [&](result<void> outcome) { right += outcome.has_value() ? 1 : 0; });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 400); // `done` has run before read() returned
}

} // namespace renova::storage

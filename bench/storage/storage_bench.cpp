// Durable creates: group commit from many threads beside one commit per row, and the disk's fsync beside
// both; point reads through the Database beside the bare engine. All in one run, in the current folder's file
// system: ratios count. usage: storage_bench [FOLDER]     RENOVA_TEST_POSTGRES_URL: PostgreSQL as well
#include "storage/database.hpp"
#include "storage_bench/sql/rows.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>

namespace renova::storage::bench_sql {
extern const std::span<const Migration> migrations;
}

namespace renova::bench {

namespace sql = storage::bench_sql;

namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::seconds kRun{3};
constexpr int kThreads = 64;
const std::string kBody(300, 'x');

double per_second(std::int64_t count, SteadyClock::time_point begin) {
  return static_cast<double>(count) / std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

void check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "storage_bench: %s failed\n", what);
  std::exit(1);
}

double fsync_probe(const std::string& path) {
  int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  check(file >= 0, "open");
  std::string page(4096, 'p');
  auto begin = SteadyClock::now();
  std::int64_t count = 0;
  for (; SteadyClock::now() - begin < std::chrono::seconds(1); ++count) {
    check(::pwrite(file, page.data(), page.size(), count % 1000 * 4096) == 4096 && ::fdatasync(file) == 0,
          "fsync");
  }
  double rate = per_second(count, begin);
  ::close(file);
  ::unlink(path.c_str());
  return rate;
}

// Bare SQLite, WAL and FULL: the program that commits each row by itself.
class BareSqlite {
 public:
  explicit BareSqlite(const std::string& path) {
    check(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK, "sqlite3_open");
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE bench_rows (id BLOB NOT NULL PRIMARY "
        "KEY, "
        "name TEXT NOT NULL, body TEXT NOT NULL) STRICT");
    check(sqlite3_prepare_v2(handle_, "INSERT INTO bench_rows VALUES (?1, ?2, ?3)", -1, &insert_, nullptr) ==
              SQLITE_OK,
          "prepare");
    check(sqlite3_prepare_v2(handle_, "SELECT name FROM bench_rows WHERE id = ?1", -1, &get_, nullptr) ==
              SQLITE_OK,
          "prepare");
  }
  ~BareSqlite() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(get_);
    sqlite3_close(handle_);
  }
  double rows_per_second() {
    auto begin = SteadyClock::now();
    std::int64_t count = 0;
    for (; SteadyClock::now() - begin < kRun; ++count) {
      last_ = make_uuid(SystemClock().now());
      sqlite3_bind_blob(insert_, 1, last_.data(), 16, SQLITE_STATIC);
      sqlite3_bind_text(insert_, 2, "a name", -1, SQLITE_STATIC);
      sqlite3_bind_text(insert_, 3, kBody.c_str(), -1, SQLITE_STATIC);
      check(sqlite3_step(insert_) == SQLITE_DONE, "insert");
      sqlite3_reset(insert_);
    }
    return per_second(count, begin);
  }
  double reads_per_second() {
    auto begin = SteadyClock::now();
    std::int64_t count = 0;
    for (; SteadyClock::now() - begin < std::chrono::seconds(1); ++count) {
      sqlite3_bind_blob(get_, 1, last_.data(), 16, SQLITE_STATIC);
      check(sqlite3_step(get_) == SQLITE_ROW, "select");
      sqlite3_reset(get_);
    }
    return per_second(count, begin);
  }

 private:
  void run(const char* text) {
    check(sqlite3_exec(handle_, text, nullptr, nullptr, nullptr) == SQLITE_OK, text);
  }
  sqlite3* handle_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* get_ = nullptr;
  Uuid last_{};
};

struct Created {
  double rate;
  double p50_ms;
  double p99_ms;
};

// `threads` clients that each wait for their row to be durable before they send the next.
Created create_from(storage::Database& db, int threads) {
  std::atomic<std::int64_t> count = 0;
  std::mutex mutex;
  std::vector<double> latencies;
  auto begin = SteadyClock::now();
  std::vector<std::thread> clients;
  for (int i = 0; i < threads; ++i) {
    clients.emplace_back([&] {
      std::vector<double> mine;
      while (SteadyClock::now() - begin < kRun) {
        auto sent = SteadyClock::now();
        ClientId id = ClientId::make(SystemClock().now());
        auto done = db.write_now([id](storage::Transaction& tx) {
          return tx.run(sql::row_insert, {{"id", id}, {"name", "a name"}, {"body", kBody}});
        });
        check(done.has_value(), "create");
        mine.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - sent).count());
        ++count;
      }
      std::lock_guard lock(mutex);
      latencies.insert(latencies.end(), mine.begin(), mine.end());
    });
  }
  for (std::thread& client : clients) client.join();
  double rate = per_second(count, begin);
  std::sort(latencies.begin(), latencies.end());
  return {rate, latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100]};
}

double point_reads(storage::Database& db) {
  ClientId id = ClientId::make(SystemClock().now());
  check(db.write_now([id](storage::Transaction& tx) {
            return tx.run(sql::row_insert, {{"id", id}, {"name", "a name"}, {"body", kBody}});
          }).has_value(),
        "create");
  auto begin = SteadyClock::now();
  std::int64_t count = 0;
  for (; SteadyClock::now() - begin < std::chrono::seconds(1); ++count) {
    std::promise<void> finished;
    db.read(
        storage::Database::Cost::point,
        [id](storage::Transaction& tx) -> result<void> {
          TRY(auto name, tx.first<std::string>(sql::row_get, {{"id", id}}));
          return name ? result<void>() : Error(ErrorCode::not_found, "");
        },
        [&](result<void> outcome) {
          check(outcome.has_value(), "read");
          finished.set_value();
        });
    finished.get_future().get();
  }
  return per_second(count, begin);
}

std::unique_ptr<storage::Database> open(const std::string& url) {
  storage::DatabaseOptions options;
  options.url = url;
  options.migrations = sql::migrations;
  auto db = storage::Database::open(options);
  if (db.has_error()) std::fprintf(stderr, "%s\n", db.error().detail.c_str());
  check(db.has_value() && (*db)->migrate().has_value(), "open");
  return std::move(*db);
}

void print(const char* what, const Created& created, double floor, const char* of) {
  std::printf("%-44s %9.0f /s   p50 %.2f ms  p99 %.2f ms   %.1f x %s\n", what, created.rate, created.p50_ms,
              created.p99_ms, created.rate / floor, of);
}

void bench_sqlite(const std::filesystem::path& folder) {
  double probe = fsync_probe((folder / "probe").string());
  double alone = 0;
  double bare_reads = 0;
  {
    BareSqlite bare((folder / "bare.db").string());
    alone = bare.rows_per_second();
    bare_reads = bare.reads_per_second();
  }
  std::printf("%-44s %9.0f /s\n", "4 KiB write + fdatasync", probe);
  std::printf("%-44s %9.0f /s\n", "SQLite, one commit per row (floor)", alone);
  auto db = open("sqlite:" + (folder / "group.db").string());
  print("Database, 1 client", create_from(*db, 1), alone, "floor");
  print("Database, 64 clients, group commit", create_from(*db, kThreads), alone, "floor");
  std::printf("%-44s %9.0f /s\n", "4 KiB write + fdatasync, again", fsync_probe((folder / "probe").string()));
  double reads = point_reads(*db);
  std::printf("%-44s %9.0f /s   bare prepared %.0f /s, ratio %.2f\n", "point read, one snapshot each", reads,
              bare_reads, reads / bare_reads);
}

void bench_postgres(const char* url) {
  auto db = open(url);
  Created one = create_from(*db, 1);
  std::printf("%-44s %9.0f /s   p50 %.2f ms\n", "PostgreSQL, 1 client (floor)", one.rate, one.p50_ms);
  print("PostgreSQL, 64 clients, 8 connections", create_from(*db, kThreads), one.rate, "floor");
  std::printf("%-44s %9.0f /s\n", "PostgreSQL, read by key", point_reads(*db));
}

} // namespace

int run(int argc, char** argv) {
  std::string pattern = (std::filesystem::path(argc > 1 ? argv[1] : ".") / "storage_bench_XXXXXX").string();
  check(mkdtemp(pattern.data()) != nullptr, "mkdtemp");
  bench_sqlite(pattern);
  if (const char* url = std::getenv("RENOVA_TEST_POSTGRES_URL")) bench_postgres(url);
  std::filesystem::remove_all(pattern);
  return 0;
}

} // namespace renova::bench

int main(int argc, char** argv) { return renova::bench::run(argc, argv); }

// A disk that fails, under SQLite: full, unable to fsync, or cut off from power with what was not synced lost
// or torn.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace renova::test {

// While it lives every SQLite file of the process goes through it; open databases after making it, and close
// them before.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  std::atomic<bool> full = false;      // writes that would make a file longer fail with SQLITE_FULL
  std::atomic<bool> fail_sync = false; // fsync fails with SQLITE_IOERR_FSYNC
  std::atomic<std::int64_t> syncs = 0;

  // File contents by path, as a power cut at this moment would leave them.
  using Image = std::map<std::string, std::vector<std::uint8_t>>;

  // Called right after every fsync, on its thread.
  std::function<void()> on_sync;

  // What is synced, and of each later write either all, a first part or nothing, by chance.
  Image power_cut(std::minstd_rand& random);

  // Of the file methods.
  void note_write(const std::string& path, std::int64_t offset, const void* data, std::size_t size);
  void note_truncate(const std::string& path, std::int64_t size);
  void note_sync(const std::string& path, std::vector<std::uint8_t> content);
  void note_delete(const std::string& path);

  static FaultVfs* current;

 private:
  struct Change {
    std::int64_t offset = 0;
    std::vector<std::uint8_t> data;
    std::int64_t truncate = -1; // or the new size, when not negative
  };
  std::mutex mutex_;
  Image durable_;
  std::map<std::string, std::vector<Change>> pending_;
};

} // namespace renova::test

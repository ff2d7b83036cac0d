#include "tests/support/fault_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace renova::test {

FaultVfs* FaultVfs::current = nullptr;

namespace {

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs fault_vfs{};

struct FaultFile {
  sqlite3_file base;
  std::string* path;  // of a database or WAL; null for other files
  sqlite3_file* real; // behind this object
};

FaultFile* self(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return self(file)->real; }

int close_file(sqlite3_file* file) {
  int code = real(file)->pMethods ? real(file)->pMethods->xClose(real(file)) : SQLITE_OK;
  delete self(file)->path;
  return code;
}
int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), to, size, offset);
}
int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  sqlite3_int64 length = 0;
  real(file)->pMethods->xFileSize(real(file), &length);
  if (FaultVfs::current->full && offset + size > length) return SQLITE_FULL;
  int code = real(file)->pMethods->xWrite(real(file), from, size, offset);
  if (code == SQLITE_OK && self(file)->path) {
    FaultVfs::current->note_write(*self(file)->path, offset, from, static_cast<std::size_t>(size));
  }
  return code;
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  int code = real(file)->pMethods->xTruncate(real(file), size);
  if (code == SQLITE_OK && self(file)->path) FaultVfs::current->note_truncate(*self(file)->path, size);
  return code;
}
int sync_file(sqlite3_file* file, int flags) {
  if (FaultVfs::current->fail_sync) return SQLITE_IOERR_FSYNC;
  int code = real(file)->pMethods->xSync(real(file), flags);
  if (code != SQLITE_OK || !self(file)->path) return code;
  sqlite3_int64 size = 0;
  real(file)->pMethods->xFileSize(real(file), &size);
  std::vector<std::uint8_t> content(static_cast<std::size_t>(size));
  if (size > 0) real(file)->pMethods->xRead(real(file), content.data(), static_cast<int>(size), 0);
  FaultVfs::current->note_sync(*self(file)->path, std::move(content));
  return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock_file(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
int check_lock(sqlite3_file* file, int* held) {
  return real(file)->pMethods->xCheckReservedLock(real(file), held);
}
int control(sqlite3_file* file, int what, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), what, argument);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int characteristics(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, to);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

const sqlite3_io_methods kMethods{2,           close_file,  read_file,       write_file,  truncate_file,
                                  sync_file,   file_size,   lock_file,       unlock_file, check_lock,
                                  control,     sector_size, characteristics, shm_map,     shm_lock,
                                  shm_barrier, shm_unmap,   nullptr,         nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  FaultFile* mine = self(file);
  std::memset(static_cast<void*>(mine), 0, sizeof *mine);
  mine->real = reinterpret_cast<sqlite3_file*>(mine + 1);
  std::memset(static_cast<void*>(mine->real), 0, static_cast<std::size_t>(real_vfs->szOsFile));
  int code = real_vfs->xOpen(real_vfs, name, mine->real, flags, out);
  if (code != SQLITE_OK) return code;
  if (name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) mine->path = new std::string(name);
  file->pMethods = &kMethods;
  return SQLITE_OK;
}
int delete_file(sqlite3_vfs*, const char* name, int sync) {
  int code = real_vfs->xDelete(real_vfs, name, sync);
  if (code == SQLITE_OK) FaultVfs::current->note_delete(name);
  return code;
}

} // namespace

FaultVfs::FaultVfs() {
  if (current) throw std::logic_error("one FaultVfs at a time");
  current = this;
  sqlite3_initialize();
  real_vfs = sqlite3_vfs_find(nullptr);
  fault_vfs = *real_vfs;
  fault_vfs.zName = "renova-fault";
  fault_vfs.pNext = nullptr;
  fault_vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + real_vfs->szOsFile;
  fault_vfs.xOpen = open_file;
  fault_vfs.xDelete = delete_file;
  sqlite3_vfs_register(&fault_vfs, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&fault_vfs);
  sqlite3_vfs_register(real_vfs, 1);
  current = nullptr;
}

void FaultVfs::note_write(const std::string& path, std::int64_t offset, const void* data, std::size_t size) {
  std::lock_guard lock(mutex_);
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  pending_[path].push_back({offset, {bytes, bytes + size}, -1});
}

void FaultVfs::note_truncate(const std::string& path, std::int64_t size) {
  std::lock_guard lock(mutex_);
  pending_[path].push_back({0, {}, size});
}

void FaultVfs::note_sync(const std::string& path, std::vector<std::uint8_t> content) {
  {
    std::lock_guard lock(mutex_);
    durable_[path] = std::move(content);
    pending_.erase(path);
    ++syncs;
  }
  if (on_sync) on_sync();
}

void FaultVfs::note_delete(const std::string& path) {
  std::lock_guard lock(mutex_);
  durable_.erase(path);
  pending_.erase(path);
}

FaultVfs::Image FaultVfs::power_cut(std::minstd_rand& random) {
  std::lock_guard lock(mutex_);
  Image image = durable_;
  for (const auto& [path, changes] : pending_) {
    std::vector<std::uint8_t>& content = image[path];
    for (const Change& change : changes) {
      if (random() % 2 == 0) continue;
      if (change.truncate >= 0) {
        content.resize(static_cast<std::size_t>(change.truncate));
        continue;
      }
      std::size_t kept = random() % 3 == 0 ? random() % (change.data.size() + 1) : change.data.size();
      std::size_t begin = static_cast<std::size_t>(change.offset);
      content.resize(std::max(content.size(), begin + kept));
      std::copy_n(change.data.begin(), kept, content.begin() + static_cast<std::ptrdiff_t>(begin));
    }
  }
  return image;
}

} // namespace renova::test

#include "storage/sqlite/lock_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace renova::storage {

namespace {

constexpr std::chrono::milliseconds kPoll{50};

bool try_lock(int descriptor) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  // Of the open file and not of the process (F_SETLK): a second Database in the same process is kept out too.
  return fcntl(descriptor, F_OFD_SETLK, &whole) == 0;
}

Error busy_error(int descriptor, const std::string& path) {
  char holder[32] = {};
  ssize_t size = pread(descriptor, holder, sizeof holder - 1, 0);
  std::string who = size > 0 ? " (process " + std::string(holder, static_cast<std::size_t>(size)) + ")" : "";
  return Error(ErrorCode::unavailable, "the database is in use by another renova" + who +
                                           ": stop that one first, or use its API; lock file " + path);
}

} // namespace

result<LockFile> LockFile::acquire(const std::string& path, std::chrono::milliseconds wait) {
  int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error(ErrorCode::unavailable, "cannot create the lock file " + path + ": " + std::strerror(errno));
  }
  LockFile lock(descriptor);
  auto deadline = std::chrono::steady_clock::now() + wait;
  while (!try_lock(descriptor)) {
    if (std::chrono::steady_clock::now() >= deadline) return busy_error(descriptor, path);
    std::this_thread::sleep_for(kPoll);
  }
  std::string process = std::to_string(getpid());
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, process.data(), process.size(), 0) != static_cast<ssize_t>(process.size())) {
    // Only the error text of a second process would miss it.
  }
  return lock;
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

} // namespace renova::storage

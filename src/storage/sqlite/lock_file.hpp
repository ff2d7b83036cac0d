// Keeps a second process away from a database file that this one has open.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>

namespace renova::storage {

// A lock on the file `path`, which is made if needed and stays. The lock belongs to the open file: it ends
// with this object or with the process, however that ends.
class LockFile {
 public:
  // Waits up to `wait` for another holder. Error: unavailable, which names the holder's process.
  static result<LockFile> acquire(const std::string& path, std::chrono::milliseconds wait);
  LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  LockFile& operator=(LockFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

} // namespace renova::storage

#include "tests/support/temp_folder.hpp"

#include <cstdlib>
#include <stdexcept>

namespace renova::test {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "renova-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

} // namespace renova::test

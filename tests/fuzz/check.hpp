// A promise that a fuzzer watches over: broken, it ends the program so that libFuzzer keeps the input.
#pragma once

#include <cstdlib>

namespace renova::fuzz {

inline void check(bool holds) {
  if (!holds) std::abort();
}

} // namespace renova::fuzz

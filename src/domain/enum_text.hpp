// The texts of a closed list, written once, for to_text and from_text.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace renova::domain {

// `texts` in the order of the enumerators.
template <class Enum, std::size_t N>
std::string_view enum_to_text(const std::array<std::string_view, N>& texts, Enum value) {
  return texts.at(static_cast<std::size_t>(value));
}

template <class Enum, std::size_t N>
bool enum_from_text(const std::array<std::string_view, N>& texts, std::string_view text, Enum& out) {
  for (std::size_t i = 0; i < N; ++i) {
    if (texts[i] == text) {
      out = static_cast<Enum>(i);
      return true;
    }
  }
  return false;
}

} // namespace renova::domain

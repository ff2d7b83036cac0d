// Which passwords people may choose (OWASP ASVS 5.0 §6.2): long enough, not common, no rules of composition.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string_view>

namespace renova::services {

inline constexpr std::size_t kPasswordMin = 8;   // code points
inline constexpr std::size_t kPasswordMax = 256; // code points
inline constexpr std::size_t kPasswordBytesMax = 1024;

// Error: validation_failed at `pointer`: too_short, too_long, not_utf8, common_password, or contains_email
// (the name in the address, when that is most of the password).
result<void> check_password(std::string_view password, std::string_view email, std::string_view pointer);

// True for a word that many people choose, alone or with a usual ending, and for runs and repetitions:
// "senha123", "qwerty12", "11111111", "12345678", "abcabcabc".
bool is_common_password(std::string_view password);

} // namespace renova::services

// multipart/form-data (RFC 7578): what a browser's file upload sends.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::http {

struct FormPart {
  std::string name;
  std::optional<std::string> filename; // as sent: never use it as a path
  std::string content_type;            // "text/plain" when the part does not say
  std::string_view content;            // lies in the body
};

inline constexpr std::size_t kFormPartsMax = 16;
inline constexpr std::size_t kFormPartHeadMax = 4096; // bytes of header lines of one part

// Cuts a body into its parts, without copying their content: the body must outlive the result.
// Error: validation_failed when the Content-Type is not multipart/form-data with a boundary; malformed for
// the rest.
result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body);

// The first part of that name; null when there is none.
const FormPart* find_part(const std::vector<FormPart>& parts, std::string_view name);

} // namespace renova::http

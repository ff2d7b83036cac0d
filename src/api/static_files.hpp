// The files that are part of the program: the status page and the documentation browser.
#pragma once

#include "http/message.hpp"
#include "http/static_files.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace renova::api {

// One embedded file, as tools/embed_assets.py lists it.
struct Asset {
  std::string_view path; // "/status/status.css"
  std::string_view content_type;
  std::string_view content;
};
std::span<const Asset> embedded_assets();

// What the pages of this program may load: their own files and nothing else.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'";

class EmbeddedFiles {
 public:
  EmbeddedFiles();
  // Answers GET and HEAD; none when there is no such file.
  std::optional<http::Response> find(const http::Request& request) const;
  // The text of a file; empty when there is none.
  std::string_view text(std::string_view path) const { return files_.content(path); }

 private:
  http::StaticFiles files_;
};

} // namespace renova::api

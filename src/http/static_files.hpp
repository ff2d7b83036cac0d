// Files that are served as they are: held in memory, with entity tags, ranges and content codings.
#pragma once

#include "base/result.hpp"
#include "http/compression.hpp"
#include "http/message.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace renova::http {

// The type for a file name's extension; "application/octet-stream" for one that is not known.
std::string_view media_type_of(std::string_view path);

// True for a name that a bundler made from the content ("index-DiwrgTd4.js"): it may be kept for ever.
bool has_hashed_name(std::string_view path);

// Read-only once filled; serve() may then be called from any thread.
class StaticFiles {
 public:
  struct Limits {
    std::size_t files_max = 5000;
    std::size_t file_max = 16 * 1024 * 1024;   // bytes
    std::size_t total_max = 128 * 1024 * 1024; // bytes
  };

  StaticFiles();
  ~StaticFiles();
  StaticFiles(StaticFiles&&) noexcept;
  StaticFiles& operator=(StaticFiles&&) noexcept;

  // `path` as it is asked for ("/assets/a.css"); a later file replaces an earlier one. An empty type is found
  // by the name. "…/index.html" answers for the folder "…/" too.
  void add(std::string_view path, std::string_view content, std::string_view content_type = {});
  // A coded form that was made beforehand, of a file that is there already; others are made when first asked
  // for.
  void add_coded(std::string_view path, Coding coding, std::string coded);

  // Adds all regular files under `folder` below the prefix ("/" or "/docs/"). Hidden files and symbolic links
  // are left out. Gives back how many. Error: unavailable (cannot be read, a limit is passed); nothing is
  // added then.
  result<std::size_t> load(const std::filesystem::path& folder, std::string_view prefix, Limits limits);
  result<std::size_t> load(const std::filesystem::path& folder, std::string_view prefix) {
    return load(folder, prefix, Limits());
  }

  // Answers GET and HEAD: 200, 206, 304 or 416, with ETag, Cache-Control, Content-Type and Vary. None when
  // there is no such file or the method is another one. A single byte range is honoured (RFC 9110 §14),
  // several are answered whole.
  std::optional<Response> serve(const Request& request) const;

  // The content of a file; empty when there is none.
  std::string_view content(std::string_view path) const;
  std::size_t size() const { return files_.size(); }

 private:
  struct File;
  std::map<std::string, std::shared_ptr<File>, std::less<>> files_;
};

// True when an If-None-Match field names this entity tag (given with its quotes) by weak comparison, or is
// "*" (RFC 9110 §13.1.2).
bool matches_etag(std::string_view field, std::string_view etag);

} // namespace renova::http

#include "http/static_files.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "http/syntax.hpp"

#include <charconv>
#include <fstream>
#include <sstream>

namespace renova::http {

namespace {

using Bytes = std::shared_ptr<const std::string>;

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".avif", "image/avif"},
    {".gif", "image/gif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".xml", "application/xml"},
    {".csv", "text/csv; charset=utf-8"},
    {".pdf", "application/pdf"},
    {".wasm", "application/wasm"},
};

std::string_view name_behind_folder(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

struct Range {
  std::size_t first = 0;
  std::size_t count = 0; // 0: cannot be satisfied
};

// "bytes=0-99", "bytes=100-", "bytes=-5". None: not one range of bytes, so the whole is sent (RFC 9110
// §14.2).
std::optional<Range> parse_range(std::string_view field, std::size_t size) {
  if (!field.starts_with("bytes=")) return std::nullopt;
  field = syntax::trim_ows(field.substr(6));
  const auto dash = field.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
    return value;
  };
  const auto first = number(field.substr(0, dash)), last = number(field.substr(dash + 1));
  if (dash == 0) { // the last so many bytes
    if (!last) return std::nullopt;
    const std::size_t count = std::min<std::uint64_t>(*last, size);
    return Range{size - count, count};
  }
  if (!first || (!last && dash + 1 != field.size()) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return Range{};
  const std::uint64_t end = last ? std::min<std::uint64_t>(*last, size - 1) : size - 1;
  return Range{*first, end - *first + 1};
}

} // namespace

struct StaticFiles::File {
  std::string content_type;
  std::string etag; // with quotes, of the uncoded form
  bool immutable = false;
  bool compressible = false;
  Bytes plain;

  struct Coded {
    std::once_flag once;
    Bytes bytes; // null: not smaller than the plain form
  };
  mutable Coded gzip, br;

  // The coded form, made when first asked for. Null when it is not worth it.
  Bytes coded(Coding coding) const {
    if (coding == Coding::identity) return nullptr;
    Coded& kept = coding == Coding::gzip ? gzip : br;
    std::call_once(kept.once, [&] {
      std::string made = compress(*plain, coding);
      if (made.size() < plain->size()) kept.bytes = std::make_shared<const std::string>(std::move(made));
    });
    return kept.bytes;
  }
};

StaticFiles::StaticFiles() = default;
StaticFiles::~StaticFiles() = default;
StaticFiles::StaticFiles(StaticFiles&&) noexcept = default;
StaticFiles& StaticFiles::operator=(StaticFiles&&) noexcept = default;

std::string_view media_type_of(std::string_view path) {
  const std::string_view name = name_behind_folder(path);
  const auto dot = name.rfind('.');
  if (dot != std::string_view::npos)
    for (const auto& [extension, type] : kTypes)
      if (equals_ignoring_case(name.substr(dot), extension)) return type;
  return "application/octet-stream";
}

bool has_hashed_name(std::string_view path) {
  std::string_view name = name_behind_folder(path);
  name = name.substr(0, name.find('.', 1));
  if (name.size() < 10) return false;
  // Bundlers end the name with a dash and eight characters of base64url, which themselves may hold a dash.
  const std::string_view hash = name.substr(name.size() - 8);
  if (name[name.size() - 9] != '-') return false;
  bool telling = false;
  for (const char c : hash) {
    if (!syntax::kUnreserved[static_cast<unsigned char>(c)] || c == '.' || c == '~') return false;
    telling |= (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
  }
  return telling;
}

bool matches_etag(std::string_view field, std::string_view etag) {
  if (syntax::trim_ows(field) == "*") return true;
  while (!field.empty()) {
    std::string_view candidate = syntax::trim_ows(syntax::take_until(field, ','));
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == etag) return true;
  }
  return false;
}

void StaticFiles::add(std::string_view path, std::string_view content, std::string_view content_type) {
  auto file = std::make_shared<File>();
  file->content_type = content_type.empty() ? media_type_of(path) : content_type;
  file->etag = "\"" + to_hex(sha256(content)).substr(0, 32) + "\"";
  file->immutable = has_hashed_name(path);
  file->compressible = is_compressible(file->content_type) && content.size() >= 1024;
  file->plain = std::make_shared<const std::string>(content);
  constexpr std::string_view kIndex = "/index.html";
  if (path.ends_with(kIndex)) files_[std::string(path.substr(0, path.size() - kIndex.size() + 1))] = file;
  files_[std::string(path)] = std::move(file);
}

void StaticFiles::add_coded(std::string_view path, Coding coding, std::string coded) {
  const auto found = files_.find(path);
  if (found == files_.end() || coding == Coding::identity) return;
  File::Coded& kept = coding == Coding::gzip ? found->second->gzip : found->second->br;
  std::call_once(kept.once, [&] { kept.bytes = std::make_shared<const std::string>(std::move(coded)); });
}

result<std::size_t> StaticFiles::load(const std::filesystem::path& folder, std::string_view prefix,
                                      Limits limits) {
  namespace fs = std::filesystem;
  auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::unavailable, "cannot load files from " + folder.string() + ": " + why);
  };
  std::error_code error;
  std::vector<std::pair<std::string, std::string>> read;
  std::size_t total = 0;
  for (auto it = fs::recursive_directory_iterator(folder, error); !error && it != fs::end(it);
       it.increment(error)) {
    const fs::path& path = it->path();
    if (path.filename().string().starts_with('.')) {
      if (it->is_directory(error)) it.disable_recursion_pending();
      continue;
    }
    if (it->is_symlink(error) || !it->is_regular_file(error)) continue;
    if (read.size() == limits.files_max) return refuse("too many files");
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (it->file_size(error) > limits.file_max) return refuse(path.filename().string() + " is too large");
    if (!file || (it->file_size(error) > 0 && !(content << file.rdbuf())))
      return refuse(path.filename().string() + " cannot be read");
    total += content.view().size();
    if (total > limits.total_max) return refuse("too much in all");
    read.emplace_back(std::string(prefix) + fs::relative(path, folder, error).generic_string(),
                      content.str());
  }
  if (error) return refuse(error.message());
  for (const auto& [path, content] : read) add(path, content);
  return read.size();
}

std::optional<Response> StaticFiles::serve(const Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  const auto found = files_.find(request.path);
  if (found == files_.end()) return std::nullopt;
  const File& file = *found->second;

  // A range is one of the plain form: it could not be put together from two codings.
  const bool ranged = request.method == "GET" && request.headers.has("Range");
  Coding coding = Coding::identity;
  Bytes bytes;
  if (file.compressible && !ranged) {
    coding = choose_coding(request.headers.get("Accept-Encoding"));
    bytes = file.coded(coding);
  }
  if (!bytes) {
    coding = Coding::identity;
    bytes = file.plain;
  }
  std::string etag = file.etag;
  if (coding != Coding::identity) etag.insert(etag.size() - 1, "-" + std::string(name_of(coding)));

  Response response;
  response.headers.add("ETag", etag);
  response.headers.add("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (file.compressible) response.headers.add("Vary", "Accept-Encoding");
  if (request.headers.has("If-None-Match") && matches_etag(request.headers.get("If-None-Match"), etag)) {
    response.status = 304;
    return response;
  }
  response.headers.add("Content-Type", file.content_type);
  response.headers.add("Accept-Ranges", "bytes");
  if (coding != Coding::identity) response.headers.add("Content-Encoding", std::string(name_of(coding)));
  const bool same = !request.headers.has("If-Range") || request.headers.get("If-Range") == etag;
  const auto range = ranged && same ? parse_range(request.headers.get("Range"), bytes->size()) : std::nullopt;
  if (!range) {
    response.shared_body = std::move(bytes);
    return response;
  }
  const std::string size = std::to_string(bytes->size());
  if (range->count == 0) {
    response.status = 416;
    response.headers.set("Content-Range", "bytes */" + size);
    response.headers.remove("Content-Type");
    return response;
  }
  response.status = 206;
  response.headers.set("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                            std::to_string(range->first + range->count - 1) + "/" + size);
  response.body = bytes->substr(range->first, range->count);
  return response;
}

std::string_view StaticFiles::content(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? std::string_view() : std::string_view(*found->second->plain);
}

} // namespace renova::http

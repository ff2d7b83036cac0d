#include "api/static_files.hpp"

#include "base/crypto.hpp"

namespace renova::api {

StaticFiles::StaticFiles() {
  for (const Asset& asset : embedded_assets()) {
    File file{asset.content_type, asset.content, "\"" + to_hex(sha256(asset.content)).substr(0, 32) + "\""};
    std::string path(asset.path);
    constexpr std::string_view kIndex = "index.html";
    if (path.ends_with("/" + std::string(kIndex))) files_[path.substr(0, path.size() - kIndex.size())] = file;
    files_[path] = std::move(file);
  }
}

std::unique_ptr<http::Response> StaticFiles::find(const http::Request& request) const {
  auto found = files_.find(request.path);
  if (found == files_.end() || (request.method != "GET" && request.method != "HEAD")) return nullptr;
  const File& file = found->second;
  auto response = std::make_unique<http::Response>();
  response->headers.add("Content-Type", std::string(file.content_type));
  response->headers.add("ETag", file.etag);
  // Always asked for again, and answered with 304 while nothing has changed.
  response->headers.add("Cache-Control", "no-cache");
  response->headers.add("Content-Security-Policy", std::string(kPagePolicy));
  std::string_view known = request.headers.get("If-None-Match");
  if (known == "*" || known.find(file.etag) != known.npos) {
    response->status = 304;
  } else {
    response->body = file.content;
  }
  return response;
}

std::string_view StaticFiles::text(std::string_view path) const {
  auto found = files_.find(path);
  return found == files_.end() ? std::string_view{} : found->second.content;
}

} // namespace renova::api

#include "api/static_files.hpp"

namespace renova::api {

EmbeddedFiles::EmbeddedFiles() {
  for (const Asset& asset : embedded_assets()) files_.add(asset.path, asset.content, asset.content_type);
}

std::optional<http::Response> EmbeddedFiles::find(const http::Request& request) const {
  auto response = files_.serve(request);
  if (response) response->headers.set("Content-Security-Policy", std::string(kPagePolicy));
  return response;
}

} // namespace renova::api

// What an endpoint answers, before it becomes HTTP.
#pragma once

#include "api/json_encode.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::api {

struct Reply {
  int status = 200;
  std::string body;                    // empty: no content
  std::optional<std::int64_t> version; // of a single object: becomes the ETag
  std::string location;                // of a new object
  std::string content_type = "application/json";
  std::vector<http::Header> headers;
};

template <class T>
Reply ok(const T& value, std::optional<std::int64_t> version = {}) {
  Reply reply;
  reply.body = encode(value);
  reply.version = version;
  return reply;
}
// 201 with Location.
template <class T>
Reply created(const T& value, std::string location, std::optional<std::int64_t> version = {}) {
  Reply reply = ok(value, version);
  reply.status = 201;
  reply.location = std::move(location);
  return reply;
}
// 202: the work has been written down and goes on by itself.
template <class T>
Reply accepted(const T& value) {
  Reply reply = ok(value);
  reply.status = 202;
  return reply;
}
inline Reply no_content() {
  Reply reply;
  reply.status = 204;
  return reply;
}

} // namespace renova::api

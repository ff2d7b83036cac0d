// Any Content-Type and any body: parts lie inside the body, in order, and their names are clean text.
#include "base/text.hpp"
#include "http/multipart.hpp"
#include "tests/fuzz/check.hpp"

using namespace renova;
using renova::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body(reinterpret_cast<const char*>(data), size);
  std::string content_type = "multipart/form-data; boundary=b";
  if (const auto end = body.find('\n'); end != std::string_view::npos && size % 2 == 0) {
    content_type = body.substr(0, end);
    body.remove_prefix(end + 1);
  }
  const auto parts = http::parse_multipart(content_type, body);
  if (parts.has_error()) return 0;
  check(parts->size() <= http::kFormPartsMax);
  const char* before = body.data();
  for (const http::FormPart& part : *parts) {
    check(part.content.data() >= before &&
          part.content.data() + part.content.size() <= body.data() + body.size());
    before = part.content.data() + part.content.size();
    check(is_utf8(part.name) && !has_control(part.name));
    if (part.filename) check(is_utf8(*part.filename) && !has_control(*part.filename));
  }
  return 0;
}

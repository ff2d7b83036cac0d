#include "http/compression.hpp"

#include "base/text.hpp"
#include "http/media_type.hpp"
#include "http/syntax.hpp"

#include <brotli/encode.h>
#include <zlib.h>

#include <stdexcept>

namespace renova::http {

namespace {

constexpr int kGzipLevel = 4, kGzipThorough = 9; // the quick ones: about 100 MB/s on one core
constexpr int kBrotliLevel = 4, kBrotliThorough = 11;

// A deflate state takes 256 KiB to set up, so each thread keeps one and resets it.
class Deflater {
 public:
  explicit Deflater(int level) {
    // 15 window bits, + 16 for the gzip wrapper.
    if (deflateInit2(&stream_, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("zlib cannot be set up");
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string run(std::string_view body) {
    deflateReset(&stream_);
    std::string out(deflateBound(&stream_, static_cast<uLong>(body.size())), '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream_.avail_in = static_cast<uInt>(body.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib cannot compress");
    out.resize(stream_.total_out);
    return out;
  }

 private:
  z_stream stream_{};
};

std::string gzip(std::string_view body, bool thorough) {
  if (thorough) return Deflater(kGzipThorough).run(body);
  thread_local Deflater quick(kGzipLevel);
  return quick.run(body);
}

std::string brotli(std::string_view body, bool thorough) {
  std::size_t size = BrotliEncoderMaxCompressedSize(body.size());
  std::string out(size, '\0');
  if (!BrotliEncoderCompress(thorough ? kBrotliThorough : kBrotliLevel, BROTLI_DEFAULT_WINDOW,
                             BROTLI_MODE_TEXT, body.size(),
                             reinterpret_cast<const std::uint8_t*>(body.data()), &size,
                             reinterpret_cast<std::uint8_t*>(out.data())))
    throw std::runtime_error("brotli cannot compress");
  out.resize(size);
  return out;
}

} // namespace

Coding choose_coding(std::string_view accept_encoding) {
  if (accept_encoding.empty()) return Coding::identity;
  const int br = coding_weight(accept_encoding, "br");
  const int gz = coding_weight(accept_encoding, "gzip");
  if (br == 0 && gz == 0) return Coding::identity;
  return br >= gz ? Coding::br : Coding::gzip;
}

std::string_view name_of(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return "gzip";
    case Coding::br:
      return "br";
    case Coding::identity:
      break;
  }
  return {};
}

bool is_compressible(std::string_view content_type) {
  const std::string essence = to_lower(syntax::trim_ows(content_type.substr(0, content_type.find(';'))));
  if (essence == "text/event-stream") return false;
  for (const std::string_view known : {"application/json", "application/javascript", "application/xml",
                                       "application/manifest+json", "application/wasm", "image/svg+xml"})
    if (essence == known) return true;
  return essence.starts_with("text/") || essence.ends_with("+json") || essence.ends_with("+xml");
}

std::string compress(std::string_view body, Coding coding, bool thorough) {
  switch (coding) {
    case Coding::gzip:
      return gzip(body, thorough);
    case Coding::br:
      return brotli(body, thorough);
    case Coding::identity:
      break;
  }
  return std::string(body);
}

void compress_response(Response& response, Coding coding, std::size_t min) {
  if (response.next || response.shared_body || response.body.size() < min) return;
  if (response.status < 200 || response.status == 204 || response.status == 206 || response.status == 304)
    return;
  const Headers& headers = response.headers;
  if (headers.has("Content-Encoding") || headers.has("Content-Range")) return;
  if (!is_compressible(headers.get("Content-Type"))) return;
  if (to_lower(headers.get("Cache-Control")).find("no-transform") != std::string::npos) return;
  add_vary(response.headers, "Accept-Encoding");
  if (coding == Coding::identity) return;
  std::string coded = compress(response.body, coding);
  if (coded.size() >= response.body.size()) return;
  response.body = std::move(coded);
  response.headers.set("Content-Encoding", std::string(name_of(coding)));
}

void add_vary(Headers& headers, std::string_view name) {
  std::string_view present = headers.get("Vary");
  if (present.empty()) return headers.set("Vary", std::string(name));
  for (std::string_view rest = present; !rest.empty();) {
    const std::string_view entry = syntax::trim_ows(syntax::take_until(rest, ','));
    if (entry == "*" || equals_ignoring_case(entry, name)) return;
  }
  headers.set("Vary", std::string(present) + ", " + std::string(name));
}

} // namespace renova::http

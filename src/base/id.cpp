#include "base/id.hpp"

#include <sodium.h>

namespace renova {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool has_dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

} // namespace

std::string to_string(const Uuid& uuid) {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (has_dash_before(i)) text += '-';
    text += kHex[uuid[i] >> 4];
    text += kHex[uuid[i] & 15];
  }
  return text;
}

result<Uuid> parse_uuid(std::string_view text) {
  Error bad(ErrorCode::malformed, "must be a UUID");
  if (text.size() != 36) return bad;
  Uuid uuid;
  std::size_t at = 0;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (has_dash_before(i) && text[at++] != '-') return bad;
    int high = hex_value(text[at++]);
    int low = hex_value(text[at++]);
    if (high < 0 || low < 0) return bad;
    uuid[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return uuid;
}

Uuid make_uuid(Instant now) {
  Uuid uuid;
  randombytes_buf(uuid.data(), uuid.size());
  auto ms = static_cast<std::uint64_t>(now.us / 1000);
  auto fraction = static_cast<unsigned>((now.us % 1000) * 4096 / 1000); // RFC 9562 §6.2 method 3
  for (std::size_t i = 0; i < 6; ++i) uuid[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  uuid[6] = static_cast<std::uint8_t>(0x70 | fraction >> 8);
  uuid[7] = static_cast<std::uint8_t>(fraction & 0xff);
  uuid[8] = static_cast<std::uint8_t>(0x80 | (uuid[8] & 0x3f));
  return uuid;
}

} // namespace renova

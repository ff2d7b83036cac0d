#include "messaging/opaque_key.hpp"

#include "base/crypto.hpp"

#include <charconv>

namespace renova::messaging {
namespace {

constexpr std::string_view kVersion = "v1:";
constexpr std::size_t kUuid = 36;
constexpr std::size_t kMac = 16; // hexadecimal digits

std::string mac(std::string_view text, std::string_view secret) {
  return to_hex(hmac_sha256(secret, text)).substr(0, kMac);
}

} // namespace

std::string make_opaque_key(const OpaqueKey& key, std::string_view secret) {
  std::string text(kVersion);
  text += key.tenant.str() + ":" + key.message.str() + ":" + std::to_string(key.attempt);
  return text + ":" + mac(text, secret);
}

std::optional<OpaqueKey> read_opaque_key(std::string_view text, std::string_view secret) {
  constexpr std::size_t kShortest = kVersion.size() + 2 * (kUuid + 1) + 1 + 1 + kMac;
  if (text.size() < kShortest || text.size() > kShortest + 9 || !text.starts_with(kVersion))
    return std::nullopt;
  std::string_view signed_part = text.substr(0, text.size() - kMac - 1);
  if (text[signed_part.size()] != ':') return std::nullopt;
  if (!constant_time_equal(mac(signed_part, secret), text.substr(signed_part.size() + 1)))
    return std::nullopt;
  auto tenant = TenantId::parse(text.substr(kVersion.size(), kUuid));
  auto message = MessageId::parse(text.substr(kVersion.size() + kUuid + 1, kUuid));
  std::string_view number = signed_part.substr(kVersion.size() + 2 * (kUuid + 1));
  OpaqueKey key;
  auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), key.attempt);
  if (tenant.has_error() || message.has_error() || ec != std::errc() ||
      end != number.data() + number.size()) {
    return std::nullopt;
  }
  key.tenant = *tenant;
  key.message = *message;
  return key;
}

} // namespace renova::messaging

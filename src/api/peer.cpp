#include "api/peer.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <optional>

namespace renova::api {
namespace {

using Bytes = std::array<std::uint8_t, 16>;
constexpr std::size_t kAddressMax = 64; // characters
constexpr int kForwardedHopsMax = 20;
constexpr int kMappedBits = 96; // of the prefix ::ffff:0:0/96

std::optional<Bytes> to_bytes(std::string_view text) {
  if (text.size() > kAddressMax) return std::nullopt;
  std::string address(text.substr(0, text.find('%')));
  Bytes bytes{};
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return bytes;
  bytes[10] = bytes[11] = 0xff;
  if (inet_pton(AF_INET, address.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

bool is_mapped(const Bytes& bytes) {
  Bytes prefix{};
  prefix[10] = prefix[11] = 0xff;
  return std::memcmp(bytes.data(), prefix.data(), 12) == 0;
}

std::string to_address(const Bytes& bytes) {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_mapped(bytes)) {
    inet_ntop(AF_INET, bytes.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  }
  return text;
}

// "[2001:db8::1]:443" and "192.0.2.1:80" carry a port; a bare IPv6 address has several colons.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  std::size_t colon = text.find(':');
  if (colon != text.npos && text.find(':', colon + 1) == text.npos) return text.substr(0, colon);
  return text;
}

bool trusts(const std::vector<AddressBlock>& trusted, std::string_view address) {
  for (const AddressBlock& block : trusted) {
    if (block.contains(address)) return true;
  }
  return false;
}

} // namespace

result<AddressBlock> AddressBlock::parse(std::string_view text) {
  const Error malformed(ErrorCode::malformed, "not an address or CIDR block: " + std::string(text));
  std::size_t slash = text.find('/');
  auto bytes = to_bytes(text.substr(0, slash));
  if (!bytes) return malformed;
  AddressBlock block;
  block.bytes_ = *bytes;
  if (slash != text.npos) {
    std::string_view digits = text.substr(slash + 1);
    auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), block.bits_);
    bool v4 = text.find(':') == text.npos;
    if (ec != std::errc() || end != digits.data() + digits.size() || block.bits_ < 0 ||
        block.bits_ > (v4 ? 32 : 128)) {
      return malformed;
    }
    if (v4) block.bits_ += kMappedBits;
  }
  return block;
}

bool AddressBlock::contains(std::string_view address) const {
  auto other = to_bytes(address);
  if (!other) return false;
  for (int bit = 0; bit < bits_; ++bit) {
    std::size_t byte = static_cast<std::size_t>(bit) / 8;
    int mask = 0x80 >> bit % 8;
    if ((bytes_[byte] & mask) != ((*other)[byte] & mask)) return false;
  }
  return true;
}

Peer find_peer(const http::Request& request, const std::vector<AddressBlock>& trusted) {
  Peer peer{request.peer, request.secure};
  if (auto bytes = to_bytes(request.peer)) peer.address = to_address(*bytes);
  if (!trusts(trusted, peer.address)) return peer;
  std::string chain;
  std::string proto;
  for (const http::Header& line : request.headers.lines()) {
    if (equals_ignoring_case(line.name, "X-Forwarded-For")) chain += (chain.empty() ? "" : ",") + line.value;
    if (equals_ignoring_case(line.name, "X-Forwarded-Proto")) proto = line.value;
  }
  std::size_t comma = proto.rfind(',');
  peer.secure = peer.secure ||
                equals_ignoring_case(trim(comma == proto.npos ? proto : proto.substr(comma + 1)), "https");
  std::string_view rest = chain;
  for (int hop = 0; hop < kForwardedHopsMax && !rest.empty(); ++hop) {
    std::size_t last = rest.rfind(',');
    std::string_view text = trim(last == rest.npos ? rest : rest.substr(last + 1));
    rest = last == rest.npos ? std::string_view{} : rest.substr(0, last);
    auto bytes = to_bytes(without_port(text));
    if (!bytes) return peer;
    peer.address = to_address(*bytes);
    if (!trusts(trusted, peer.address)) return peer;
  }
  return peer;
}

std::string limit_key(std::string_view address) {
  auto bytes = to_bytes(address);
  if (!bytes || is_mapped(*bytes)) return std::string(address);
  std::fill(bytes->begin() + 8, bytes->end(), std::uint8_t{0});
  return to_address(*bytes) + "/64";
}

} // namespace renova::api

#include "http/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace renova::http {

namespace {

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

struct Range4 {
  std::uint32_t network;
  int bits;
};

constexpr Range4 kNotPublic4[] = {
    {v4(0, 0, 0, 0), 8},       // this network
    {v4(10, 0, 0, 0), 8},      // RFC 1918
    {v4(100, 64, 0, 0), 10},   // RFC 6598, carrier-grade NAT
    {v4(127, 0, 0, 0), 8},     // loopback
    {v4(169, 254, 0, 0), 16},  // link-local
    {v4(172, 16, 0, 0), 12},   // RFC 1918
    {v4(192, 0, 0, 0), 24},    // IETF protocol assignments
    {v4(192, 0, 2, 0), 24},    // documentation
    {v4(192, 88, 99, 0), 24},  // 6to4 relays
    {v4(192, 168, 0, 0), 16},  // RFC 1918
    {v4(198, 18, 0, 0), 15},   // benchmarks
    {v4(198, 51, 100, 0), 24}, // documentation
    {v4(203, 0, 113, 0), 24},  // documentation
    {v4(224, 0, 0, 0), 4},     // multicast
    {v4(240, 0, 0, 0), 4},     // reserved, broadcast
};

bool is_public_v4(std::uint32_t address) {
  for (const Range4& range : kNotPublic4)
    if ((address ^ range.network) >> (32 - range.bits) == 0) return false;
  return true;
}

using Bytes6 = std::array<std::uint8_t, 16>;

bool has_prefix(const Bytes6& address, const Bytes6& network, int bits) {
  for (int i = 0; i < bits; ++i)
    if ((address[static_cast<std::size_t>(i / 8)] ^ network[static_cast<std::size_t>(i / 8)]) >> (7 - i % 8) &
        1)
      return false;
  return true;
}

struct Range6 {
  Bytes6 network;
  int bits;
};

// Within 2000::/3; what lies outside is not public anyway.
constexpr Range6 kNotPublic6[] = {
    {{0x20, 0x01, 0x00}, 23},       // IETF protocol assignments: Teredo, ORCHID, benchmarks
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, // documentation
    {{0x20, 0x02}, 16},             // 6to4
    {{0x3f, 0xff, 0x00}, 20},       // documentation
};
constexpr Range6 kGlobal6 = {{0x20}, 3};
constexpr Range6 kMapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}; // ::ffff:0:0/96
constexpr Range6 kNat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};                    // 64:ff9b::/96, RFC 6052

bool is_public_v6(const Bytes6& a) {
  if (has_prefix(a, kMapped.network, kMapped.bits) || has_prefix(a, kNat64.network, kNat64.bits))
    return is_public_v4(v4(a[12], a[13], a[14], a[15]));
  if (!has_prefix(a, kGlobal6.network, kGlobal6.bits)) return false;
  for (const Range6& range : kNotPublic6)
    if (has_prefix(a, range.network, range.bits)) return false;
  return true;
}

} // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address, sizeof in);
    return is_public_v4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, &address, sizeof in);
    Bytes6 bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return is_public_v6(bytes);
  }
  return false;
}

bool is_public_address(std::string_view text) {
  const std::string terminated(text);
  in_addr in;
  if (inet_pton(AF_INET, terminated.c_str(), &in) == 1) return is_public_v4(ntohl(in.s_addr));
  Bytes6 bytes;
  return inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1 && is_public_v6(bytes);
}

} // namespace renova::http

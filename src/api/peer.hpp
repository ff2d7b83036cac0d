// Where a request really comes from, when proxies stand in between.
#pragma once

#include "http/message.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace renova::api {

// A block of IP addresses: "10.0.0.0/8", "::1", "192.0.2.7".
class AddressBlock {
 public:
  static result<AddressBlock> parse(std::string_view text); // error: malformed
  bool contains(std::string_view address) const;            // false for a text that is no address

 private:
  std::array<std::uint8_t, 16> bytes_{}; // IPv4 as ::ffff:a.b.c.d
  int bits_ = 128;
};

struct Peer {
  std::string address; // IPv6 addresses without zone; IPv4-mapped ones as IPv4
  bool secure = false;
};

// Believes X-Forwarded-For and X-Forwarded-Proto only of trusted proxies, reading the list from the right:
// the first address that is not a trusted proxy is the client. A text that is no address ends the walk at the
// proxy that sent it.
Peer find_peer(const http::Request& request, const std::vector<AddressBlock>& trusted);

// The key by which an address is limited: IPv6 by its /64, which one subscriber has.
std::string limit_key(std::string_view address);

} // namespace renova::api

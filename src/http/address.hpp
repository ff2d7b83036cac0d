// Which addresses the program may call on behalf of its users (server-side request forgery, OWASP API7:2023).
#pragma once

#include <string_view>

struct sockaddr;

namespace renova::http {

// True for a globally reachable unicast address by the IANA special-purpose registries (RFC 6890): false for
// loopback, private, shared (RFC 6598), link-local (also the clouds' 169.254.169.254), unique local,
// multicast, reserved, documentation and benchmark ranges, and for IPv6 forms that carry such an IPv4 address
// (mapped, NAT64) or may carry any (6to4, Teredo). False for anything that is neither IPv4 nor IPv6.
bool is_public_address(const sockaddr& address);

// The same for the text of an address; false when it is none. For configuration checks and tests.
bool is_public_address(std::string_view text);

} // namespace renova::http

// The key that a gateway gives back in its receipts: it names the message and the attempt, and shows that we
// wrote it (RELIABILITY.md §2).
#pragma once

#include "base/id.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace renova::messaging {

struct OpaqueKey {
  TenantId tenant;
  MessageId message;
  int attempt = 1;
};

// "v1:<tenant>:<message>:<attempt>:<16 hexadecimal digits of an HMAC-SHA256>".
std::string make_opaque_key(const OpaqueKey& key, std::string_view secret);
// Nothing for a text of another form, or with another HMAC.
std::optional<OpaqueKey> read_opaque_key(std::string_view text, std::string_view secret);

} // namespace renova::messaging

// Typed identifiers: UUIDv7 (RFC 9562 §5.7), so that keys grow with time and one kind cannot pass for
// another.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace renova {

using Uuid = std::array<std::uint8_t, 16>;

// Eight-four-four-four-twelve lower-case hexadecimal digits.
std::string to_string(const Uuid& uuid);

// Reads the form that to_string writes, in either case. Error: malformed.
result<Uuid> parse_uuid(std::string_view text);

// A new UUIDv7 for `now`: 48 bits of milliseconds, 12 bits of fraction, 62 random bits. Thread-safe.
Uuid make_uuid(Instant now);

template <class Tag>
class Id {
 public:
  Id() = default; // the nil UUID: no object
  explicit Id(const Uuid& uuid) : uuid_(uuid) {}

  static Id make(Instant now) { return Id(make_uuid(now)); }
  static result<Id> parse(std::string_view text) {
    TRY(Uuid uuid, parse_uuid(text));
    return Id(uuid);
  }

  const Uuid& uuid() const { return uuid_; }
  bool is_nil() const { return uuid_ == Uuid{}; }
  std::string str() const { return to_string(uuid_); }

  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  Uuid uuid_{};
};

template <class Tag>
std::string to_string(const Id<Tag>& id) {
  return id.str();
}

using TenantId = Id<struct TenantTag>;
using UserId = Id<struct UserTag>;
using ApiKeyId = Id<struct ApiKeyTag>;
using ClientId = Id<struct ClientTag>;
using PlanId = Id<struct PlanTag>;
using SubscriptionId = Id<struct SubscriptionTag>;
using RenewalId = Id<struct RenewalTag>;
using PaymentId = Id<struct PaymentTag>;
using NoteId = Id<struct NoteTag>;
using RuleId = Id<struct RuleTag>;
using TemplateId = Id<struct TemplateTag>;
using ChannelId = Id<struct ChannelTag>;
using MessageId = Id<struct MessageTag>;
using ImportId = Id<struct ImportTag>;
using AuditId = Id<struct AuditTag>;

} // namespace renova

template <class Tag>
struct std::hash<renova::Id<Tag>> {
  std::size_t operator()(const renova::Id<Tag>& id) const noexcept {
    // The last eight bytes of a UUIDv7 are random.
    std::uint64_t tail = 0;
    for (std::size_t i = 8; i < 16; ++i) tail = tail << 8 | id.uuid()[i];
    return static_cast<std::size_t>(tail);
  }
};

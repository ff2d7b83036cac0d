// Cryptography as this program uses it: a thin, typed layer over libsodium.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace renova {

// Must run once before anything else here; safe to repeat. Throws when the system has no randomness.
void crypto_init();

std::string random_bytes(std::size_t count);
// Uniform in [0, bound); bound ≥ 1.
std::uint32_t random_below(std::uint32_t bound);
// `bytes` random bytes as base64url without padding: 16 or more for anything that must not be guessed.
std::string random_token(std::size_t bytes);

std::string sha256(std::string_view data); // 32 raw bytes
std::string hmac_sha256(std::string_view key,
                        std::string_view data); // 32 raw bytes; a key of any length (RFC 2104)

// False at once for different lengths, otherwise in time that does not depend on the contents.
bool constant_time_equal(std::string_view a, std::string_view b);

std::string to_hex(std::string_view data);
result<std::string> from_hex(std::string_view text);       // either case; error malformed
std::string to_base64(std::string_view data);              // RFC 4648 §4, padded
std::string to_base64url(std::string_view data);           // RFC 4648 §5, not padded
result<std::string> from_base64(std::string_view text);    // strict; error malformed
result<std::string> from_base64url(std::string_view text); // strict: no padding, no trailing bits

// Argon2id with OWASP's minimum (19 MiB, t = 2, p = 1) in PHC string form. About 40 ms of CPU: never on an
// I/O thread.
std::string hash_password(std::string_view password);
bool verify_password(std::string_view hash, std::string_view password);
// True when `hash` was made with weaker parameters than hash_password uses today.
bool needs_rehash(std::string_view hash);

// Secrets at rest: XSalsa20-Poly1305 (libsodium secretbox) with a random nonce. A sealed text is
// "<key id byte><24 bytes nonce><box>"; opening needs the key of that id, so that keys can be rotated.
class SecretBox {
 public:
  // `key` has 32 bytes. `old_keys`: id → key, for texts sealed before a rotation.
  SecretBox(std::uint8_t key_id, std::string key, std::map<std::uint8_t, std::string> old_keys = {});
  std::string seal(std::string_view plain) const;
  // Errors: internal, when the key id is unknown or the text was tampered with.
  result<std::string> open(std::string_view sealed) const;
  std::uint8_t key_id() const { return key_id_; }
  // A key of 32 bytes for another purpose, derived from the current key (HMAC-SHA256 of the purpose).
  std::string derive(std::string_view purpose) const;

 private:
  std::uint8_t key_id_;
  std::map<std::uint8_t, std::string> keys_;
};

} // namespace renova

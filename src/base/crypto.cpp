#include "base/crypto.hpp"

#include <sodium.h>

#include <stdexcept>
#include <vector>

namespace renova {
namespace {

constexpr unsigned long long kArgonOps = 2;
constexpr std::size_t kArgonMemory = 19 * 1024 * 1024;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string encode(std::string_view data, int variant) {
  std::string out(sodium_base64_encoded_len(data.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes(data), data.size(), variant);
  out.pop_back(); // the terminating NUL
  return out;
}

result<std::string> decode(std::string_view text, int variant) {
  std::string out(text.size(), '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes(out), out.size(), text.data(), text.size(), nullptr, &size, &end, variant) !=
          0 ||
      end != text.data() + text.size()) {
    return Error(ErrorCode::malformed, "must be base64");
  }
  out.resize(size);
  return out;
}

} // namespace

void crypto_init() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not be initialised");
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

std::uint32_t random_below(std::uint32_t bound) { return randombytes_uniform(bound); }

std::string random_token(std::size_t count) { return to_base64url(random_bytes(count)); }

std::string sha256(std::string_view data) {
  std::string out(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(bytes(out), bytes(data), data.size());
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string out(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes(data), data.size());
  crypto_auth_hmacsha256_final(&state, bytes(out));
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string to_hex(std::string_view data) {
  std::string out(data.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes(data), data.size());
  out.pop_back();
  return out;
}

result<std::string> from_hex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (text.size() % 2 != 0 ||
      sodium_hex2bin(bytes(out), out.size(), text.data(), text.size(), nullptr, &size, &end) != 0 ||
      end != text.data() + text.size()) {
    return Error(ErrorCode::malformed, "must be hexadecimal");
  }
  return out;
}

std::string to_base64(std::string_view data) { return encode(data, sodium_base64_VARIANT_ORIGINAL); }
std::string to_base64url(std::string_view data) {
  return encode(data, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
result<std::string> from_base64(std::string_view text) {
  return decode(text, sodium_base64_VARIANT_ORIGINAL);
}
result<std::string> from_base64url(std::string_view text) {
  return decode(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string hash_password(std::string_view password) {
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(out, password.data(), password.size(), kArgonOps, kArgonMemory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::bad_alloc();
  }
  return out;
}

bool verify_password(std::string_view hash, std::string_view password) {
  std::string terminated(hash);
  return crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
}

bool needs_rehash(std::string_view hash) {
  std::string terminated(hash);
  return crypto_pwhash_str_needs_rehash(terminated.c_str(), kArgonOps, kArgonMemory) != 0;
}

SecretBox::SecretBox(std::uint8_t key_id, std::string key, std::map<std::uint8_t, std::string> old_keys)
    : key_id_(key_id), keys_(std::move(old_keys)) {
  keys_[key_id] = std::move(key);
  for (const auto& [id, secret] : keys_) {
    if (secret.size() != crypto_secretbox_KEYBYTES)
      throw std::invalid_argument("a secret key must have 32 bytes");
  }
}

std::string SecretBox::seal(std::string_view plain) const {
  std::string nonce = random_bytes(crypto_secretbox_NONCEBYTES);
  std::string box(plain.size() + crypto_secretbox_MACBYTES, '\0');
  crypto_secretbox_easy(bytes(box), bytes(plain), plain.size(), bytes(nonce), bytes(keys_.at(key_id_)));
  return std::string(1, static_cast<char>(key_id_)) + nonce + box;
}

result<std::string> SecretBox::open(std::string_view sealed) const {
  Error bad(ErrorCode::internal, "a stored secret cannot be opened with the configured key");
  constexpr std::size_t kHead = 1 + crypto_secretbox_NONCEBYTES;
  if (sealed.size() < kHead + crypto_secretbox_MACBYTES) return bad;
  auto key = keys_.find(static_cast<std::uint8_t>(sealed[0]));
  if (key == keys_.end()) return bad;
  std::string_view box = sealed.substr(kHead);
  std::string plain(box.size() - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(bytes(plain), bytes(box), box.size(), bytes(sealed.substr(1)),
                                 bytes(key->second)) != 0) {
    return bad;
  }
  return plain;
}

std::string SecretBox::derive(std::string_view purpose) const {
  return hmac_sha256(keys_.at(key_id_), purpose);
}

} // namespace renova

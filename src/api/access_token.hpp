// Access tokens: JWTs (RFC 7519) of one kind and one algorithm, checked by the list of RFC 8725.
#pragma once

#include "base/result.hpp"
#include "services/identity_types.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace renova::api {

inline constexpr std::chrono::minutes kAccessTokenLifetime{15};
inline constexpr std::size_t kAccessTokenMax = 2048; // characters
inline constexpr std::string_view kTokenIssuer = "renova";

struct AccessClaims {
  UserId user;                                  // sub
  TenantId tenant;                              // tid
  services::Role role = services::Role::viewer; // as of issuing; the guard asks the database for today's
  services::SessionId session;                  // sid: the sign-in it belongs to
  Instant issued_at;                            // iat
  Instant expires_at;                           // exp
};

// HS256 alone: one program both makes and checks the tokens. `key`: 32 bytes.
class TokenSigner {
 public:
  TokenSigner(std::string key_id, std::string key);
  // Keys of before a rotation, by id: still good for checking.
  void accept(std::string key_id, std::string key);

  std::string issue(const AccessClaims& claims) const;

  // Error: unauthenticated, for anything but a token of ours that has not run out. The header must hold
  // exactly alg = HS256, typ = at+jwt and a kid of ours; base64url without padding or stray bits; no member
  // twice; the signature is checked before a claim is read.
  result<AccessClaims> verify(std::string_view token, Instant now) const;

 private:
  std::string key_id_;
  std::map<std::string, std::string, std::less<>> keys_;
};

} // namespace renova::api

#include "api/access_token.hpp"

#include "api/json_map.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"

namespace renova::api {
namespace {

namespace json = boost::json;
using services::SessionId;

struct TokenHeader {
  std::string alg;
  std::string typ;
  std::string kid;
};
BOOST_DESCRIBE_STRUCT(TokenHeader, (), (alg, typ, kid))

struct TokenPayload {
  std::string iss;
  UserId sub;
  TenantId tid;
  services::Role role = services::Role::viewer;
  SessionId sid;
  std::int64_t iat = 0; // seconds
  std::int64_t exp = 0;
  std::string jti;
};
BOOST_DESCRIBE_STRUCT(TokenPayload, (), (iss, sub, tid, role, sid, iat, exp, jti))

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kTimeMax = 253'402'300'799; // the last second of the year 9999

Error refused() { return Error(ErrorCode::unauthenticated, "the access token is not valid"); }

template <class T>
result<T> decode_part(std::string_view part) {
  auto text = from_base64url(part);
  if (text.has_error()) return refused();
  auto value = parse_json(*text);
  if (value.has_error()) return refused();
  auto decoded = decode<T>(*value);
  if (decoded.has_error()) return refused();
  return std::move(*decoded);
}

} // namespace

TokenSigner::TokenSigner(std::string key_id, std::string key) : key_id_(key_id) {
  accept(std::move(key_id), std::move(key));
}

void TokenSigner::accept(std::string key_id, std::string key) { keys_[std::move(key_id)] = std::move(key); }

std::string TokenSigner::issue(const AccessClaims& claims) const {
  TokenHeader header{"HS256", "at+jwt", key_id_};
  TokenPayload payload;
  payload.iss = kTokenIssuer;
  payload.sub = claims.user;
  payload.tid = claims.tenant;
  payload.role = claims.role;
  payload.sid = claims.session;
  payload.iat = claims.issued_at.us / kMicros;
  payload.exp = claims.expires_at.us / kMicros;
  payload.jti = random_token(16);
  std::string token = to_base64url(encode(header)) + "." + to_base64url(encode(payload));
  return token + "." + to_base64url(hmac_sha256(keys_.at(key_id_), token));
}

result<AccessClaims> TokenSigner::verify(std::string_view token, Instant now) const {
  if (token.size() > kAccessTokenMax) return refused();
  std::size_t first = token.find('.');
  std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) return refused();
  TRY(TokenHeader header, decode_part<TokenHeader>(token.substr(0, first)));
  auto key = keys_.find(header.kid);
  if (header.alg != "HS256" || header.typ != "at+jwt" || key == keys_.end()) return refused();
  auto signature = from_base64url(token.substr(second + 1));
  if (signature.has_error()) return refused();
  if (!constant_time_equal(*signature, hmac_sha256(key->second, token.substr(0, second)))) return refused();
  TRY(TokenPayload payload, decode_part<TokenPayload>(token.substr(first + 1, second - first - 1)));
  bool sane =
      payload.iss == kTokenIssuer && payload.iat >= 0 && payload.exp > payload.iat && payload.exp <= kTimeMax;
  if (!sane) return refused();
  AccessClaims claims{payload.sub,
                      payload.tid,
                      payload.role,
                      payload.sid,
                      Instant{payload.iat * kMicros},
                      Instant{payload.exp * kMicros}};
  if (claims.expires_at <= now) return Error(ErrorCode::unauthenticated, "the access token has run out");
  return claims;
}

} // namespace renova::api

#include "api/access_token.hpp"

#include "base/crypto.hpp"

#include <gtest/gtest.h>

namespace renova::api {
namespace {

const std::string kKey(32, 'k');
constexpr Instant kNow{1'764'000'000'000'000};

std::string sign(std::string_view header, std::string_view payload, std::string_view key = kKey) {
  std::string text = to_base64url(header) + "." + to_base64url(payload);
  return text + "." + to_base64url(hmac_sha256(key, text));
}

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"at+jwt","kid":"1"})";
constexpr std::string_view kPayload =
    R"({"iss":"renova","sub":"01977b3e-0000-7000-8000-000000000001","tid":"01977b3e-0000-7000-8000-000000000002",
"role":"owner","sid":"01977b3e-0000-7000-8000-000000000003","iat":1764000000,"exp":1764000900,"jti":"a"})";

std::string with(std::string_view from, std::string_view to) {
  std::string payload(kPayload);
  return payload.replace(payload.find(from), from.size(), to);
}

class AccessToken : public testing::Test {
 protected:
  TokenSigner signer{"1", kKey};
  bool good(std::string_view token, Instant now = kNow) { return signer.verify(token, now).has_value(); }
};

TEST_F(AccessToken, SaysWhatWasIssued) {
  AccessClaims claims{UserId::make(kNow),
                      TenantId::make(kNow),
                      services::Role::operator_,
                      services::SessionId::make(kNow),
                      kNow,
                      kNow + kAccessTokenLifetime};
  auto read = signer.verify(signer.issue(claims), kNow);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->user, claims.user);
  EXPECT_EQ(read->tenant, claims.tenant);
  EXPECT_EQ(read->role, claims.role);
  EXPECT_EQ(read->session, claims.session);
  EXPECT_EQ(read->expires_at, claims.expires_at);
  EXPECT_NE(signer.issue(claims), signer.issue(claims)) << "jti differs";
}

TEST_F(AccessToken, RunsOut) {
  EXPECT_TRUE(good(sign(kHeader, kPayload)));
  EXPECT_TRUE(good(sign(kHeader, kPayload), Instant{1764000899'999'999}));
  EXPECT_FALSE(good(sign(kHeader, kPayload), Instant{1764000900'000'000}));
}

// The list of RFC 8725 and of the published collections of bad tokens.
TEST_F(AccessToken, RefusesForgeries) {
  const std::string token = sign(kHeader, kPayload);
  const std::size_t last = token.rfind('.');
  std::vector<std::string> bad{
      "",
      ".",
      "..",
      token + ".",
      token + "=",
      token.substr(0, last + 1),
      token.substr(0, token.size() - 1),
      token.substr(0, last) + "." + to_base64url(std::string(32, '\0')),
      sign(R"({"alg":"none","typ":"at+jwt","kid":"1"})", kPayload),
      sign(R"({"alg":"hs256","typ":"at+jwt","kid":"1"})", kPayload),
      sign(R"({"alg":"HS512","typ":"at+jwt","kid":"1"})", kPayload),
      sign(R"({"alg":"RS256","typ":"at+jwt","kid":"1"})", kPayload),
      sign(R"({"alg":["HS256"],"typ":"at+jwt","kid":"1"})", kPayload),
      sign(R"({"alg":"HS256","typ":"JWT","kid":"1"})", kPayload),
      sign(R"({"alg":"HS256","kid":"1"})", kPayload),
      sign(R"({"alg":"HS256","typ":"at+jwt"})", kPayload),
      sign(R"({"alg":"HS256","typ":"at+jwt","kid":"2"})", kPayload),
      sign(R"({"alg":"HS256","typ":"at+jwt","kid":"../../dev/null"})", kPayload),
      sign(R"({"alg":"HS256","typ":"at+jwt","kid":"1","jku":"https://evil.example"})", kPayload),
      sign(R"({"alg":"HS256","typ":"at+jwt","kid":"1","crit":["x"]})", kPayload),
      sign(R"({"alg":"HS256","alg":"HS256","typ":"at+jwt","kid":"1"})", kPayload),
      sign(kHeader, kPayload, std::string(32, 'x')),
      sign(kHeader, kPayload, ""),
      sign(kHeader, with(R"("iss":"renova")", R"("iss":"other")")),
      sign(kHeader, with(R"("exp":1764000900)", R"("exp":"1764000900")")),
      sign(kHeader, with(R"("exp":1764000900)", R"("exp":1764000900.5)")),
      sign(kHeader, with(R"("exp":1764000900)", R"("exp":99999999999999)")),
      sign(kHeader, with(R"("exp":1764000900)", R"("exp":1)")),
      sign(kHeader, with(R"("exp":1764000900,)", "")),
      sign(kHeader, with(R"("role":"owner")", R"("role":"root")")),
      sign(kHeader, with(R"("jti":"a")", R"("jti":"a","admin":true)")),
      sign(kHeader, with(R"("jti":"a")", R"("jti":"a","jti":"a")")),
      sign(kHeader, "[]"),
      sign(kHeader, ""),
      sign("[]", kPayload),
      to_base64url(kHeader) + "." + to_base64url(kPayload) + "." + to_base64(hmac_sha256(kKey, "x")),
      std::string(kAccessTokenMax + 1, 'a'),
  };
  for (const std::string& each : bad) EXPECT_FALSE(good(each)) << each.substr(0, 120);
}

TEST_F(AccessToken, RefusesStrayBitsInTheSignature) {
  std::string token = sign(kHeader, kPayload);
  // 32 bytes are 43 characters whose last holds two bits that mean nothing: only one form of it is right.
  int accepted = 0;
  for (char c : std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) {
    token.back() = c;
    accepted += good(token) ? 1 : 0;
  }
  EXPECT_EQ(accepted, 1);
}

TEST_F(AccessToken, OldKeysStayGoodUntilTheyAreDropped) {
  TokenSigner next("2", std::string(32, 'n'));
  EXPECT_FALSE(next.verify(sign(kHeader, kPayload), kNow).has_value());
  next.accept("1", kKey);
  EXPECT_TRUE(next.verify(sign(kHeader, kPayload), kNow).has_value());
}

} // namespace
} // namespace renova::api

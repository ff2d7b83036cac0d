// Setting up, signing in and staying signed in, over a real socket.

#include "tests/support/api_harness.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace renova {
namespace {

using services::Role;
using test::ApiHarness;
using test::ApiResponse;
using test::expect_problem;
using test::expect_status;

constexpr std::string_view kSetupToken = "printed-at-start";
constexpr std::string_view kGoodPassword = "another invented phrase";

ApiHarness::Options fresh_installation() {
  ApiHarness::Options options;
  options.adjust = [](api::Options& o) { o.setup_token = kSetupToken; };
  options.sign_in = false;
  return options;
}

std::string setup_body(std::string_view token, std::string_view business, std::string_view email,
                       std::string_view password) {
  boost::json::object body{{"token", token}, {"business", business}, {"name", "Olga Owner"}};
  body["email"] = email;
  body["password"] = password;
  return boost::json::serialize(body);
}

class SettingUp : public testing::TestWithParam<storage::Engine> {
 protected:
  ApiHarness api{GetParam(), fresh_installation()};
};
INSTANTIATE_TEST_SUITE_P(Engines, SettingUp, test::kBothEngines, test::engine_name);

TEST_P(SettingUp, RefusesWhatIsWrongAndMakesNobody) {
  struct Case {
    std::string body;
    int status;
    std::string code;
    std::string pointer;
  };
  const std::vector<Case> cases{
      {"", 415, "unsupported_media_type", ""},
      {"{", 400, "malformed", ""},
      {"[]", 422, "validation_failed", ""},
      {"{}", 422, "validation_failed", "/token"},
      {setup_body("wrong", "Loja", "o@example.com", kGoodPassword), 401, "unauthenticated", ""},
      {setup_body("", "Loja", "o@example.com", kGoodPassword), 401, "unauthenticated", ""},
      {setup_body(kSetupToken, "L", "o@example.com", kGoodPassword), 422, "validation_failed", "/business"},
      {setup_body(kSetupToken, "Loja", "no address", kGoodPassword), 422, "validation_failed", "/email"},
      {setup_body(kSetupToken, "Loja", "o@example.com", "short"), 422, "validation_failed", "/password"},
      {setup_body(kSetupToken, "Loja", "o@example.com", "senha123"), 422, "validation_failed", "/password"},
      {setup_body(kSetupToken, "Loja", "o@example.com", std::string(257, 'x')), 422, "validation_failed",
       "/password"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.body);
    expect_problem(api.anonymous("POST", "/api/v1/setup", each.body), each.status, each.code, each.pointer);
  }
  EXPECT_EQ(api.anonymous("GET", "/api/v1/setup").body, R"({"needed":true})");
}

TEST_P(SettingUp, MakesOneOwnerOnce) {
  std::string body = setup_body(kSetupToken, "Loja Exemplo", "Olga@Example.com", kGoodPassword);
  ApiResponse made = api.anonymous("POST", "/api/v1/setup", body);
  expect_status(made, 201);
  EXPECT_EQ(made.text("token_type"), "Bearer");
  EXPECT_EQ(made.number("expires_in"), 900);
  EXPECT_EQ(made.text("user.email"), "olga@example.com");
  EXPECT_EQ(made.text("tenants.0.name"), "Loja Exemplo");
  EXPECT_EQ(made.text("tenants.0.role"), "owner");
  EXPECT_FALSE(made.cookie("renova_refresh").empty());
  EXPECT_EQ(api.anonymous("GET", "/api/v1/setup").body, R"({"needed":false})");
  expect_problem(api.anonymous("POST", "/api/v1/setup", body), 409, "conflict");

  api.token = api.sign_in("OLGA@example.com", kGoodPassword);
  expect_status(api.get("/api/v1/settings"), 200);
}

class SigningIn : public testing::TestWithParam<storage::Engine> {
 protected:
  ApiHarness api{GetParam()};

  ApiResponse login(std::string_view email, std::string_view password) {
    boost::json::object body{{"email", email}, {"password", password}};
    return api.anonymous("POST", "/api/v1/auth/login", boost::json::serialize(body));
  }
  ApiResponse refresh(const std::string& cookie, test::ApiHeaders headers = {}) {
    headers.emplace_back("Cookie", "other=1; renova_refresh=" + cookie);
    return api.anonymous("POST", "/api/v1/auth/refresh", "", headers);
  }
  int status_with(const std::string& token) {
    return api.get("/api/v1/auth/me", {{"Authorization", "Bearer " + token}}).status;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, SigningIn, test::kBothEngines, test::engine_name);

TEST_P(SigningIn, RefusesWhatIsWrong) {
  expect_problem(api.anonymous("POST", "/api/v1/auth/login", R"({"email":1,"password":"x"})"), 422,
                 "validation_failed", "/email");
  expect_problem(api.anonymous("POST", "/api/v1/auth/login", R"({"email":"a@b.example"})"), 422,
                 "validation_failed", "/password");
  expect_problem(
      api.anonymous("POST", "/api/v1/auth/login", R"({"email":"a@b.example","password":"x","x":1})"), 422,
      "validation_failed", "/x");
  expect_problem(api.anonymous("POST", "/api/v1/auth/login", "email=a", {{"Content-Type", "text/plain"}}),
                 415, "unsupported_media_type");
  for (std::string_view email : {"nobody@example.com", "not an address", ""}) {
    expect_problem(login(email, test::kOwnerPassword), 401, "unauthenticated");
  }
  ApiResponse wrong = login(test::kOwnerEmail, "not it");
  expect_problem(wrong, 401, "unauthenticated");
  EXPECT_TRUE(wrong.cookie("renova_refresh").empty());
}

TEST_P(SigningIn, AnswersUserTenantsAndCookie) {
  ApiResponse in = login(test::kOwnerEmail, test::kOwnerPassword);
  expect_status(in, 200);
  EXPECT_EQ(in.text("user.id"), api.owner.str());
  EXPECT_EQ(in.text("tenants.0.id"), api.tenant.str());
  std::string cookie = in.header("set-cookie");
  for (std::string_view part : {"HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"}) {
    EXPECT_NE(cookie.find(part), cookie.npos) << cookie;
  }
  EXPECT_EQ(cookie.find("Secure"), cookie.npos) << "over plain HTTP a browser would drop it";
  ApiResponse me = api.get("/api/v1/auth/me", {{"Authorization", "Bearer " + in.text("access_token")}});
  expect_status(me, 200);
  EXPECT_EQ(me.text("user.email"), test::kOwnerEmail);
  EXPECT_EQ(me.text("tenant.role"), "owner");
}

TEST_P(SigningIn, SlowsGuessingDownWhetherTheAccountExistsOrNot) {
  for (std::string_view email : {std::string_view("nobody@example.com"), test::kOwnerEmail}) {
    SCOPED_TRACE(email);
    for (int i = 0; i < 6; ++i) expect_problem(login(email, "wrong guess"), 401, "unauthenticated");
    ApiResponse delayed = login(email, test::kOwnerPassword);
    expect_problem(delayed, 429, "rate_limited");
    int seconds = std::stoi(delayed.header("retry-after"));
    EXPECT_GE(seconds, 1);
    EXPECT_LE(seconds, 4);
    api.clock.advance(std::chrono::seconds(seconds));
  }
  expect_status(login(test::kOwnerEmail, test::kOwnerPassword), 200);
  // A right password forgets the failures.
  expect_problem(login(test::kOwnerEmail, "wrong guess"), 401, "unauthenticated");
  expect_status(login(test::kOwnerEmail, test::kOwnerPassword), 200);
}

TEST_P(SigningIn, TokensRunOutByTheClock) {
  expect_status(api.get("/api/v1/auth/me"), 200);
  api.clock.advance(std::chrono::minutes(15) - std::chrono::seconds(1));
  expect_status(api.get("/api/v1/auth/me"), 200);
  api.clock.advance(std::chrono::seconds(1));
  expect_problem(api.get("/api/v1/auth/me"), 401, "unauthenticated");
}

TEST_P(SigningIn, RefusesForgedCredentials) {
  const std::string good = api.token;
  std::size_t dot = good.rfind('.');
  std::string payload = good.substr(good.find('.') + 1, dot - good.find('.') - 1);
  const std::vector<std::string> bad{
      "",
      "x",
      "a.b.c",
      good + "=",
      good + "A",
      good.substr(0, dot + 1),                                                 // no signature
      good.substr(0, dot),                                                     // two parts
      good + "." + good,                                                       // six parts
      "eyJhbGciOiJub25lIn0." + payload + ".",                                  // alg none
      "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoiMSJ9." + payload + ".", // none, rest right
      "eyJhbGciOiJIUzUxMiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjEifQ." + payload + good.substr(dot), // HS512
      std::string(5000, 'a') + "." + payload + good.substr(dot),
      "rnv_" + std::string(43, 'A'),
  };
  for (const std::string& token : bad) {
    SCOPED_TRACE(token.substr(0, 80));
    expect_problem(api.get("/api/v1/auth/me", {{"Authorization", "Bearer " + token}}), 401,
                   "unauthenticated");
  }
  expect_problem(api.get("/api/v1/auth/me", {{"Authorization", "Basic YTpi"}}), 401, "unauthenticated");
  expect_problem(api.anonymous("GET", "/api/v1/auth/me"), 401, "unauthenticated");
}

TEST_P(SigningIn, RotatesRefreshTokensAndDetectsReuse) {
  ApiResponse in = login(test::kOwnerEmail, test::kOwnerPassword);
  std::string first = in.cookie("renova_refresh");
  ApiResponse once = refresh(first);
  expect_status(once, 200);
  std::string second = once.cookie("renova_refresh");
  EXPECT_NE(second, first);
  // A second tab within the grace gets the same successor, and no second branch.
  EXPECT_EQ(refresh(first).cookie("renova_refresh"), second);
  api.clock.advance(std::chrono::seconds(21));
  EXPECT_EQ(status_with(once.text("access_token")), 200);
  expect_problem(refresh(first), 401, "unauthenticated"); // reused: the family ends …
  expect_problem(refresh(second), 401, "unauthenticated");
  EXPECT_EQ(status_with(once.text("access_token")), 401); // … its access tokens too
  EXPECT_EQ(status_with(api.token), 200) << "another sign-in is not touched";
  ApiResponse audit = api.get("/api/v1/audit?action=refresh_token_reused");
  EXPECT_EQ(audit.json().at("data").as_array().size(), 1u);
}

TEST_P(SigningIn, RefreshNeedsTheOwnSiteAndACookie) {
  std::string cookie = login(test::kOwnerEmail, test::kOwnerPassword).cookie("renova_refresh");
  expect_problem(refresh(cookie, {{"Sec-Fetch-Site", "cross-site"}}), 403, "forbidden");
  expect_problem(refresh(cookie, {{"Origin", "https://evil.example"}}), 403, "forbidden");
  expect_problem(refresh(""), 401, "unauthenticated");
  expect_problem(refresh("made-up"), 401, "unauthenticated");
  expect_status(refresh(cookie, {{"Sec-Fetch-Site", "same-origin"}}), 200);
}

TEST_P(SigningIn, LogoutEndsTheSessionAtOnce) {
  ApiResponse in = login(test::kOwnerEmail, test::kOwnerPassword);
  std::string token = in.text("access_token");
  EXPECT_EQ(status_with(token), 200);
  ApiResponse out = api.post("/api/v1/auth/logout", "", {{"Authorization", "Bearer " + token}});
  expect_status(out, 204);
  EXPECT_NE(out.header("set-cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(status_with(token), 401);
  expect_problem(refresh(in.cookie("renova_refresh")), 401, "unauthenticated");
}

TEST_P(SigningIn, ChangingThePasswordEndsOtherSessions) {
  std::string other = login(test::kOwnerEmail, test::kOwnerPassword).text("access_token");
  auto change = [&](std::string_view current, std::string_view next) {
    boost::json::object body{{"current_password", current}, {"new_password", next}};
    return api.post("/api/v1/auth/password", boost::json::serialize(body));
  };
  expect_problem(change("not it", kGoodPassword), 422, "validation_failed", "/current_password");
  expect_problem(change(test::kOwnerPassword, "qwerty123"), 422, "validation_failed", "/new_password");
  EXPECT_EQ(status_with(other), 200);
  expect_status(change(test::kOwnerPassword, kGoodPassword), 204);
  EXPECT_EQ(status_with(other), 401);
  EXPECT_EQ(status_with(api.token), 200) << "the session that changed it goes on";
  expect_problem(login(test::kOwnerEmail, test::kOwnerPassword), 401, "unauthenticated");
  expect_status(login(test::kOwnerEmail, kGoodPassword), 200);
}

class People : public testing::TestWithParam<storage::Engine> {
 protected:
  ApiHarness api{GetParam()};

  static std::string user(std::string_view email, std::string_view role) {
    boost::json::object body{
        {"email", email}, {"name", "Some Body"}, {"role", role}, {"password", kGoodPassword}};
    return boost::json::serialize(body);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, People, test::kBothEngines, test::engine_name);

TEST_P(People, AreCheckedBeforeTheyAreAdded) {
  expect_problem(api.post("/api/v1/users", user("nonsense", "viewer")), 422, "validation_failed", "/email");
  expect_problem(api.post("/api/v1/users", user("a@example.com", "king")), 422, "validation_failed", "/role");
  expect_problem(api.post("/api/v1/users", R"({"email":"a@example.com","role":"viewer","password":"abc"})"),
                 422, "validation_failed", "/password");
  std::string admin = api.token_of(Role::admin);
  expect_problem(api.post("/api/v1/users", user("a@example.com", "owner"), {{"Authorization", admin}}), 403,
                 "forbidden");
  EXPECT_EQ(api.get("/api/v1/users?with_total=true").number("total"), 2);
  test::ApiHeaders once{{"Idempotency-Key", "one"}};
  ApiResponse added = api.post("/api/v1/users", user("a@example.com", "viewer"), once);
  expect_status(added, 201);
  EXPECT_EQ(api.post("/api/v1/users", user("a@example.com", "viewer"), once).body, added.body);
  expect_problem(api.post("/api/v1/users", user("A@Example.com", "viewer")), 409, "conflict");
}

TEST_P(People, LoseTheirRightsAtOnce) {
  api.clock.advance(std::chrono::seconds(1)); // so that the order of joining is plain
  std::string admin = api.token_of(Role::admin);
  ApiResponse users = api.get("/api/v1/users?sort=-created_at&limit=1", {{"Authorization", admin}});
  expect_status(users, 200);
  std::string id = users.text("data.0.id");
  EXPECT_EQ(users.text("data.0.email"), "admin@example.com");
  std::string cursor = users.text("next_cursor");
  EXPECT_EQ(api.get("/api/v1/users?sort=-created_at&limit=1&cursor=" + cursor).text("data.0.email"),
            test::kOwnerEmail);
  expect_status(api.patch("/api/v1/users/" + id, R"({"role":"viewer"})"), 200);
  expect_problem(api.get("/api/v1/users", {{"Authorization", admin}}), 403, "forbidden");
  expect_status(api.get("/api/v1/settings", {{"Authorization", admin}}), 200);
  expect_status(api.del("/api/v1/users/" + id), 204);
  expect_problem(api.get("/api/v1/settings", {{"Authorization", admin}}), 403, "forbidden");
  expect_problem(api.get("/api/v1/users/" + id), 404, "not_found");
}

TEST_P(People, NeverLoseTheLastOwner) {
  std::string path = "/api/v1/users/" + api.owner.str();
  expect_problem(api.patch(path, R"({"role":"admin"})"), 409, "conflict");
  expect_problem(api.del(path), 409, "conflict");
  std::string admin = api.token_of(Role::admin);
  expect_problem(api.patch(path, R"({"role":"viewer"})", {{"Authorization", admin}}), 403, "forbidden");
  expect_problem(api.del(path, {{"Authorization", admin}}), 403, "forbidden");
}

TEST_P(People, OfAnotherTenantAreNotFound) {
  std::string foreign = api.foreign_owner();
  std::string path = "/api/v1/users/" + api.owner.str();
  expect_problem(api.get(path, {{"Authorization", foreign}}), 404, "not_found");
  expect_problem(api.patch(path, R"({"role":"viewer"})", {{"Authorization", foreign}}), 404, "not_found");
  expect_problem(api.del(path, {{"Authorization", foreign}}), 404, "not_found");
  expect_problem(api.get("/api/v1/users", {{"X-Tenant-Id", to_string(make_uuid(api.clock.now()))}}), 403,
                 "forbidden");
  EXPECT_EQ(api.get(path).text("role"), "owner");
}

class Keys : public testing::TestWithParam<storage::Engine> {
 protected:
  ApiHarness api{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Engines, Keys, test::kBothEngines, test::engine_name);

TEST_P(Keys, AreCheckedBeforeTheyAreMade) {
  expect_problem(api.post("/api/v1/api-keys", R"({"name":""})"), 422, "validation_failed", "/name");
  expect_problem(api.post("/api/v1/api-keys", R"({"name":"x","scopes":["clients:fly"]})"), 422,
                 "validation_failed", "/scopes/0");
  expect_problem(api.post("/api/v1/api-keys", R"({"name":"x","expires_at":"2020-01-01T00:00:00Z"})"), 422,
                 "validation_failed", "/expires_at");
  expect_problem(api.post("/api/v1/api-keys", R"({"name":"x","role":"owner"})",
                          {{"Authorization", api.token_of(Role::admin)}}),
                 403, "forbidden");
  EXPECT_EQ(api.get("/api/v1/api-keys?with_total=true").number("total"), 0);
}

TEST_P(Keys, WorkWithinTheirScopesUntilRevoked) {
  ApiResponse made =
      api.post("/api/v1/api-keys", R"({"name":"Site","role":"admin","scopes":["settings:read"]})");
  expect_status(made, 201);
  std::string key = made.text("key");
  EXPECT_TRUE(key.starts_with("rnv_"));
  EXPECT_EQ(api.get("/api/v1/api-keys").body.find(key), std::string::npos) << "shown once only";
  test::ApiHeaders as_key{{"Authorization", "Bearer " + key}};
  expect_status(api.get("/api/v1/settings", as_key), 200);
  expect_problem(api.patch("/api/v1/settings", R"({"expiring_days":9})", as_key), 403, "forbidden");
  expect_problem(api.get("/api/v1/users", as_key), 403, "forbidden");
  expect_status(api.del("/api/v1/api-keys/" + made.text("id")), 204);
  expect_problem(api.get("/api/v1/settings", as_key), 401, "unauthenticated");
  expect_problem(api.del("/api/v1/api-keys/" + made.text("id")), 404, "not_found");
}

TEST_P(Keys, RunOut) {
  ApiResponse made = api.post("/api/v1/api-keys", R"({"name":"Short","expires_at":"2026-11-23T12:10:00Z"})");
  test::ApiHeaders as_key{{"Authorization", "Bearer " + made.text("key")}};
  expect_status(api.get("/api/v1/settings", as_key), 200);
  api.clock.advance(std::chrono::minutes(10));
  expect_problem(api.get("/api/v1/settings", as_key), 401, "unauthenticated");
}

} // namespace
} // namespace renova

// What sign-in and set-up answer, and the cookie that goes with it.
#pragma once

#include "api/core.hpp"
#include "services/sign_in.hpp"

namespace renova::api {

struct UserView {
  UserId id;
  std::string email;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(UserView, (), (id, email, name))

struct TenantView {
  TenantId id;
  std::string name;
  Role role = Role::viewer;
};
BOOST_DESCRIBE_STRUCT(TenantView, (), (id, name, role))

struct SignedIn {
  std::string access_token;
  std::string token_type = "Bearer";
  std::int64_t expires_in = 0; // seconds
  UserView user;
  std::vector<TenantView> tenants;
};
BOOST_DESCRIBE_STRUCT(SignedIn, (), (access_token, token_type, expires_in, user, tenants))

inline constexpr std::string_view kSignedInExample =
    R"({"access_token":"eyJ…","token_type":"Bearer","expires_in":900,
"user":{"id":"01977b3e-0000-7000-8000-000000000001","email":"dona@exemplo.com.br","name":"Dona Exemplo"},
"tenants":[{"id":"01977b3e-0000-7000-8000-000000000002","name":"Loja Exemplo","role":"owner"}]})";

TenantView to_view(const services::Membership& membership);

// The answer to a successful sign-in: a token for the tenant that X-Tenant-Id names (the first one
// otherwise), and the cookie. Errors: forbidden, for a user without any tenant, or who is not a member of
// that one.
result<Reply> signed_in_reply(const Core& core, const Call& call, const services::Account& account,
                              const std::vector<services::Membership>& memberships,
                              const services::Session& session, int status);

// "renova_refresh"; "__Secure-renova_refresh" over HTTPS, where browsers then insist on Secure.
std::string cookie_name(bool secure);
http::Header refresh_cookie(const Call& call, const services::Session& session);
http::Header cleared_cookie(const Call& call);
std::string_view refresh_token_of(const Call& call); // empty: none

services::Device device_of(const Call& call);
std::string login_email(std::string_view text); // as accounts have it; empty when it is no e-mail address

} // namespace renova::api

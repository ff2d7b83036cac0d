#include "api/sign_in_views.hpp"

#include "base/text.hpp"
#include "domain/text_rules.hpp"
#include "http/cookies.hpp"

namespace renova::api {

TenantView to_view(const services::Membership& membership) {
  return TenantView{membership.tenant_id, membership.tenant_name, membership.role};
}

result<Reply> signed_in_reply(const Core& core, const Call& call, const services::Account& account,
                              const std::vector<services::Membership>& memberships,
                              const services::Session& session, int status) {
  if (memberships.empty()) return Error(ErrorCode::forbidden, "this account belongs to no tenant");
  const services::Membership* chosen = &memberships.front();
  std::string_view wanted = trim(call.request().headers.get("X-Tenant-Id"));
  if (!wanted.empty()) {
    chosen = nullptr;
    for (const services::Membership& membership : memberships) {
      if (membership.tenant_id.str() == wanted) chosen = &membership;
    }
    if (!chosen) return Error(ErrorCode::forbidden, "you are not a member of this tenant");
  }
  AccessClaims claims;
  claims.user = account.id;
  claims.tenant = chosen->tenant_id;
  claims.role = chosen->role;
  claims.session = session.family;
  claims.issued_at = call.now();
  claims.expires_at = call.now() + kAccessTokenLifetime;
  SignedIn view;
  view.access_token = core.signer.issue(claims);
  view.expires_in = std::chrono::seconds(kAccessTokenLifetime).count();
  view.user = UserView{account.id, account.email, account.name};
  for (const services::Membership& membership : memberships) view.tenants.push_back(to_view(membership));
  Reply reply = ok(view);
  reply.status = status;
  reply.headers.push_back(refresh_cookie(call, session));
  return reply;
}

std::string cookie_name(bool secure) { return secure ? "__Secure-renova_refresh" : "renova_refresh"; }

http::Header refresh_cookie(const Call& call, const services::Session& session) {
  http::SetCookie cookie{cookie_name(call.secure()), session.refresh_token, "/api/v1/auth"};
  cookie.max_age = std::chrono::duration_cast<std::chrono::seconds>(session.expires_at - call.now());
  cookie.secure = call.secure();
  return {"Set-Cookie", http::to_string(cookie)};
}

http::Header cleared_cookie(const Call& call) {
  http::SetCookie cookie{cookie_name(call.secure()), "", "/api/v1/auth"};
  cookie.max_age = std::chrono::seconds(0);
  cookie.secure = call.secure();
  return {"Set-Cookie", http::to_string(cookie)};
}

std::string_view refresh_token_of(const Call& call) { return call.cookie(cookie_name(call.secure())); }

services::Device device_of(const Call& call) {
  std::string agent = strip_control(call.request().headers.get("User-Agent"));
  if (!is_utf8(agent)) agent.clear();
  return {std::string(prefix(agent, services::kUserAgentMax)), call.peer()};
}

std::string login_email(std::string_view text) {
  auto parsed = domain::parse_email(text);
  return parsed.has_value() ? to_lower(*parsed) : std::string();
}

} // namespace renova::api

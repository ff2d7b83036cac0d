// POST /auth/login, /auth/refresh, /auth/logout, /auth/password; GET /auth/me.

#include "api/sign_in_views.hpp"
#include "services/password_rules.hpp"
#include "services/settings.hpp"

namespace renova::api {
namespace {

struct LoginBody {
  std::string email;
  std::string password;
  std::optional<std::string> totp;
};
BOOST_DESCRIBE_STRUCT(LoginBody, (), (email, password, totp))

struct PasswordBody {
  std::string current_password;
  std::string new_password;
};
BOOST_DESCRIBE_STRUCT(PasswordBody, (), (current_password, new_password))

struct Me {
  std::optional<UserView> user;    // null for an API key
  std::optional<ApiKeyId> api_key; // null for a user
  TenantView tenant;               // the one that this call is about
  std::vector<TenantView> tenants; // all that the user may choose by X-Tenant-Id
  std::vector<std::string> scopes; // of an API key; empty: all that the role may
};
BOOST_DESCRIBE_STRUCT(Me, (), (user, api_key, tenant, tenants, scopes))

using CallPtr = std::shared_ptr<const Call>;

Error wrong_credentials() {
  return Error(ErrorCode::unauthenticated, "the e-mail address or the password is wrong");
}

// After the hash has been checked: opens the session, or notes the failure.
void conclude_login(Core& core, const CallPtr& call, const Respond& respond, const std::string& email,
                    const std::shared_ptr<services::LoginState>& state, bool right,
                    const std::string& new_hash) {
  if (!right) {
    return write_then(
        core.database,
        [email, now = call->now()](storage::Transaction& tx) {
          return services::note_login_failure(tx, email, now);
        },
        [respond](result<void> noted) { respond(noted.has_error() ? noted.error() : wrong_credentials()); });
  }
  services::Actor actor = call->actor();
  actor.kind = services::Actor::Kind::user;
  actor.id = state->account->id.uuid();
  actor.name = state->account->email;
  write_then(
      core.database,
      [state, new_hash, actor, call](storage::Transaction& tx) {
        return services::finish_login(tx, *state, new_hash, device_of(*call), actor, call->now());
      },
      [&core, call, respond, state](result<services::Session> session) {
        if (session.has_error()) return respond(session.error());
        respond(signed_in_reply(core, *call, *state->account, state->memberships, *session, 200));
      });
}

void login(Core& core, const CallPtr& call, const Respond& respond) {
  auto body = call->body<LoginBody>();
  if (body.has_error()) return respond(body.error());
  std::string email = login_email(body->email);
  read_then(
      core.database,
      [email, now = call->now()](storage::Transaction& tx) { return services::begin_login(tx, email, now); },
      [&core, call, respond, email, password = body->password](result<services::LoginState> found) {
        if (found.has_error()) return respond(found.error());
        auto state = std::make_shared<services::LoginState>(std::move(*found));
        std::string hash = state->account ? state->account->password_hash : std::string();
        auto queued =
            core.passwords.verify(std::move(hash), password,
                                  [&core, call, respond, email, state](bool right, std::string new_hash) {
                                    conclude_login(core, call, respond, email, state, right, new_hash);
                                  });
        if (queued.has_error()) respond(queued.error());
      });
}

void refresh(Core& core, const CallPtr& call, const Respond& respond) {
  if (!is_same_origin(call->request(), call->secure())) {
    return respond(Error(ErrorCode::forbidden, "a call with a cookie must come from this site"));
  }
  std::string token(refresh_token_of(*call));
  if (token.empty()) return respond(Error(ErrorCode::unauthenticated, "there is no session cookie"));
  write_then(
      core.database,
      [&core, token, call](storage::Transaction& tx) {
        return services::renew_session(tx, token, core.rotation_key, device_of(*call), call->now());
      },
      [&core, call, respond](result<services::Renewal> renewal) {
        if (renewal.has_error()) return respond(renewal.error());
        if (renewal->kind == services::Renewal::Kind::reused) {
          core.guard.forget_session(renewal->session.family);
          return respond(
              Error(ErrorCode::unauthenticated, "the refresh token was used before; sign in again"));
        }
        respond(signed_in_reply(core, *call, renewal->account, renewal->memberships, renewal->session, 200));
      });
}

void logout(Core& core, const CallPtr& call, const Respond& respond) {
  if (!is_same_origin(call->request(), call->secure())) {
    return respond(Error(ErrorCode::forbidden, "a call with a cookie must come from this site"));
  }
  std::string token(refresh_token_of(*call));
  services::SessionId own = call->signed_in() ? call->principal().session : services::SessionId();
  using Ended = std::optional<services::SessionId>;
  write_then(
      core.database,
      [token, own, now = call->now()](storage::Transaction& tx) -> result<Ended> {
        if (!own.is_nil()) {
          TRY_DO(services::end_session_family(tx, own, now));
        }
        if (token.empty()) return Ended();
        return services::end_session(tx, token, now);
      },
      [&core, call, respond, own](result<Ended> ended) {
        if (ended.has_error()) return respond(ended.error());
        if (!own.is_nil()) core.guard.forget_session(own);
        if (*ended) core.guard.forget_session(**ended);
        Reply reply = no_content();
        reply.headers.push_back(cleared_cookie(*call));
        reply.headers.push_back({"Clear-Site-Data", "\"cache\", \"storage\""});
        respond(std::move(reply));
      });
}

result<Unit> me(const Call& call) {
  return Unit([principal = call.principal()](storage::TenantTransaction& tx) -> result<Reply> {
    Me view;
    view.scopes = principal.scopes;
    TRY(auto settings, services::get_settings(tx));
    view.tenant = TenantView{principal.tenant, settings.business, principal.role};
    if (principal.is_api_key()) {
      view.api_key = principal.api_key;
      view.tenants.push_back(view.tenant);
      return ok(view);
    }
    TRY(auto account, services::find_account(tx.system(), principal.user));
    if (!account) return Error(ErrorCode::unauthenticated, "there is no such account");
    view.user = UserView{account->id, account->email, account->name};
    TRY(auto memberships, services::memberships_of(tx.system(), principal.user));
    for (const services::Membership& membership : memberships) view.tenants.push_back(to_view(membership));
    return ok(view);
  });
}

void store_password(Core& core, const CallPtr& call, const Respond& respond, const std::string& password) {
  auto queued = core.passwords.hash(password, [&core, call, respond](const std::string& hash) {
    write_then(
        core.database,
        [call, hash](storage::Transaction& tx) {
          storage::TenantTransaction tenant = tx.tenant(call->tenant());
          const Principal& who = call->principal();
          return services::change_password(tenant, who.user, hash, who.session, call->actor(), call->now());
        },
        [&core, call, respond](result<void> changed) {
          if (changed.has_error()) return respond(changed.error());
          core.guard.forget_user(call->principal().user);
          respond(no_content());
        });
  });
  if (queued.has_error()) respond(queued.error());
}

void change_password(Core& core, const CallPtr& call, const Respond& respond) {
  auto body = call->body<PasswordBody>();
  if (body.has_error()) return respond(body.error());
  const Principal& who = call->principal();
  if (who.is_api_key()) return respond(Error(ErrorCode::forbidden, "an API key has no password"));
  std::string email = who.name;
  auto fits = services::check_password(body->new_password, email, "/new_password");
  if (fits.has_error()) return respond(fits.error());
  read_then(
      core.database,
      [email, now = call->now()](storage::Transaction& tx) { return services::begin_login(tx, email, now); },
      [&core, call, respond, email, body = *body](result<services::LoginState> state) {
        if (state.has_error()) return respond(state.error());
        std::string hash = state->account ? state->account->password_hash : std::string();
        auto checked = [&core, call, respond, email, body](bool right, const std::string&) {
          if (right) return store_password(core, call, respond, body.new_password);
          write_then(
              core.database,
              [email, now = call->now()](storage::Transaction& tx) {
                return services::note_login_failure(tx, email, now);
              },
              [respond](result<void> noted) {
                if (noted.has_error()) return respond(noted.error());
                respond(field_error("/current_password", "wrong_password", "is not your present password"));
              });
        };
        auto queued = core.passwords.verify(std::move(hash), body.current_password, checked);
        if (queued.has_error()) respond(queued.error());
      });
}

} // namespace

void add_sign_in_routes(RouteTable& routes, Core& core) {
  routes
      .post("/api/v1/auth/login", Access::anyone(), RateClass::normal, "login",
            "Signs in with e-mail and password")
      .takes<LoginBody>(R"({"email":"dona@exemplo.com.br","password":"uma frase bem comprida"})")
      .answers<SignedIn>(200, kSignedInExample)
      .custom([&core](const CallPtr& call, const Respond& respond) { login(core, call, respond); });
  routes
      .post("/api/v1/auth/refresh", Access::anyone(), RateClass::normal, "refreshSession",
            "Exchanges the cookie renova_refresh for a new access token and a new cookie")
      .answers<SignedIn>(200, kSignedInExample)
      .custom([&core](const CallPtr& call, const Respond& respond) { refresh(core, call, respond); });
  routes
      .post("/api/v1/auth/logout", Access::anyone(), RateClass::normal, "logout",
            "Ends the session of the cookie and of the access token")
      .answers_nothing()
      .custom([&core](const CallPtr& call, const Respond& respond) { logout(core, call, respond); });
  routes
      .get("/api/v1/auth/me", Access::signed_in(), RateClass::normal, "getMe",
           "Who is signed in, and in which tenants")
      .answers<Me>()
      .read(me);
  routes
      .post("/api/v1/auth/password", Access::signed_in(), RateClass::normal, "changePassword",
            "Changes the own password and ends all other sessions")
      .takes<PasswordBody>(
          R"({"current_password":"uma frase bem comprida","new_password":"outra frase comprida"})")
      .answers_nothing()
      .custom([&core](const CallPtr& call, const Respond& respond) { change_password(core, call, respond); });
}

} // namespace renova::api

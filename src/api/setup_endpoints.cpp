// GET and POST /setup: the first owner of a fresh installation.

#include "api/sign_in_views.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"
#include "services/password_rules.hpp"

namespace renova::api {
namespace {

struct SetupState {
  bool needed = false;
};
BOOST_DESCRIBE_STRUCT(SetupState, (), (needed))

struct SetupBody {
  std::string token;
  std::string business;
  std::string name;
  std::string email;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(SetupBody, (), (token, business, name, email, password))

struct Founded {
  services::LoginState state;
  services::Session session;
};

using CallPtr = std::shared_ptr<const Call>;

result<void> check_fields(const SetupBody& body) {
  domain::FieldErrors errors;
  errors.take("/business", domain::parse_name(body.business));
  errors.take("/name", domain::parse_name(body.name));
  errors.take("/email", domain::parse_email(body.email));
  auto password = services::check_password(body.password, body.email, "/password");
  if (password.has_error()) errors.note("", password.error());
  return errors.finish();
}

void found(Core& core, const CallPtr& call, const Respond& respond, const services::FirstOwner& owner) {
  services::Actor actor = call->actor();
  actor.kind = services::Actor::Kind::user;
  actor.name = owner.email;
  write_then(
      core.database,
      [owner, actor, call](storage::Transaction& tx) -> result<Founded> {
        Founded founded;
        TRY(founded.state, services::set_up(tx, owner, actor, call->now()));
        TRY(founded.session,
            services::finish_login(tx, founded.state, {}, device_of(*call), actor, call->now()));
        return founded;
      },
      [&core, call, respond](result<Founded> founded) {
        if (founded.has_error()) return respond(founded.error());
        const services::LoginState& state = founded->state;
        respond(signed_in_reply(core, *call, *state.account, state.memberships, founded->session, 201));
      });
}

void set_up(Core& core, const CallPtr& call, const Respond& respond) {
  auto body = call->body<SetupBody>();
  if (body.has_error()) return respond(body.error());
  read_then(
      core.database, [](storage::Transaction& tx) { return services::setup_needed(tx); },
      [&core, call, respond, body = *body](result<bool> needed) {
        if (needed.has_error()) return respond(needed.error());
        if (!*needed) return respond(Error(ErrorCode::conflict, "the installation has been set up already"));
        const std::string& token = core.options.setup_token;
        if (token.empty() || !constant_time_equal(trim(body.token), token)) {
          return respond(
              Error(ErrorCode::unauthenticated, "the set-up token is not the one that was printed at start"));
        }
        auto fields = check_fields(body);
        if (fields.has_error()) return respond(fields.error());
        services::FirstOwner owner{body.business, body.name, body.email, {}, call->locale()};
        auto hashed = [&core, call, respond, owner](std::string hash) {
          services::FirstOwner complete = owner;
          complete.password_hash = std::move(hash);
          found(core, call, respond, complete);
        };
        auto queued = core.passwords.hash(body.password, hashed);
        if (queued.has_error()) respond(queued.error());
      });
}

} // namespace

void add_setup_routes(RouteTable& routes, Core& core) {
  routes
      .get("/api/v1/setup", Access::anyone(), RateClass::normal, "getSetup",
           "Whether the first owner is still missing")
      .answers<SetupState>(200, R"({"needed":false})")
      .system_read([](const Call&) -> result<SystemUnit> {
        return SystemUnit([](storage::Transaction& tx) -> result<Reply> {
          TRY(bool needed, services::setup_needed(tx));
          return ok(SetupState{needed});
        });
      });
  routes
      .post("/api/v1/setup", Access::anyone(), RateClass::normal, "setUp",
            "Makes the first business and its owner, with the token printed at start")
      .takes<SetupBody>(R"({"token":"token-from-the-log","business":"Loja Exemplo","name":"Dona Exemplo",
"email":"dona@exemplo.com.br","password":"uma frase bem comprida"})")
      .answers<SignedIn>(201, kSignedInExample)
      .custom([&core](const CallPtr& call, const Respond& respond) { set_up(core, call, respond); });
}

} // namespace renova::api

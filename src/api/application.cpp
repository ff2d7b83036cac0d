#include "api/application.hpp"

#include "api/core.hpp"
#include "api/dispatcher.hpp"
#include "api/live_sockets.hpp"
#include "api/openapi.hpp"
#include "api/problem.hpp"
#include "api/sign_in_views.hpp"

namespace renova::api {
namespace {

constexpr std::string_view kLivePath = "/api/v1/live";

void add_live_route(RouteTable& routes) {
  routes
      .get(kLivePath, Access::anyone(), RateClass::none, "listenLive",
           "Live events over a WebSocket; the first frame signs in")
      .answers_raw("text/plain", 101)
      .custom([](const std::shared_ptr<const Call>&, const Respond& respond) {
        http::Response response = protocol_problem(426, "this address speaks WebSocket");
        response.headers.add("Upgrade", "websocket");
        respond.raw(std::move(response));
      });
}

} // namespace

struct Application::Impl {
  Impl(Dependencies d, Options o)
      : dependencies(std::move(d)),
        options(std::move(o)),
        core{dependencies.database,
             dependencies.clock,
             dependencies.metrics,
             options,
             dependencies,
             TokenSigner(std::to_string(dependencies.secrets.key_id()),
                         dependencies.secrets.derive("access-token")),
             Guard(dependencies.database, core.signer, dependencies.clock, options.metrics_token),
             PasswordPool(options.hashing_threads, options.hashing_queue_max),
             EmbeddedFiles(),
             dependencies.secrets.derive("refresh-token"),
             RouteTable(),
             {}},
        live(
            dependencies.live, core.guard, dependencies.clock,
            [this](const http::Request& request, std::function<void(std::optional<std::string>)> done) {
              session_token(request, std::move(done));
            },
            options.live) {
    add_setup_routes(core.routes, core);
    add_sign_in_routes(core.routes, core);
    add_member_routes(core.routes, core);
    add_api_key_routes(core.routes, core);
    add_audit_routes(core.routes, core);
    add_settings_routes(core.routes, core);
    add_system_routes(core.routes, core);
    add_live_route(core.routes);
    for (const auto& add : dependencies.more_routes) add(core.routes);
    add_test_clock(core.routes, core);
    core.openapi = make_openapi(core.routes, options.version);
    core.guard.on_forget([this] { live.recheck_soon(); });
    dispatcher = std::make_unique<Dispatcher>(dependencies.database, dependencies.clock, dependencies.metrics,
                                              core.guard, core.routes, core.files, options);
  }

  // An access token for the session that a socket's cookie belongs to.
  void session_token(const http::Request& request, std::function<void(std::optional<std::string>)> done) {
    Call::Facts facts;
    facts.request = request;
    facts.secure = dispatcher->peer_of(request).secure;
    Call call(std::move(facts));
    std::string token(refresh_token_of(call));
    if (token.empty()) return done(std::nullopt);
    Instant now = core.clock.now();
    read_then(
        core.database,
        [token, now](storage::Transaction& tx) { return services::peek_session(tx, token, now); },
        [this, now, done = std::move(done)](result<services::Renewal> session) {
          if (session.has_error() || session->memberships.empty()) return done(std::nullopt);
          const services::Membership& first = session->memberships.front();
          done(core.signer.issue({session->account.id, first.tenant_id, first.role, session->session.family,
                                  now, now + kAccessTokenLifetime}));
        });
  }

  Dependencies dependencies;
  Options options;
  Core core;
  LiveSockets live;
  std::unique_ptr<Dispatcher> dispatcher;
};

Application::Application(Dependencies dependencies, Options options)
    : impl_(std::make_unique<Impl>(std::move(dependencies), std::move(options))) {}
Application::~Application() = default;

void Application::handle(http::Request request, http::Responder respond) {
  impl_->dispatcher->handle(std::move(request), std::move(respond));
}

std::size_t Application::body_max(const http::Request& head) const {
  return impl_->dispatcher->body_max(head);
}

std::optional<http::WebSocketEvents> Application::upgrade(std::shared_ptr<http::WebSocket> socket) {
  const http::Request& request = socket->request();
  if (request.path != kLivePath) return std::nullopt;
  // Browsers send Origin with every upgrade: another site's page must not ride on this one's cookie.
  if (!is_same_origin(request, impl_->dispatcher->peer_of(request).secure)) return std::nullopt;
  return impl_->live.accept(std::move(socket));
}

const RouteTable& Application::routes() const { return impl_->core.routes; }
const std::string& Application::openapi() const { return impl_->core.openapi; }

http::ServerOptions make_server_options(Application& application) {
  http::ServerOptions options;
  options.body_max = [&application](const http::Request& head) { return application.body_max(head); };
  options.handle = [&application](http::Request request, http::Responder respond) {
    application.handle(std::move(request), std::move(respond));
  };
  options.upgrade = [&application](std::shared_ptr<http::WebSocket> socket) {
    return application.upgrade(std::move(socket));
  };
  options.protocol_error = protocol_problem;
  return options;
}

} // namespace renova::api

// Health, metrics, the OpenAPI document and its browser, the status page, and the test clock.

#include "api/core.hpp"
#include "api/status_page.hpp"
#include "base/crypto.hpp"
#include "services/sign_in.hpp"

namespace renova::api {
namespace {

using CallPtr = std::shared_ptr<const Call>;

struct CheckView {
  std::string name;
  bool ok = true;
  std::string state;
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(CheckView, (), (name, ok, state, detail))

struct HealthView {
  std::string status; // "ok" or "degraded"
  std::string version;
  std::vector<CheckView> checks;
  std::map<std::string, std::string> circuits; // remote party → closed, open, half_open
};
BOOST_DESCRIBE_STRUCT(HealthView, (), (status, version, checks, circuits))

struct AliveView {
  std::string status;
  std::string version;
};
BOOST_DESCRIBE_STRUCT(AliveView, (), (status, version))

struct ClockBody {
  Instant now;
};
BOOST_DESCRIBE_STRUCT(ClockBody, (), (now))

constexpr std::string_view kCircuit = "circuit:";

void ready(Core& core, const Respond& respond) {
  if (core.dependencies.ready && !core.dependencies.ready()) {
    return respond(Error(ErrorCode::unavailable, "the server is starting or stopping"));
  }
  read_then(
      core.database, [](storage::Transaction& tx) { return services::ping(tx); },
      [&core, respond](result<void> alive) {
        if (alive.has_error()) return respond(Error(ErrorCode::unavailable, "the database does not answer"));
        respond(ok(AliveView{"ready", core.options.version}));
      });
}

void health(Core& core, const Respond& respond) {
  read_then(
      core.database, [](storage::Transaction& tx) { return services::ping(tx); },
      [&core, respond](result<void> alive) {
        HealthView view{"ok", core.options.version, {}, {}};
        view.checks.push_back({"database", alive.has_value(), alive.has_value() ? "ok" : "failing",
                               alive.has_value() ? "" : "the database does not answer"});
        std::vector<HealthCheck> more;
        if (core.dependencies.health) more = core.dependencies.health();
        for (HealthCheck& check : more) {
          if (check.name.starts_with(kCircuit))
            view.circuits[check.name.substr(kCircuit.size())] = check.outcome.state;
          view.checks.push_back({check.name, check.outcome.ok, check.outcome.state, check.outcome.detail});
        }
        for (const CheckView& check : view.checks) {
          if (!check.ok) view.status = "degraded";
        }
        respond(ok(view));
      });
}

http::Response text_response(std::string content_type, std::string body) {
  http::Response response;
  response.headers.add("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

void send_openapi(const Core& core, const CallPtr& call, const Respond& respond) {
  const std::string etag = "\"" + to_hex(sha256(core.openapi)).substr(0, 32) + "\"";
  http::Response response = text_response("application/json", {});
  response.headers.add("ETag", etag);
  response.headers.add("Cache-Control", "no-cache");
  if (call->request().headers.get("If-None-Match").find(etag) != std::string_view::npos) {
    response.status = 304;
  } else {
    response.body = core.openapi;
  }
  respond.raw(std::move(response));
}

void send_docs(const Core& core, const CallPtr& call, const Respond& respond) {
  auto file = core.files.find(call->request());
  if (!file) return respond(Error(ErrorCode::not_found, "there is nothing at this address"));
  respond.raw(std::move(*file));
}

void add_probe_routes(RouteTable& routes, Core& core) {
  routes.get("/healthz", Access::anyone(), RateClass::none, "getAlive", "Whether the process answers at all")
      .answers<AliveView>()
      .custom([&core](const CallPtr&, const Respond& respond) {
        respond(ok(AliveView{"ok", core.options.version}));
      });
  routes
      .get("/readyz", Access::anyone(), RateClass::none, "getReady",
           "Whether requests can be served: database, migrations, not draining")
      .answers<AliveView>()
      .custom([&core](const CallPtr&, const Respond& respond) { ready(core, respond); });
  routes
      .get("/health", Access::operations(Role::viewer), RateClass::none, "getHealth",
           "Named checks, and the circuit state of each remote party")
      .answers<HealthView>()
      .custom([&core](const CallPtr&, const Respond& respond) { health(core, respond); });
  routes
      .get("/metrics", Access::operations(Role::admin), RateClass::none, "getMetrics",
           "Figures in Prometheus text format 0.0.4")
      .answers_raw("text/plain")
      .custom([&core](const CallPtr&, const Respond& respond) {
        respond.raw(text_response("text/plain; version=0.0.4; charset=utf-8", core.metrics.expose()));
      });
}

void add_document_routes(RouteTable& routes, Core& core) {
  routes.get("/api/openapi.json", Access::anyone(), RateClass::none, "getOpenApi", "This document")
      .answers_raw("application/json")
      .custom([&core](const CallPtr& call, const Respond& respond) { send_openapi(core, call, respond); });
  auto docs = [&core](const CallPtr& call, const Respond& respond) { send_docs(core, call, respond); };
  routes.get("/api/docs/", Access::anyone(), RateClass::none, "getDocs", "The browser of the documentation")
      .undocumented()
      .answers_raw("text/html")
      .custom(docs);
  routes
      .get("/api/docs/{file}", Access::anyone(), RateClass::none, "getDocsFile",
           "A file of the documentation browser")
      .undocumented()
      .answers_raw("text/html")
      .custom(docs);
  routes
      .get("/api/docs", Access::anyone(), RateClass::none, "redirectToDocs",
           "Leads to the documentation browser")
      .undocumented()
      .answers_raw("text/html", 308)
      .custom([](const CallPtr&, const Respond& respond) {
        Reply reply;
        reply.status = 308;
        reply.location = "/api/docs/";
        respond(std::move(reply));
      });
}

} // namespace

void add_system_routes(RouteTable& routes, Core& core) {
  add_probe_routes(routes, core);
  add_document_routes(routes, core);
  routes.get("/", Access::anyone(), RateClass::none, "getStatusPage", "The status page")
      .undocumented()
      .answers_raw("text/html")
      .custom([&core](const CallPtr& call, const Respond& respond) {
        respond.raw(status_page(core.files.text("/status/page.html"), call->locale(), core.options.version));
      });
}

void add_test_clock(RouteTable& routes, Core& core) {
  constexpr std::string_view kPath = "/api/v1/_test/clock";
  if (!core.dependencies.move_clock || routes.find("POST", kPath).route) return;
  routes
      .post(kPath, Role::owner, RateClass::none, "moveTestClock",
            "Test mode only: moves the clock; answers when planner and sender have caught up")
      .takes<ClockBody>(R"({"now":"2026-11-23T12:00:00Z"})")
      .answers<ClockBody>()
      .custom([&core](const CallPtr& call, const Respond& respond) {
        auto body = call->body<ClockBody>();
        if (body.has_error()) return respond(body.error());
        core.dependencies.move_clock(body->now, [respond, body = *body] { respond(ok(body)); });
      });
}

} // namespace renova::api

#include "api/dispatcher.hpp"

#include "api/idempotency.hpp"
#include "api/problem.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <exception>

namespace renova::api {
namespace {

constexpr std::size_t kRequestIdMax = 128; // characters
constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

// A caller's own X-Request-Id, when it can neither break a log line nor bloat it.
bool is_sane_request_id(std::string_view id) {
  return !id.empty() && id.size() <= kRequestIdMax && std::all_of(id.begin(), id.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' || c == ':';
  });
}

bool is_unsafe(std::string_view method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

bool is_api_path(std::string_view path) {
  return path.starts_with("/api/") || path == "/api" || path.starts_with("/hooks/");
}

// Runs what may throw only by mistake; a mistake becomes `internal` and one line in the log.
template <class F>
auto guarded(const Call& call, F f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::exception& e) {
    log::error("endpoint_threw", {{"request_id", call.request_id()}, {"detail", e.what()}});
    return Error(ErrorCode::internal, "an exception was thrown");
  }
}

// Retry-After of a refused call, and what the RateLimit fields say.
Error too_many(const RateVerdict& verdict) {
  Error error(ErrorCode::rate_limited, "the limit of " + std::to_string(verdict.limit) + " calls is used up");
  error.retry_after_s = static_cast<int>(verdict.reset_s);
  return error;
}

} // namespace

// One request on its way.
struct Dispatcher::Exchange {
  explicit Exchange(UnderWay& c) : count(c) { count.add(1); }
  ~Exchange() { count.add(-1); }
  Exchange(const Exchange&) = delete;

  UnderWay& count;
  std::unique_ptr<Call::Facts> facts; // until the call is made of it
  std::shared_ptr<const Call> call;
  const Route* route = nullptr;
  std::string allowed;
  RateVerdict verdict;
  http::Responder respond;
  std::atomic<bool> answered{false};
  std::chrono::steady_clock::time_point began;
};

// Histograms and counters, looked up once for each route and class of status.
struct Dispatcher::Instruments {
  explicit Instruments(Metrics& m) : metrics(m) {}
  Metrics& metrics;
  std::map<const Route*, std::array<std::atomic<Metrics::Histogram*>, 6>> histograms;
  std::array<std::atomic<Metrics::Histogram*>, 6> unrouted{};
};

Dispatcher::Dispatcher(storage::Database& database, Clock& clock, Metrics& metrics, Guard& guard,
                       const RouteTable& routes, const EmbeddedFiles& files, const Options& options)
    : database_(database),
      clock_(clock),
      guard_(guard),
      routes_(routes),
      files_(files),
      options_(options),
      instruments_(std::make_unique<Instruments>(metrics)) {
  for (const auto& each : routes.routes()) instruments_->histograms[each.get()];
  for (const std::string& proxy : options.trusted_proxies) {
    auto block = AddressBlock::parse(proxy);
    if (block.has_error()) {
      log::error("trusted_proxy_ignored", {{"detail", block.error().detail}});
    } else {
      trusted_.push_back(*block);
    }
  }
}

Dispatcher::~Dispatcher() { under_way_.wait_for_none(); }

void Dispatcher::UnderWay::add(int change) {
  // Notified under the lock: the waiter destroys this as soon as it sees nought.
  std::lock_guard lock(mutex);
  count += change;
  if (count == 0) none.notify_all();
}

void Dispatcher::UnderWay::wait_for_none() {
  std::unique_lock lock(mutex);
  none.wait(lock, [this] { return count == 0; });
}

std::size_t Dispatcher::body_max(const http::Request& head) const {
  constexpr std::size_t kDefault = 1024 * 1024;
  RouteTable::Match match = routes_.find(head.method, head.path);
  return match.route ? match.route->body_max : kDefault;
}

void Dispatcher::handle(http::Request request, http::Responder respond) {
  auto exchange = std::make_shared<Exchange>(under_way_);
  exchange->began = std::chrono::steady_clock::now();
  exchange->respond = std::move(respond);
  auto facts = std::make_unique<Call::Facts>();
  facts->now = clock_.now();
  facts->locale = negotiate_locale(request.headers.get("Accept-Language"));
  std::string_view id = request.headers.get("X-Request-Id");
  facts->request_id = is_sane_request_id(id) ? std::string(id) : to_string(make_uuid(facts->now));
  Peer peer = peer_of(request);
  facts->peer = std::move(peer.address);
  facts->secure = peer.secure;
  facts->request = std::move(request);
  exchange->facts = std::move(facts);
  route(exchange);
}

void Dispatcher::route(const ExchangePtr& exchange) {
  Call::Facts& facts = *exchange->facts;
  const std::string& method = facts.request.method;
  RouteTable::Match match = routes_.find(method, facts.request.path);
  exchange->route = match.route;
  exchange->allowed = std::move(match.allowed);
  facts.path = std::move(match.parameters);
  bool known_method = std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods);
  bool preflight = method == "OPTIONS" && !exchange->route && !exchange->allowed.empty();
  bool limited = exchange->route ? exchange->route->rate != RateClass::none : is_api_path(facts.request.path);
  if (!known_method || preflight || (!exchange->route && !limited)) {
    // Neither an endpoint nor the API at all: nothing to know about the caller.
    exchange->call = std::make_shared<const Call>(std::move(*exchange->facts));
    return run(exchange);
  }
  bool needs_identity = limited || exchange->route->access.kind != Access::Kind::anyone;
  if (!needs_identity) return admit(exchange, Identity{});
  guard_.identify(facts.request,
                  [this, exchange](result<Identity> identity) { admit(exchange, std::move(identity)); });
}

void Dispatcher::admit(const ExchangePtr& exchange, result<Identity> identity) {
  Identity known = identity.has_value() ? *identity : Identity{};
  exchange->facts->principal = known.principal;
  RateVerdict verdict = limit(*exchange, known);
  exchange->verdict = verdict;
  exchange->call = std::make_shared<const Call>(std::move(*exchange->facts));
  if (!verdict.allowed) return fail(exchange, too_many(verdict));
  // Bad credentials fail even a route that needs none, but for those that are there to obtain or end them.
  bool may_be_anonymous = exchange->route && exchange->route->access.kind == Access::Kind::anyone;
  if (identity.has_error() && exchange->route && !may_be_anonymous) return fail(exchange, identity.error());
  if (exchange->route) {
    auto allowed = Guard::authorize(*exchange->route, known);
    if (allowed.has_error()) return fail(exchange, allowed.error());
  }
  run(exchange);
}

RateVerdict Dispatcher::limit(const Exchange& exchange, const Identity& identity) {
  const RateLimits& limits = options_.limits;
  Instant now = exchange.facts->now;
  if ((exchange.route && exchange.route->rate == RateClass::none) || identity.operations) return {};
  if (!identity.principal) {
    return anonymous_.take(limit_key(exchange.facts->peer), {limits.anonymous_hour, limits.anonymous_day},
                           now);
  }
  const Principal& who = *identity.principal;
  std::string key = who.is_api_key() ? "k" + who.api_key.str() : "u" + who.user.str();
  RateVerdict verdict = members_.take(key, {limits.signed_in}, now);
  if (!verdict.allowed || !exchange.route || exchange.route->rate != RateClass::messages) return verdict;
  RateVerdict tighter = messages_.take(key, {limits.messages}, now);
  return tighter.limit == 0 ? verdict : tighter;
}

void Dispatcher::run(const ExchangePtr& exchange) {
  const http::Request& request = exchange->call->request();
  if (exchange->route) {
    return std::visit([&](const auto& handler) { run_handler(exchange, handler); }, exchange->route->handler);
  }
  if (request.method == "OPTIONS" && !exchange->allowed.empty()) {
    Reply reply = no_content();
    reply.headers.push_back({"Allow", exchange->allowed});
    return answer(exchange, std::move(reply));
  }
  if (!exchange->allowed.empty()) {
    return fail(exchange, Error(ErrorCode::method_not_allowed, "this path takes " + exchange->allowed));
  }
  if (!is_api_path(request.path)) {
    if (auto file = files_.find(request)) return finish(exchange, std::move(*file));
  }
  fail(exchange, Error(ErrorCode::not_found, "there is nothing at this address"));
}

void Dispatcher::run_handler(const ExchangePtr& exchange, const ReadHandler& handler) {
  auto unit = guarded(*exchange->call, [&] { return handler.prepare(*exchange->call); });
  if (unit.has_error()) return fail(exchange, unit.error());
  auto reply = std::make_shared<result<Reply>>(Error());
  database_.read(
      handler.cost,
      [exchange, reply, work = std::move(*unit)](storage::Transaction& tx) -> result<void> {
        storage::TenantTransaction tenant = tx.tenant(exchange->call->tenant());
        *reply = guarded(*exchange->call, [&] { return work(tenant); });
        if (reply->has_error()) return reply->error();
        return {};
      },
      [this, exchange, reply](result<void> done) {
        if (done.has_error()) return fail(exchange, done.error());
        answer(exchange, std::move(*reply));
      });
}

void Dispatcher::run_handler(const ExchangePtr& exchange, const WriteHandler& handler) {
  auto key = idempotency_key(*exchange->call, *exchange->route);
  if (key.has_error()) return fail(exchange, key.error());
  auto unit = guarded(*exchange->call, [&] { return handler.prepare(*exchange->call); });
  if (unit.has_error()) return fail(exchange, unit.error());
  auto reply = std::make_shared<result<Reply>>(Error());
  database_.write(
      [exchange, reply, work = std::move(*unit),
       key = std::move(*key)](storage::Transaction& tx) -> result<void> {
        const Call& call = *exchange->call;
        storage::TenantTransaction tenant = tx.tenant(call.tenant());
        *reply = guarded(call, [&] { return key ? run_once(tenant, *key, work, call.now()) : work(tenant); });
        if (reply->has_error()) return reply->error();
        return {};
      },
      [this, exchange, reply](result<void> done) {
        if (done.has_error()) return fail(exchange, done.error());
        answer(exchange, std::move(*reply));
      });
}

void Dispatcher::run_handler(const ExchangePtr& exchange, const SystemReadHandler& handler) {
  auto unit = guarded(*exchange->call, [&] { return handler.prepare(*exchange->call); });
  if (unit.has_error()) return fail(exchange, unit.error());
  auto reply = std::make_shared<result<Reply>>(Error());
  database_.read(
      handler.cost,
      [exchange, reply, work = std::move(*unit)](storage::Transaction& tx) -> result<void> {
        *reply = guarded(*exchange->call, [&] { return work(tx); });
        if (reply->has_error()) return reply->error();
        return {};
      },
      [this, exchange, reply](result<void> done) {
        if (done.has_error()) return fail(exchange, done.error());
        answer(exchange, std::move(*reply));
      });
}

void Dispatcher::run_handler(const ExchangePtr& exchange, const SystemWriteHandler& handler) {
  auto unit = guarded(*exchange->call, [&] { return handler.prepare(*exchange->call); });
  if (unit.has_error()) return fail(exchange, unit.error());
  auto reply = std::make_shared<result<Reply>>(Error());
  database_.write(
      [exchange, reply, work = std::move(*unit)](storage::Transaction& tx) -> result<void> {
        *reply = guarded(*exchange->call, [&] { return work(tx); });
        if (reply->has_error()) return reply->error();
        return {};
      },
      [this, exchange, reply](result<void> done) {
        if (done.has_error()) return fail(exchange, done.error());
        answer(exchange, std::move(*reply));
      });
}

void Dispatcher::run_handler(const ExchangePtr& exchange, const CustomHandler& handler) {
  Respond respond([this, exchange](std::variant<result<Reply>, http::Response> outcome) {
    if (auto* reply = std::get_if<result<Reply>>(&outcome)) return answer(exchange, std::move(*reply));
    finish(exchange, std::move(std::get<http::Response>(outcome)));
  });
  try {
    handler.run(exchange->call, respond);
  } catch (const std::exception& e) {
    // The endpoint may have answered, or handed the answer on, before it threw: finish() lets only the first
    // one out.
    log::error("endpoint_threw", {{"request_id", exchange->call->request_id()}, {"detail", e.what()}});
    fail(exchange, Error(ErrorCode::internal, "an exception was thrown"));
  }
}

void Dispatcher::answer(const ExchangePtr& exchange, result<Reply> reply) {
  if (reply.has_error()) return fail(exchange, reply.error());
  http::Response response;
  response.status = reply->status;
  response.body = std::move(reply->body);
  for (http::Header& header : reply->headers) response.headers.add(header.name, std::move(header.value));
  if (!response.body.empty()) response.headers.set("Content-Type", reply->content_type);
  if (!reply->location.empty()) response.headers.set("Location", reply->location);
  if (reply->version) {
    std::string etag = "\"" + std::to_string(*reply->version) + "\"";
    const http::Request& request = exchange->call->request();
    std::string_view known = request.headers.get("If-None-Match");
    bool safe = !is_unsafe(request.method);
    if (safe && (known == "*" || known.find(etag) != known.npos)) {
      response.status = 304;
      response.body.clear();
    }
    response.headers.set("ETag", std::move(etag));
  }
  finish(exchange, std::move(response));
}

void Dispatcher::fail(const ExchangePtr& exchange, const Error& error) {
  const Call& call = *exchange->call;
  if (error.code == ErrorCode::internal || error.code == ErrorCode::storage_full) {
    log::error("request_failed", {{"request_id", call.request_id()}, {"detail", error.detail}});
  }
  http::Response response = problem(error, call.locale(), call.request_id());
  if (error.code == ErrorCode::method_not_allowed) response.headers.add("Allow", exchange->allowed);
  finish(exchange, std::move(response));
}

void Dispatcher::add_headers(const Exchange& exchange, http::Response& response) const {
  http::Headers& headers = response.headers;
  const Call& call = *exchange.call;
  headers.set("X-Request-Id", call.request_id());
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("X-Frame-Options", "DENY");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  if (!headers.has("Content-Security-Policy")) {
    headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  }
  if (call.secure()) headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  const RateVerdict& verdict = exchange.verdict;
  if (verdict.limit > 0) {
    headers.set("RateLimit-Limit", std::to_string(verdict.limit));
    headers.set("RateLimit-Remaining", std::to_string(verdict.remaining));
    headers.set("RateLimit-Reset", std::to_string(verdict.reset_s));
  }
  std::string_view origin = call.request().headers.get("Origin");
  const auto& origins = options_.cors_origins;
  if (!origin.empty() && std::find(origins.begin(), origins.end(), origin) != origins.end()) {
    headers.set("Access-Control-Allow-Origin", std::string(origin));
    headers.add("Vary", "Origin");
    headers.set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
    headers.set("Access-Control-Allow-Headers",
                "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id, X-Tenant-Id");
    headers.set("Access-Control-Expose-Headers",
                "ETag, Location, Retry-After, X-Request-Id, RateLimit-Limit, "
                "RateLimit-Remaining, RateLimit-Reset, Idempotent-Replayed");
  }
}

void Dispatcher::finish(const ExchangePtr& exchange, http::Response response) {
  if (exchange->answered.exchange(true)) return;
  http::Responder respond = std::move(exchange->respond);
  add_headers(*exchange, response);
  measure(*exchange, response.status);
  respond(std::move(response));
}

void Dispatcher::measure(const Exchange& exchange, int status) {
  const Call& call = *exchange.call;
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - exchange.began).count();
  std::size_t class_of_status = static_cast<std::size_t>(std::clamp(status / 100, 1, 5));
  auto& slots = exchange.route ? instruments_->histograms.at(exchange.route) : instruments_->unrouted;
  std::string_view route =
      exchange.route ? std::string_view(exchange.route->pattern) : std::string_view("none");
  Metrics::Histogram* histogram = slots[class_of_status].load();
  if (!histogram) {
    std::string method = exchange.route ? exchange.route->method : "any";
    std::string label = std::to_string(class_of_status) + "xx";
    histogram = &instruments_->metrics.histogram(
        "response_time_seconds", "Time from request to answer, in seconds", Metrics::latency_bounds(),
        {{"route", route}, {"method", method}, {"status", label}});
    slots[class_of_status].store(histogram);
  }
  histogram->observe(seconds);
  std::string tenant = call.signed_in() ? call.principal().tenant.str() : std::string();
  log::info("request", {{"request_id", call.request_id()},
                        {"method", call.request().method},
                        {"route", route},
                        {"status", status},
                        {"duration_us", static_cast<std::int64_t>(seconds * 1e6)},
                        {"tenant", tenant},
                        {"peer", call.peer()}});
}

} // namespace renova::api

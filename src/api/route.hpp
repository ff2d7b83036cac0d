// The route table: who may call what, how often, with what and for what, each on its own line.
//
//   routes.get("/api/v1/plans", Role::viewer, RateClass::normal, "listPlans", "Plans, a page at a time")
//       .query<PageQuery>()
//       .answers<Page<PlanView>>()
//       .read([](const Call& call) -> result<Unit> {
//         TRY(PageQuery query, call.query<PageQuery>());
//         TRY(Paging page, paging(query, {"name"}, "name"));
//         return Unit([page](storage::TenantTransaction& tx) -> result<Reply> { … return ok(list); });
//       });
//
// An endpoint parses and validates on the I/O thread and returns its unit of work; the dispatcher runs that
// in a transaction. A unit may run more than once, so it must not move from what it captures.
#pragma once

#include "api/call.hpp"
#include "api/reply.hpp"
#include "http/router.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace renova::api {

// Which rate limits a route counts against.
enum class RateClass {
  normal,   // anonymous: per address; signed in: per user
  messages, // as normal, and the smaller limit of hand-made messages and test sends
  none      // hooks, health checks, static files
};
std::string_view to_text(RateClass rate);

// Who may call a route.
struct Access {
  enum class Kind {
    anyone,     // no proof needed; documented with `security: []`
    signed_in,  // any member
    role,       // a member with at least `role`
    operations, // the metrics token, or a member with at least `role`
  };
  Kind kind = Kind::role;
  Role role = Role::owner;

  Access(Role minimum) : role(minimum) {} // NOLINT: a role is an access rule
  static Access anyone() { return Access(Kind::anyone); }
  static Access signed_in() { return Access(Kind::signed_in); }
  static Access operations(Role minimum) {
    Access access(Kind::operations);
    access.role = minimum;
    return access;
  }

 private:
  explicit Access(Kind k) : kind(k), role(Role::viewer) {}
};

using Unit = std::function<result<Reply>(storage::TenantTransaction&)>;
using SystemUnit = std::function<result<Reply>(storage::Transaction&)>;

// How a custom endpoint answers: exactly once, from any thread.
class Respond {
 public:
  using Send = std::function<void(std::variant<result<Reply>, http::Response>)>;
  explicit Respond(Send send) : send_(std::move(send)) {}
  void operator()(result<Reply> reply) const { send_(std::move(reply)); }
  // A whole response of the endpoint's own: streams, files, text.
  void raw(http::Response response) const { send_(std::move(response)); }

 private:
  Send send_;
};

struct ReadHandler {
  storage::Database::Cost cost;
  std::function<result<Unit>(const Call&)> prepare;
};
struct WriteHandler {
  std::function<result<Unit>(const Call&)> prepare;
};
// Before a tenant is known, or across tenants.
struct SystemReadHandler {
  storage::Database::Cost cost;
  std::function<result<SystemUnit>(const Call&)> prepare;
};
struct SystemWriteHandler {
  std::function<result<SystemUnit>(const Call&)> prepare;
};
struct CustomHandler {
  std::function<void(std::shared_ptr<const Call>, Respond)> run;
};
using Handler = std::variant<CustomHandler, ReadHandler, WriteHandler, SystemReadHandler, SystemWriteHandler>;

using SchemaMaker = std::function<boost::json::object(SchemaBook&)>;

struct Route {
  std::string method;
  std::string pattern; // "/api/v1/clients/{id}"
  Access access = Role::owner;
  RateClass rate = RateClass::normal;
  std::string operation_id;
  std::string summary;
  std::string tag;                    // the group in the documentation
  std::string scope;                  // what a scoped API key needs: "clients:read"
  std::size_t body_max = 1024 * 1024; // bytes
  std::string request_type = "application/json";
  SchemaMaker query; // an object whose properties are the parameters
  SchemaMaker request;
  std::string request_example; // JSON text
  int success = 200;
  std::string response_type = "application/json";
  SchemaMaker response;
  std::string response_example;
  bool documented = true;   // part of the OpenAPI document
  bool conditional = false; // takes If-Match
  Handler handler;
};

// Fills in one route; lives only as long as the statement that makes it.
class RouteBuilder {
 public:
  explicit RouteBuilder(Route& route) : route_(route) {}

  template <class Query>
  RouteBuilder& query() {
    route_.query = [](SchemaBook& book) {
      SchemaBook own;
      Schema<Query>::of(own);
      boost::json::object schema = std::move(own[schema_name(typeid(Query))]);
      own.erase(schema_name(typeid(Query)));
      book.merge(own);
      return schema;
    };
    return *this;
  }
  template <class Body>
  RouteBuilder& takes(std::string_view example = {}) {
    route_.request = [](SchemaBook& book) { return Schema<Body>::of(book); };
    route_.request_example = example;
    return *this;
  }
  template <class Body>
  RouteBuilder& answers(int status = 200, std::string_view example = {}) {
    route_.success = status;
    route_.response = [](SchemaBook& book) { return Schema<Body>::of(book); };
    route_.response_example = example;
    return *this;
  }
  RouteBuilder& answers_nothing() {
    route_.success = 204;
    return *this;
  }
  // Another body than JSON goes in or out (documentation, and the Content-Type check is the endpoint's).
  RouteBuilder& takes_raw(std::string_view content_type, std::size_t body_max) {
    route_.request_type = content_type;
    route_.body_max = body_max;
    return *this;
  }
  RouteBuilder& answers_raw(std::string_view content_type, int status = 200) {
    route_.response_type = content_type;
    route_.success = status;
    return *this;
  }
  RouteBuilder& tag(std::string_view tag) {
    route_.tag = tag;
    return *this;
  }
  RouteBuilder& scope(std::string_view scope) {
    route_.scope = scope;
    return *this;
  }
  RouteBuilder& conditional() {
    route_.conditional = true;
    return *this;
  }
  RouteBuilder& body_max(std::size_t bytes) {
    route_.body_max = bytes;
    return *this;
  }
  RouteBuilder& undocumented() {
    route_.documented = false;
    return *this;
  }

  // The endpoint; always the last call.
  void read(std::function<result<Unit>(const Call&)> prepare,
            storage::Database::Cost cost = storage::Database::Cost::point) {
    route_.handler = ReadHandler{cost, std::move(prepare)};
  }
  void write(std::function<result<Unit>(const Call&)> prepare) {
    route_.handler = WriteHandler{std::move(prepare)};
  }
  void system_read(std::function<result<SystemUnit>(const Call&)> prepare,
                   storage::Database::Cost cost = storage::Database::Cost::point) {
    route_.handler = SystemReadHandler{cost, std::move(prepare)};
  }
  void system_write(std::function<result<SystemUnit>(const Call&)> prepare) {
    route_.handler = SystemWriteHandler{std::move(prepare)};
  }
  void custom(std::function<void(std::shared_ptr<const Call>, Respond)> run) {
    route_.handler = CustomHandler{std::move(run)};
  }

 private:
  Route& route_;
};

class RouteTable {
 public:
  // Throws std::logic_error for a pattern and method that are there already, or an operation id used twice.
  RouteBuilder add(std::string_view method, std::string_view pattern, Access access, RateClass rate,
                   std::string_view operation_id, std::string_view summary);
  RouteBuilder get(std::string_view pattern, Access access, RateClass rate, std::string_view id,
                   std::string_view summary) {
    return add("GET", pattern, access, rate, id, summary);
  }
  RouteBuilder post(std::string_view pattern, Access access, RateClass rate, std::string_view id,
                    std::string_view summary) {
    return add("POST", pattern, access, rate, id, summary);
  }
  RouteBuilder put(std::string_view pattern, Access access, RateClass rate, std::string_view id,
                   std::string_view summary) {
    return add("PUT", pattern, access, rate, id, summary);
  }
  RouteBuilder patch(std::string_view pattern, Access access, RateClass rate, std::string_view id,
                     std::string_view summary) {
    return add("PATCH", pattern, access, rate, id, summary);
  }
  RouteBuilder del(std::string_view pattern, Access access, RateClass rate, std::string_view id,
                   std::string_view summary) {
    return add("DELETE", pattern, access, rate, id, summary);
  }

  struct Match {
    const Route* route = nullptr; // null: no such path, or (when `allowed` is set) no such method there
    std::vector<http::Router::Parameter> parameters;
    std::string allowed; // the Allow header of the path: "GET, HEAD, POST, OPTIONS"
  };
  // Literal segments win over parameters. HEAD finds GET's route.
  Match find(std::string_view method, std::string_view path) const;

  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  std::vector<std::unique_ptr<Route>> routes_;
  http::Router router_;
};

} // namespace renova::api

#include "api/openapi.hpp"

#include <boost/json.hpp>

#include <set>

namespace renova::api {

namespace json = boost::json;

namespace {

constexpr std::string_view kDescription =
    "Renova manages the clients of a subscription business and reminds them on WhatsApp. Lists are pages of "
    "`{data,next_cursor}`; errors are RFC 9457 problem documents with a stable `code`; unsafe calls take an "
    "`Idempotency-Key`; single objects have an `ETag` that `If-Match` takes. Sign in with `POST "
    "/api/v1/auth/login` and "
    "send the access token as `Authorization: Bearer …`, or use an API key in its place.";

constexpr std::string_view kProblemSchema = R"({
  "type": "object",
  "required": ["type", "title", "status", "detail", "code", "errors"],
  "properties": {
    "type": {"type": "string", "format": "uri"},
    "title": {"type": "string", "description": "In the language of Accept-Language"},
    "status": {"type": "integer"},
    "detail": {"type": "string", "description": "English, for developers"},
    "code": {"type": "string", "description": "Stable; what a program should look at"},
    "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemField"}},
    "about": {"type": "string", "description": "The id of the object in the way, where there is one"},
    "request_id": {"type": "string"}
  },
  "examples": [{"type": "urn:renova:problem:validation_failed", "title": "Some data is not valid",
    "status": 422,
    "detail": "some fields are not valid", "code": "validation_failed",
    "errors": [{"pointer": "/name", "code": "required", "detail": "is required"}], "request_id": "b1946ac9"}]
})";

constexpr std::string_view kProblemFieldSchema = R"({
  "type": "object",
  "required": ["pointer", "code", "detail"],
  "properties": {
    "pointer": {"type": "string",
      "description": "JSON pointer into the body, or the name of a query parameter"},
    "code": {"type": "string"},
    "detail": {"type": "string"}
  }
})";

json::object problem_response(std::string_view description) {
  json::object media{{"schema", {{"$ref", "#/components/schemas/Problem"}}}};
  return {{"description", description}, {"content", {{"application/problem+json", std::move(media)}}}};
}

json::object media_of(json::object schema, const std::string& example) {
  json::object media{{"schema", std::move(schema)}};
  if (!example.empty()) media["example"] = json::parse(example);
  return media;
}

json::object parameter(std::string_view name, std::string_view in, bool required, json::value schema) {
  return {{"name", name}, {"in", in}, {"required", required}, {"schema", std::move(schema)}};
}

bool is_id(std::string_view name) { return name == "id" || name.ends_with("_id"); }

json::array parameters_of(const Route& route, SchemaBook& book) {
  json::array parameters;
  for (std::size_t open = route.pattern.find('{'); open != route.pattern.npos;
       open = route.pattern.find('{', open + 1)) {
    std::string name = route.pattern.substr(open + 1, route.pattern.find('}', open) - open - 1);
    json::object schema{{"type", "string"}};
    if (is_id(name)) schema["format"] = "uuid";
    parameters.emplace_back(parameter(name, "path", true, std::move(schema)));
  }
  if (route.query) {
    json::object query = route.query(book);
    std::set<std::string> required;
    if (const json::value* names = query.if_contains("required")) {
      for (const json::value& name : names->as_array()) required.emplace(name.as_string());
    }
    if (json::value* properties = query.if_contains("properties")) {
      for (auto& [name, schema] : properties->as_object()) {
        // An absent parameter is simply not there: null does not exist in a query string.
        if (json::value* type = schema.as_object().if_contains("type"); type && type->is_array()) {
          *type = json::value(type->as_array()[0]);
        } else if (json::value* either = schema.as_object().if_contains("anyOf")) {
          json::value first = either->as_array()[0];
          schema = std::move(first);
        }
        parameters.emplace_back(parameter(name, "query", required.contains(std::string(name)), schema));
      }
    }
  }
  if (std::holds_alternative<WriteHandler>(route.handler)) {
    parameters.emplace_back(json::object{{"$ref", "#/components/parameters/IdempotencyKey"}});
  }
  if (route.conditional) parameters.emplace_back(json::object{{"$ref", "#/components/parameters/IfMatch"}});
  return parameters;
}

json::object responses_of(const Route& route, SchemaBook& book) {
  json::object responses;
  json::object success{{"description", route.summary}};
  if (route.response) {
    success["content"] =
        json::object{{route.response_type, media_of(route.response(book), route.response_example)}};
  } else if (route.response_type != "application/json") {
    success["content"] = json::object{{route.response_type, {{"schema", {{"type", "string"}}}}}};
  }
  responses[std::to_string(route.success)] = std::move(success);
  auto refer = [&](std::string_view status, std::string_view name) {
    responses[status] = json::object{{"$ref", "#/components/responses/" + std::string(name)}};
  };
  bool proof = route.access.kind != Access::Kind::anyone;
  refer("400", "Malformed");
  if (proof || route.tag == "Auth" || route.tag == "Setup") refer("401", "Unauthenticated");
  if (proof) refer("403", "Forbidden");
  if (route.pattern.find('{') != route.pattern.npos) refer("404", "NotFound");
  if (route.method != "GET") refer("409", "Conflict");
  if (route.conditional) refer("412", "VersionMismatch");
  if (route.request) refer("415", "UnsupportedMediaType");
  if (route.query || route.request || route.method != "GET") refer("422", "ValidationFailed");
  if (route.success == 101) responses["426"] = problem_response("The call was no WebSocket handshake");
  if (route.rate != RateClass::none) refer("429", "RateLimited");
  refer("503", "Unavailable");
  return responses;
}

json::array security_of(const Route& route) {
  json::array security;
  if (route.access.kind == Access::Kind::anyone) return security;
  security.emplace_back(json::object{{"bearer", json::array()}});
  if (route.access.kind == Access::Kind::operations) {
    security.emplace_back(json::object{{"metricsToken", json::array()}});
  }
  return security;
}

json::object operation_of(const Route& route, SchemaBook& book) {
  json::object operation;
  operation["operationId"] = route.operation_id;
  operation["summary"] = route.summary;
  operation["tags"] = json::array{route.tag};
  std::string access = "Anyone may call this.";
  if (route.access.kind == Access::Kind::signed_in) access = "Needs a signed-in user or an API key.";
  if (route.access.kind == Access::Kind::operations) {
    access =
        "Needs the metrics token, or the role " + std::string(to_text(route.access.role)) + " or higher.";
  }
  if (route.access.kind == Access::Kind::role) {
    access = "Needs the role " + std::string(to_text(route.access.role)) +
             " or higher; a scoped API key needs `" + route.scope + "`.";
  }
  operation["description"] = access;
  operation["security"] = security_of(route);
  json::array parameters = parameters_of(route, book);
  if (!parameters.empty()) operation["parameters"] = std::move(parameters);
  if (route.request) {
    json::object body{{"required", true}};
    body["content"] =
        json::object{{route.request_type, media_of(route.request(book), route.request_example)}};
    operation["requestBody"] = std::move(body);
  } else if (route.request_type != "application/json") {
    operation["requestBody"] = json::object{
        {"required", true},
        {"content", {{route.request_type, {{"schema", {{"type", "string"}, {"format", "binary"}}}}}}}};
  }
  operation["responses"] = responses_of(route, book);
  operation["x-role"] = route.access.kind == Access::Kind::anyone ? "anyone" : to_text(route.access.role);
  operation["x-rate-class"] = to_text(route.rate);
  return operation;
}

json::object components(SchemaBook book) {
  json::object schemas;
  schemas["Problem"] = json::parse(kProblemSchema);
  schemas["ProblemField"] = json::parse(kProblemFieldSchema);
  for (auto& [name, schema] : book) schemas[name] = std::move(schema);
  json::object responses;
  responses["Malformed"] = problem_response("The request is malformed (`malformed`)");
  responses["Unauthenticated"] = problem_response("No credentials, or bad ones (`unauthenticated`)");
  responses["Forbidden"] = problem_response("The role or scope does not suffice (`forbidden`)");
  responses["NotFound"] = problem_response("There is no such object in this tenant (`not_found`)");
  responses["Conflict"] = problem_response("Against the present state (`conflict`)");
  responses["VersionMismatch"] = problem_response("If-Match names another version (`version_mismatch`)");
  responses["UnsupportedMediaType"] =
      problem_response("The Content-Type is not accepted (`unsupported_media_type`)");
  responses["ValidationFailed"] = problem_response(
      "Some fields break a rule (`validation_failed`), or the Idempotency-Key was used for another "
      "request (`idempotency_mismatch`)");
  responses["RateLimited"] =
      problem_response("Too many calls; Retry-After says when to come back (`rate_limited`)");
  responses["Unavailable"] = problem_response("Not available right now; nothing was changed (`unavailable`)");
  json::object idempotency =
      parameter("Idempotency-Key", "header", false, {{"type", "string"}, {"maxLength", 255}});
  idempotency["description"] = "The same key and body within 24 hours give the stored answer.";
  json::object if_match = parameter("If-Match", "header", false, {{"type", "string"}});
  if_match["description"] = "The ETag that the object must still have.";
  json::object bearer{{"type", "http"}, {"scheme", "bearer"}};
  bearer["description"] = "An access token (JWT) from signing in, or an API key (`rnv_…`)";
  json::object metrics{
      {"type", "http"}, {"scheme", "bearer"}, {"description", "The operator's metrics token"}};
  json::object out;
  out["schemas"] = std::move(schemas);
  out["responses"] = std::move(responses);
  out["parameters"] =
      json::object{{"IdempotencyKey", std::move(idempotency)}, {"IfMatch", std::move(if_match)}};
  out["securitySchemes"] = json::object{{"bearer", std::move(bearer)}, {"metricsToken", std::move(metrics)}};
  return out;
}

} // namespace

std::string make_openapi(const RouteTable& routes, std::string_view version) {
  SchemaBook book;
  std::map<std::string, json::object> paths;
  std::set<std::string> tags;
  for (const auto& route : routes.routes()) {
    if (!route->documented) continue;
    std::string method = route->method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    paths[route->pattern][method] = operation_of(*route, book);
    tags.insert(route->tag);
  }
  json::object document;
  document["openapi"] = "3.1.0";
  document["info"] = json::object{{"title", "Renova"},
                                  {"version", version},
                                  {"description", kDescription},
                                  {"license", {{"name", "MIT"}, {"identifier", "MIT"}}}};
  document["servers"] = json::array{json::object{{"url", "/"}}};
  document["security"] = json::array{json::object{{"bearer", json::array()}}};
  json::array tag_list;
  for (const std::string& tag : tags) {
    tag_list.emplace_back(json::object{{"name", tag}, {"description", "Everything about: " + tag}});
  }
  document["tags"] = std::move(tag_list);
  json::object path_list;
  for (auto& [pattern, operations] : paths) path_list[pattern] = std::move(operations);
  document["paths"] = std::move(path_list);
  document["components"] = components(std::move(book));
  return json::serialize(document);
}

} // namespace renova::api

// One request as an endpoint sees it: who calls, from where, when, and what was asked, typed.
#pragma once

#include "api/json_map.hpp"
#include "api/page.hpp"
#include "api/query_decode.hpp"
#include "base/time.hpp"
#include "domain/locale.hpp"
#include "http/message.hpp"
#include "http/router.hpp"
#include "services/audit.hpp"
#include "services/identity_types.hpp"
#include "storage/database.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace renova::api {

using services::Principal;
using services::Role;

using domain::Locale;

Locale negotiate_locale(std::string_view accept_language); // RFC 9110 §12.5.4; pt-BR when nothing fits

class Call {
 public:
  // What the dispatcher knows before the endpoint runs.
  struct Facts {
    http::Request request;
    std::vector<http::Router::Parameter> path; // parameters of the route's pattern
    std::optional<Principal> principal;
    Instant now;
    Locale locale = Locale::pt_br;
    std::string request_id;
    std::string peer;    // the client's address, through trusted proxies
    bool secure = false; // HTTPS, through trusted proxies
  };
  explicit Call(Facts facts) : facts_(std::move(facts)) {}

  const http::Request& request() const { return facts_.request; }
  Instant now() const { return facts_.now; }
  Locale locale() const { return facts_.locale; }
  const std::string& request_id() const { return facts_.request_id; }
  const std::string& peer() const { return facts_.peer; }
  bool secure() const { return facts_.secure; }

  bool signed_in() const { return facts_.principal.has_value(); }
  const Principal& principal() const { return facts_.principal.value(); }
  storage::TenantScope tenant() const { return storage::TenantScope(principal().tenant); }
  // Who goes into the audit record.
  services::Actor actor() const;

  // A path parameter's text.
  std::string_view path(std::string_view name) const;
  // A path parameter as an id. Error: not_found, for a malformed one too (it names nothing).
  template <class IdType>
  result<IdType> id(std::string_view name = "id") const {
    auto parsed = IdType::parse(path(name));
    if (parsed.has_error()) return Error(ErrorCode::not_found, "there is no such object");
    return *parsed;
  }

  // The query parameters as T. Errors: malformed, validation_failed.
  template <class T>
  result<T> query() const {
    TRY(auto parameters, http::parse_query(facts_.request.query));
    return decode_query<T>(parameters);
  }

  // The JSON body as T. Errors: unsupported_media_type, malformed, validation_failed.
  template <class T>
  result<T> body() const {
    TRY(boost::json::value value, json_body());
    return decode<T>(value);
  }
  // The same; no body at all counts as {}.
  template <class T>
  result<T> body_or_empty() const {
    if (facts_.request.body.empty()) return decode<T>(boost::json::object{});
    return body<T>();
  }
  result<boost::json::value> json_body() const;

  // The version in If-Match; none when the header is absent or "*". A tag that is not ours gives a version
  // that no object has, so that the comparison fails as it must (RFC 9110 §13.1.1).
  std::optional<std::int64_t> if_match() const;

  // A cookie's value; empty when there is none.
  std::string_view cookie(std::string_view name) const;

 private:
  Facts facts_;
};

} // namespace renova::api

#include "api/call.hpp"

#include "base/text.hpp"
#include "http/cookies.hpp"
#include "http/media_type.hpp"

#include <charconv>

namespace renova::api {
services::Actor Call::actor() const {
  services::Actor actor;
  if (facts_.principal) {
    const Principal& who = *facts_.principal;
    actor.kind = who.is_api_key() ? services::Actor::Kind::api_key : services::Actor::Kind::user;
    actor.id = who.is_api_key() ? who.api_key.uuid() : who.user.uuid();
    actor.name = who.name;
  }
  actor.address = facts_.peer;
  actor.request_id = facts_.request_id;
  return actor;
}

std::string_view Call::path(std::string_view name) const {
  for (const http::Router::Parameter& parameter : facts_.path) {
    if (parameter.name == name) return parameter.value;
  }
  return {};
}

result<boost::json::value> Call::json_body() const {
  std::string_view type = facts_.request.headers.get("Content-Type");
  bool json = http::is_media_type(type, "application/json") ||
              (facts_.request.method == "PATCH" && http::is_media_type(type, "application/merge-patch+json"));
  if (!json) {
    return Error(ErrorCode::unsupported_media_type, "the Content-Type must be application/json in UTF-8");
  }
  return parse_json(facts_.request.body);
}

std::optional<std::int64_t> Call::if_match() const {
  std::string_view header = trim(facts_.request.headers.get("If-Match"));
  if (header.empty() || header == "*") return std::nullopt;
  std::int64_t version = -1;
  if (header.size() > 2 && header.front() == '"' && header.back() == '"') {
    std::string_view digits = header.substr(1, header.size() - 2);
    auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
    if (ec != std::errc() || end != digits.data() + digits.size()) version = -1;
  }
  return version;
}

std::string_view Call::cookie(std::string_view name) const {
  return http::find_cookie(facts_.request.headers, name).value_or(std::string_view());
}

Locale negotiate_locale(std::string_view header) {
  Locale best = Locale::pt_br;
  double best_weight = 0;
  while (!header.empty()) {
    std::size_t comma = header.find(',');
    std::string_view part = trim(header.substr(0, comma));
    header = comma == header.npos ? std::string_view{} : header.substr(comma + 1);
    std::size_t semicolon = part.find(';');
    std::string tag = to_lower(trim(part.substr(0, semicolon)));
    double weight = 1;
    if (semicolon != part.npos) {
      std::string_view q = trim(part.substr(semicolon + 1));
      if (q.starts_with("q=")) {
        q.remove_prefix(2);
        auto [end, ec] = std::from_chars(q.data(), q.data() + q.size(), weight);
        if (ec != std::errc()) weight = 0;
      }
    }
    std::string language = tag.substr(0, tag.find('-'));
    bool known = language == "pt" || language == "en" || language == "es";
    if (!known || weight <= best_weight) continue;
    best_weight = weight;
    best = language == "pt" ? Locale::pt_br : language == "en" ? Locale::en : Locale::es;
  }
  return best;
}

} // namespace renova::api

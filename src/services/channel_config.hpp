// What each type of channel can be told, as one table: the only place that knows a setting's name, form and
// limits.
#pragma once

#include "base/result.hpp"
#include "domain/breaker.hpp"
#include "domain/openings.hpp"
#include "domain/pacing.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace renova::services::channel_config {

enum class Form {
  url,     // http or https, without user, query and fragment
  text,    // one line of `pattern`'s characters
  secret,  // never read back; sealed
  integer, // within [min, max]
  share,   // a number from 0 to 1
  words    // a list of `choices`
};

struct Setting {
  std::string_view name;
  Form form = Form::text;
  bool required = false;
  std::string_view otherwise = {};            // JSON text of the default; empty: absent
  std::int64_t min = 0;                       // integer
  std::int64_t max = 0;                       // integer; text, secret, words: the greatest length
  bool (*allows)(std::string_view) = nullptr; // text, words: what a value looks like
  std::string_view hint = {};                 // completes "must be …"
};

// The settings of a type.
std::span<const Setting> settings_of(domain::ChannelType type);

struct Config {
  boost::json::object plain;                  // without secrets
  std::map<std::string, std::string> secrets; // by setting's name
};

struct Rules {
  bool allow_http = false; // base_url may be plain http: the operator allows private addresses, or test mode
};

// `present` with a merge patch (RFC 7396) applied and checked as a whole: unknown settings, forms, limits,
// required ones. A secret given as {"set":…} is what a reader got: unchanged. Pointers are relative to the
// config object ("/base_url").
result<Config> merge(domain::ChannelType type, const Config& present, const boost::json::object& patch,
                     const Rules& rules);

// The config as it is shown: secrets as {"set":true} or {"set":false}.
boost::json::object shown(domain::ChannelType type, const Config& config);

// Limits and breaker as merge patches on the present ones; a null gives what the type has by default (a cap:
// none). Errors: unknown_field, wrong_type, out_of_range; pointers "/per_minute".
result<domain::PacingPolicy> merge_pacing(domain::ChannelType type, domain::PacingPolicy present,
                                          const boost::json::object& patch);
result<domain::BreakerPolicy> merge_breaker(domain::BreakerPolicy present, const boost::json::object& patch);

// The form in which both are shown and stored: API.md's "pacing" and "breaker".
boost::json::object to_json(const domain::PacingPolicy& pacing);
boost::json::object to_json(const domain::BreakerPolicy& breaker);

// "https://graph.facebook.com:443" of a base_url: the party that the breaker goes by. Empty for a text that
// is none.
std::string party_of(std::string_view base_url);

} // namespace renova::services::channel_config

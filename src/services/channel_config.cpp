#include "services/channel_config.hpp"

#include "base/text.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace renova::services::channel_config {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::size_t kMaxUrlLength = 500;
constexpr std::size_t kMaxScript = 1000; // words

bool each(std::string_view text, bool (*allows)(char)) {
  return std::all_of(text.begin(), text.end(), allows);
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_token(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}
bool is_identifier(std::string_view text) { return !text.empty() && each(text, is_token); }
// "v23.0" (PROTOCOLS.md §1.1).
bool is_api_version(std::string_view text) {
  auto point = text.find('.');
  if (!text.starts_with('v') || point == std::string_view::npos) return false;
  auto major = text.substr(1, point - 1);
  auto minor = text.substr(point + 1);
  return !major.empty() && major.size() <= 3 && each(major, is_digit) && !minor.empty() &&
         minor.size() <= 2 && each(minor, is_digit);
}
// The closed outcomes of PROTOCOLS.md §0.1, by domain::outcome_name.
bool is_outcome(std::string_view text) {
  constexpr std::array<std::string_view, 9> kOutcomes{"accepted",      "retry",          "retry_recipient",
                                                      "unknown",       "needs_template", "fail_recipient",
                                                      "fail_template", "fail_message",   "pause_channel"};
  return std::find(kOutcomes.begin(), kOutcomes.end(), text) != kOutcomes.end();
}

constexpr Setting kSimulator[] = {
    {.name = "seed", .form = Form::integer, .otherwise = "1", .min = 0, .max = 2'147'483'647},
    {.name = "latency_ms", .form = Form::integer, .otherwise = "0", .min = 0, .max = 60'000},
    {.name = "latency_jitter_ms", .form = Form::integer, .otherwise = "0", .min = 0, .max = 60'000},
    {.name = "sent_after_ms", .form = Form::integer, .min = 0, .max = 86'400'000},
    {.name = "delivered_after_ms", .form = Form::integer, .min = 0, .max = 86'400'000},
    {.name = "read_after_ms", .form = Form::integer, .min = 0, .max = 86'400'000},
    {.name = "retry_share", .form = Form::share},
    {.name = "fail_share", .form = Form::share},
    {.name = "unknown_share", .form = Form::share},
    {.name = "delivered_share", .form = Form::share},
    {.name = "read_share", .form = Form::share},
    {.name = "script",
     .form = Form::words,
     .max = kMaxScript,
     .allows = is_outcome,
     .hint = "an outcome such as accepted, retry, unknown, fail_recipient or pause_channel"},
};

constexpr Setting kCloudApi[] = {
    {.name = "base_url", .form = Form::url, .required = true, .otherwise = "\"https://graph.facebook.com\""},
    {.name = "api_version",
     .form = Form::text,
     .required = true,
     .otherwise = "\"v23.0\"",
     .max = 8,
     .allows = is_api_version,
     .hint = "a version such as v23.0"},
    {.name = "phone_number_id",
     .form = Form::text,
     .required = true,
     .max = 64,
     .allows = is_identifier,
     .hint = "the id that Meta gave the sending number"},
    {.name = "waba_id", .form = Form::text, .max = 64, .allows = is_identifier, .hint = "the account's id"},
    {.name = "access_token", .form = Form::secret, .required = true, .max = 2048},
    {.name = "app_secret", .form = Form::secret, .max = 512},
    {.name = "verify_token", .form = Form::secret, .max = 512},
};

const Setting* find(std::span<const Setting> settings, std::string_view name) {
  auto found =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.name == name; });
  return found == settings.end() ? nullptr : &*found;
}

// The stored form: without a slash at the end.
result<value> check_url(std::string_view text, const Rules& rules) {
  auto wrong = [](std::string detail) { return field_error("", "invalid_url", std::move(detail)); };
  if (text.size() > kMaxUrlLength) return wrong("is longer than 500 characters");
  auto url = boost::urls::parse_absolute_uri(boost::urls::string_view(text.data(), text.size()));
  if (!url || url->encoded_host().empty()) return wrong("must be an absolute address such as https://host");
  bool https = url->scheme_id() == boost::urls::scheme::https;
  if (!https && url->scheme_id() != boost::urls::scheme::http) return wrong("must begin with https://");
  if (!https && !rules.allow_http) {
    return wrong("must begin with https:// (http only where the operator allows private addresses)");
  }
  if (url->has_userinfo() || url->has_query()) return wrong("must not hold a user or a query");
  while (text.ends_with('/')) text.remove_suffix(1);
  return value(boost::json::string(text));
}

result<value> check_words(const Setting& setting, const value& given) {
  if (!given.is_array()) return field_error("", "wrong_type", "must be a list");
  const auto& words = given.get_array();
  if (words.size() > static_cast<std::size_t>(setting.max))
    return field_error("", "too_many", "is too long a list");
  domain::FieldErrors errors;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string at = "/" + std::to_string(i);
    if (!words[i].is_string()) {
      errors.add(at, "wrong_type", "must be a string");
    } else if (!setting.allows(std::string_view(words[i].get_string()))) {
      errors.add(at, "unknown_value", "must be " + std::string(setting.hint));
    }
  }
  TRY_DO(errors.finish());
  return given;
}

result<value> check_text(const Setting& setting, std::string_view given) {
  std::string_view text = trim(given);
  if (text.size() > static_cast<std::size_t>(setting.max)) return field_error("", "too_long", "is too long");
  if (setting.form == Form::secret) {
    bool printable = each(text, [](char c) { return c > ' ' && c < 0x7f; });
    if (text.empty()) return field_error("", "required", "must not be empty");
    if (!printable) return field_error("", "invalid_format", "must be printable ASCII without blanks");
  } else if (!setting.allows(text)) {
    return field_error("", "invalid_format", "must be " + std::string(setting.hint));
  }
  return value(boost::json::string(text));
}

result<value> check_number(const Setting& setting, const value& given) {
  if (setting.form == Form::share) {
    boost::json::error_code ec;
    auto share = given.is_number() ? given.to_number<double>(ec) : -1.0;
    if (!given.is_number() || ec) return field_error("", "wrong_type", "must be a number");
    if (!(share >= 0 && share <= 1)) return field_error("", "out_of_range", "must be from 0 to 1");
    return value(share);
  }
  if (!given.is_int64()) return field_error("", "wrong_type", "must be an integer");
  if (given.get_int64() < setting.min || given.get_int64() > setting.max) {
    return field_error("", "out_of_range",
                       "must be from " + std::to_string(setting.min) + " to " + std::to_string(setting.max));
  }
  return given;
}

result<value> check_value(const Setting& setting, const value& given, const Rules& rules) {
  switch (setting.form) {
    case Form::words:
      return check_words(setting, given);
    case Form::integer:
    case Form::share:
      return check_number(setting, given);
    case Form::url:
    case Form::text:
    case Form::secret:
      break;
  }
  if (!given.is_string()) return field_error("", "wrong_type", "must be a string");
  std::string_view text(given.get_string());
  if (setting.form == Form::url) return check_url(trim(text), rules);
  return check_text(setting, text);
}

// What a reader was shown in place of a secret.
bool is_set_mark(const value& given) {
  return given.is_object() && given.get_object().size() == 1 && given.get_object().contains("set");
}

void apply(Config& config, const Setting& setting, const value& given, const Rules& rules,
           domain::FieldErrors& errors) {
  std::string name(setting.name);
  if (given.is_null()) {
    config.plain.erase(setting.name);
    config.secrets.erase(name);
    return;
  }
  if (setting.form == Form::secret && is_set_mark(given)) return;
  auto checked = errors.take("/" + name, check_value(setting, given, rules));
  if (!checked) return;
  if (setting.form == Form::secret) {
    config.secrets[name] = std::string(checked->get_string());
  } else {
    config.plain[setting.name] = std::move(*checked);
  }
}

// One integer of a pacing or breaker patch.
void take_integer(const object& patch, std::string_view name, int otherwise, int& out,
                  domain::FieldErrors& errors) {
  const value* given = patch.if_contains(name);
  if (!given) return;
  if (given->is_null()) {
    out = otherwise;
  } else if (!given->is_int64()) {
    errors.add("/" + std::string(name), "wrong_type", "must be an integer");
  } else if (!std::in_range<int>(given->get_int64())) {
    errors.add("/" + std::string(name), "out_of_range", "is outside the range of this field");
  } else {
    out = static_cast<int>(given->get_int64());
  }
}

void take_cap(const object& patch, std::string_view name, std::optional<int>& out,
              domain::FieldErrors& errors) {
  const value* given = patch.if_contains(name);
  if (!given) return;
  if (given->is_null()) {
    out.reset();
    return;
  }
  int cap = 0;
  take_integer(patch, name, 0, cap, errors);
  out = cap;
}

void refuse_unknown(const object& patch, std::initializer_list<std::string_view> known,
                    domain::FieldErrors& errors) {
  for (const auto& member : patch) {
    std::string_view name(member.key());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    errors.add("/" + domain::escape_pointer(prefix(name, 60)), "unknown_field",
               "is not a field of this object");
  }
}

value or_null(const std::optional<int>& cap) { return cap ? value(*cap) : value(nullptr); }

} // namespace

std::span<const Setting> settings_of(domain::ChannelType type) {
  switch (type) {
    case domain::ChannelType::simulator:
      return kSimulator;
    case domain::ChannelType::cloud_api:
      return kCloudApi;
    default:
      return {};
  }
}

result<Config> merge(domain::ChannelType type, const Config& present, const object& patch,
                     const Rules& rules) {
  std::span<const Setting> settings = settings_of(type);
  domain::FieldErrors errors;
  Config config = present;
  for (const auto& member : patch) {
    std::string_view name(member.key());
    if (const Setting* setting = find(settings, name)) {
      apply(config, *setting, member.value(), rules, errors);
    } else {
      errors.add("/" + domain::escape_pointer(prefix(name, 60)), "unknown_field",
                 "is not a setting of this type of channel");
    }
  }
  for (const Setting& setting : settings) {
    std::string name(setting.name);
    bool there =
        setting.form == Form::secret ? config.secrets.contains(name) : config.plain.contains(setting.name);
    if (there) continue;
    if (!setting.otherwise.empty()) {
      config.plain[setting.name] = boost::json::parse(boost::json::string_view(setting.otherwise));
    } else if (setting.required && !patch.contains(setting.name)) {
      errors.add("/" + name, "required", "is required");
    } else if (setting.required && patch.at(setting.name).is_null()) {
      errors.add("/" + name, "required", "cannot be cleared");
    } else if (setting.required && errors.empty()) {
      errors.add("/" + name, "required", "is required");
    }
  }
  TRY_DO(errors.finish());
  return config;
}

object shown(domain::ChannelType type, const Config& config) {
  object out = config.plain;
  for (const Setting& setting : settings_of(type)) {
    if (setting.form != Form::secret) continue;
    out[setting.name] = {{"set", config.secrets.contains(std::string(setting.name))}};
  }
  return out;
}

result<domain::PacingPolicy> merge_pacing(domain::ChannelType type, domain::PacingPolicy present,
                                          const object& patch) {
  domain::FieldErrors errors;
  const domain::PacingPolicy otherwise = domain::default_pacing(type);
  refuse_unknown(patch,
                 {"min_gap_ms", "jitter_ms", "per_minute", "per_hour", "per_day", "warm_up", "concurrency"},
                 errors);
  take_integer(patch, "min_gap_ms", otherwise.min_gap_ms, present.min_gap_ms, errors);
  take_integer(patch, "jitter_ms", otherwise.jitter_ms, present.jitter_ms, errors);
  take_cap(patch, "per_minute", present.per_minute, errors);
  take_cap(patch, "per_hour", present.per_hour, errors);
  take_cap(patch, "per_day", present.per_day, errors);
  take_integer(patch, "concurrency", otherwise.concurrency, present.concurrency, errors);
  if (const value* warm_up = patch.if_contains("warm_up")) {
    if (warm_up->is_null()) {
      present.warm_up = otherwise.warm_up;
    } else if (warm_up->is_bool()) {
      present.warm_up = warm_up->get_bool();
    } else {
      errors.add("/warm_up", "wrong_type", "must be true or false");
    }
  }
  TRY_DO(errors.finish());
  return domain::check_pacing(present);
}

result<domain::BreakerPolicy> merge_breaker(domain::BreakerPolicy present, const object& patch) {
  domain::FieldErrors errors;
  const domain::BreakerPolicy otherwise;
  refuse_unknown(patch, {"failures", "recovery_s"}, errors);
  take_integer(patch, "failures", otherwise.failures, present.failures, errors);
  take_integer(patch, "recovery_s", otherwise.recovery_s, present.recovery_s, errors);
  TRY_DO(errors.finish());
  return domain::check_breaker(present);
}

object to_json(const domain::PacingPolicy& pacing) {
  return {{"min_gap_ms", pacing.min_gap_ms},          {"jitter_ms", pacing.jitter_ms},
          {"per_minute", or_null(pacing.per_minute)}, {"per_hour", or_null(pacing.per_hour)},
          {"per_day", or_null(pacing.per_day)},       {"warm_up", pacing.warm_up},
          {"concurrency", pacing.concurrency}};
}

object to_json(const domain::BreakerPolicy& breaker) {
  return {{"failures", breaker.failures}, {"recovery_s", breaker.recovery_s}};
}

std::string party_of(std::string_view base_url) {
  auto url = boost::urls::parse_absolute_uri(boost::urls::string_view(base_url.data(), base_url.size()));
  if (!url) return {};
  bool https = url->scheme_id() == boost::urls::scheme::https;
  std::string port(url->port());
  if (port.empty()) port = https ? "443" : "80";
  return std::string(https ? "https://" : "http://") + to_lower(std::string_view(url->encoded_host())) + ":" +
         port;
}

} // namespace renova::services::channel_config

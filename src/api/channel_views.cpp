#include "api/channel_views.hpp"

#include "domain/field_errors.hpp"

namespace renova::api {
namespace {

using boost::json::object;

std::optional<std::int64_t> wide(const std::optional<int>& cap) {
  if (!cap) return std::nullopt;
  return *cap;
}

// The object of a field; one that is absent gives none.
std::optional<object> object_of(const std::optional<Raw>& raw, std::string pointer,
                                domain::FieldErrors& errors) {
  if (!raw) return std::nullopt;
  if (raw->value.is_object()) return raw->value.get_object();
  errors.add(std::move(pointer), "wrong_type", "must be an object");
  return std::nullopt;
}

std::optional<std::optional<object>> object_of(const Patch<Raw>& patch, std::string pointer,
                                               domain::FieldErrors& errors) {
  if (!patch.present) return std::nullopt;
  return std::optional(object_of(patch.value, std::move(pointer), errors));
}

} // namespace

ChannelView view_of(const services::Channel& channel, const std::string& public_url) {
  ChannelView view;
  view.id = channel.id;
  view.name = channel.name;
  view.type = channel.type;
  view.enabled = channel.enabled;
  view.config.value = channel.config;
  const auto& pacing = channel.pacing;
  view.pacing = {pacing.min_gap_ms,    pacing.jitter_ms, wide(pacing.per_minute), wide(pacing.per_hour),
                 wide(pacing.per_day), pacing.warm_up,   pacing.concurrency};
  view.breaker = {channel.breaker.failures, channel.breaker.recovery_s};
  view.paused = channel.paused;
  view.pause_reason = channel.pause_reason;
  view.paused_until = channel.paused_until;
  view.webhook_url = public_url + "/hooks/channels/" + channel.id.str();
  view.version = channel.version;
  view.created_at = channel.created_at;
  view.updated_at = channel.updated_at;
  return view;
}

ChannelHealthView view_of(const services::channels::Health& health) {
  ChannelHealthView view;
  view.usable = health.usable;
  view.state = health.usable ? "usable" : health.reason;
  if (!health.detail.empty()) view.detail = health.detail;
  if (!health.party.empty()) view.party = health.party;
  view.circuit = health.circuit;
  if (health.lease) view.lease = LeaseView{health.lease->instance, health.lease->expires_at};
  for (const auto& row : health.today) view.today[std::string(to_text(row.state))] = row.n;
  view.oldest_queued = health.oldest_queued;
  if (const auto& error = health.last_error) {
    view.last_error = LastErrorView{error->message, error->state, error->reason, error->detail, error->at};
  }
  view.webhook_ready = health.webhook_ready;
  return view;
}

result<services::channels::NewChannel> new_channel_of(const ChannelInput& input) {
  domain::FieldErrors errors;
  services::channels::NewChannel out;
  out.name = input.name;
  out.type = input.type;
  out.enabled = input.enabled.value_or(true);
  out.config = object_of(input.config, "/config", errors).value_or(object());
  out.pacing = object_of(input.pacing, "/pacing", errors).value_or(object());
  out.breaker = object_of(input.breaker, "/breaker", errors).value_or(object());
  TRY_DO(errors.finish());
  return out;
}

result<services::channels::ChannelPatch> patch_of(const ChannelPatchInput& input) {
  domain::FieldErrors errors;
  services::channels::ChannelPatch out;
  out.name = input.name.value;
  out.type = input.type.value;
  out.enabled = input.enabled.value;
  out.config = object_of(input.config.value, "/config", errors);
  out.pacing = object_of(input.pacing, "/pacing", errors);
  out.breaker = object_of(input.breaker, "/breaker", errors);
  TRY_DO(errors.finish());
  return out;
}

} // namespace renova::api

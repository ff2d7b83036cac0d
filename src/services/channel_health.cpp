// Whether a channel can send, and if not, why.
#include "domain/calendar.hpp"
#include "services/channels.hpp"
#include "storage/onboarding_store.hpp"

namespace renova::services::channels {
namespace {

constexpr Duration kErrorMemory = std::chrono::days(7);

// Receipts need what the webhook is verified with (PROTOCOLS.md §1.7); the simulator brings its own.
bool webhook_ready(domain::ChannelType type, const channel_config::Config& config) {
  if (type != domain::ChannelType::cloud_api) return true;
  return config.secrets.contains("app_secret") && config.secrets.contains("verify_token");
}

void judge(Health& health, const storage::ChannelRow& row, bool queue_paused, Instant now) {
  auto stopped_by = [&](std::string reason, std::string detail) {
    health.usable = false;
    health.reason = std::move(reason);
    health.detail = std::move(detail);
  };
  health.usable = true;
  if (!row.enabled) return stopped_by("disabled", "the channel is switched off");
  if (row.paused && (!row.paused_until || *row.paused_until > now)) {
    return stopped_by("paused", "the channel is paused: " + row.pause_reason.value_or("no reason was kept"));
  }
  if (queue_paused) return stopped_by("queue_paused", "the whole queue is paused");
  if (health.circuit == domain::CircuitState::open) {
    return stopped_by("circuit_open", health.party + " failed repeatedly and is left alone for a while");
  }
}

} // namespace

result<Health> health(storage::TenantTransaction& tx, Instant now, const Context& context, ChannelId id,
                      const CircuitOf& circuit_of) {
  TRY(auto row, storage::channel_store::get(tx, id));
  if (!row) return Error(ErrorCode::not_found, "there is no such channel");
  TRY(channel_config::Config config, open_config(*row, context.secrets));
  TRY(auto tenant, storage::onboarding_store::tenant_brief(tx));
  TRY(domain::TimeZone zone, domain::TimeZone::find(tenant.time_zone));

  Health out;
  if (const auto* base_url = config.plain.if_contains("base_url"); base_url && base_url->is_string()) {
    out.party = channel_config::party_of(std::string_view(base_url->get_string()));
  }
  if (!out.party.empty() && circuit_of) out.circuit = circuit_of(out.party);
  out.webhook_ready = webhook_ready(row->type, config);
  TRY(out.lease, storage::channel_store::lease(tx, id));
  if (out.lease && out.lease->expires_at <= now) out.lease.reset();
  TRY(out.today, storage::channel_store::counts_since(tx, id, zone.at_local(zone.today(now), 0)));
  TRY(out.oldest_queued, storage::channel_store::oldest_queued(tx, id, now));
  TRY(auto error, storage::channel_store::last_error(tx, id, now - kErrorMemory));
  if (error) {
    out.last_error = LastError{error->id, std::string(domain::to_text(error->state)), error->reason,
                               error->detail, error->updated_at};
  }
  judge(out, *row, tenant.queue_paused, now);
  return out;
}

} // namespace renova::services::channels

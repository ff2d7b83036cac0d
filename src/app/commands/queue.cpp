#include "app/commands/commands.hpp"
#include "base/json.hpp"
#include "services/message_service.hpp"

#include <cstdio>

namespace renova::app {
namespace {

void write_json(std::string& out, const services::messages::QueueFigures& figures) {
  JsonWriter json(out);
  json.begin_object();
  json.field("paused", figures.paused);
  json.field("planned", figures.planned);
  json.field("queued", figures.queued);
  json.field("sending", figures.sending);
  json.field("unknown", figures.unknown);
  json.field("rate_per_minute", figures.rate_per_minute);
  json.key("eta_s");
  figures.eta_s ? json.value(*figures.eta_s) : json.null();
  json.key("oldest_age_s");
  figures.oldest_age_s ? json.value(*figures.oldest_age_s) : json.null();
  json.end_object();
  out += '\n';
}

void write_text(std::string& out, const services::messages::QueueFigures& figures) {
  char line[200];
  std::snprintf(line, sizeof line, "planned %lld   queued %lld   sending %lld   unknown %lld   %.0f/min%s\n",
                static_cast<long long>(figures.planned), static_cast<long long>(figures.queued),
                static_cast<long long>(figures.sending), static_cast<long long>(figures.unknown),
                figures.rate_per_minute, figures.paused ? "   PAUSED" : "");
  out += line;
  if (figures.oldest_age_s) out += "oldest waits " + std::to_string(*figures.oldest_age_s) + " s\n";
  if (figures.eta_s) out += "empty in about " + std::to_string(*figures.eta_s) + " s\n";
}

} // namespace

result<void> show_queue(CommandContext& context, const QueueCommand& options) {
  TRY(TenantId tenant, find_tenant(context.database, options.tenant));
  Instant now = context.clock.now();
  TRY(auto figures, context.database.read_now([&](storage::Transaction& tx) {
    storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(tenant));
    return services::messages::queue_figures(scoped, now);
  }));
  options.json ? write_json(context.output, figures) : write_text(context.output, figures);
  return {};
}

} // namespace renova::app

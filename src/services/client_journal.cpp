#include "services/client_journal.hpp"

#include "base/json.hpp"
#include "services/live.hpp"
#include "storage/note_store.hpp"

namespace renova::services {

result<void> record_change(storage::TenantTransaction& tx, const Actor& actor, Instant now,
                           const ClientChange& change) {
  TRY_DO(storage::insert_client_event(tx, change.client, change.action, actor.name, change.after, now));
  const std::string object_id = change.object_id.empty() ? change.client.str() : change.object_id;
  TRY_DO(record(tx, now, actor, {change.action, change.object_kind, object_id, change.before, change.after}));
  if (!change.live.empty()) announce(tx, std::string(change.live), change.client);
  return {};
}

void announce_payment(storage::TenantTransaction& tx, ClientId client, SubscriptionId subscription,
                      std::int64_t amount, std::string_view currency) {
  std::string data;
  JsonWriter writer(data);
  writer.begin_object();
  writer.field("client_id", client);
  writer.field("subscription_id", subscription);
  writer.field("amount", amount);
  writer.field("currency", currency);
  writer.end_object();
  announce(tx, "payment_received", data);
}

std::string changed_fields(const std::vector<std::string_view>& fields) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("changed");
  writer.begin_array();
  for (std::string_view field : fields) writer.value(field);
  writer.end_array();
  writer.end_object();
  return out;
}

} // namespace renova::services

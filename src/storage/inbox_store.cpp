#include "storage/inbox_store.hpp"

#include "storage/sql/inbox.hpp"
#include "storage/sql/messages.hpp"
#include "storage/sql/sender.hpp"

namespace renova::storage::inbox_store {
namespace {

std::optional<std::string_view> if_any(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

// The smallest UUIDv7 of an instant: ids grow with time.
Uuid first_uuid(Instant at) {
  Uuid uuid{};
  auto ms = static_cast<std::uint64_t>(at.us / 1000);
  for (std::size_t i = 0; i < 6; ++i) uuid[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  return uuid;
}

} // namespace

result<bool> insert(TenantTransaction& tx, ChannelId channel, std::string_view kind, std::string_view key,
                    std::string_view body, Instant now) {
  TRY(auto inserted, tx.run(sql::inbox_insert, {{"channel_id", channel},
                                                {"id", make_uuid(now)},
                                                {"kind", kind},
                                                {"item_key", key},
                                                {"body", body},
                                                {"received_at", now}}));
  return inserted > 0;
}

result<std::vector<InboxRow>> waiting(Transaction& tx, int limit) {
  return tx.all<InboxRow>(sql::inbox_waiting, {{"limit", limit}});
}

result<std::vector<InboxRow>> orphans(Transaction& tx, int limit) {
  return tx.all<InboxRow>(sql::inbox_orphans, {{"limit", limit}});
}

result<void> done(TenantTransaction& tx, const InboxRow& row, std::string_view problem, Instant now) {
  TRY_DO(
      tx.run(sql::inbox_done,
             {{"now", now}, {"problem", if_any(problem)}, {"channel_id", row.channel_id}, {"id", row.id}}));
  return {};
}

result<void> wait(TenantTransaction& tx, const InboxRow& row, std::string_view problem) {
  TRY_DO(tx.run(sql::inbox_wait,
                {{"problem", if_any(problem)}, {"channel_id", row.channel_id}, {"id", row.id}}));
  return {};
}

result<std::int64_t> purge(TenantTransaction& tx, ChannelId channel, Instant before, int limit) {
  return tx.run(sql::inbox_purge,
                {{"channel_id", channel}, {"before", first_uuid(before)}, {"limit", limit}});
}

result<std::optional<MessageRow>> message_by_gateway_id(TenantTransaction& tx, std::string_view gateway_id) {
  return tx.first<MessageRow>(sql::message_by_gateway_id, {{"gateway_id", gateway_id}});
}

result<bool> apply(TenantTransaction& tx, const MessageRow& row, const ReceiptRow& receipt, Instant now) {
  std::optional<std::string_view> reason;
  if (receipt.reason != domain::MessageReason::none) reason = to_text(receipt.reason);
  TRY(auto changed, tx.run(sql::sender_receipt, {{"to_state", receipt.to},
                                                 {"reason", reason},
                                                 {"detail", if_any(receipt.detail)},
                                                 {"gateway_id", if_any(receipt.gateway_id)},
                                                 {"now", now},
                                                 {"sent_at", receipt.sent_at},
                                                 {"delivered_at", receipt.delivered_at},
                                                 {"read_at", receipt.read_at},
                                                 {"failed_at", receipt.failed_at},
                                                 {"id", row.id},
                                                 {"from_state", row.state},
                                                 {"attempt", row.attempt}}));
  if (changed == 0) return false;
  TRY_DO(tx.run(sql::sender_event, {{"message_id", row.id},
                                    {"at", now},
                                    {"from_state", std::optional(row.state)},
                                    {"to_state", receipt.to},
                                    {"attempt", row.attempt},
                                    {"reason", reason},
                                    {"detail", if_any(receipt.detail)}}));
  return true;
}

result<std::optional<ClientId>> client_by_phone(TenantTransaction& tx, std::string_view phone,
                                                std::string_view phone_key) {
  TRY(auto exact, tx.first<ClientId>(sql::inbox_client_by_phone, {{"phone", phone}}));
  if (exact || phone_key.empty()) return exact;
  return tx.first<ClientId>(sql::inbox_client_by_key, {{"phone_key", phone_key}});
}

} // namespace renova::storage::inbox_store

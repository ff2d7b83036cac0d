// What gateways told us, stored before it is understood (PROTOCOLS.md §0.3).
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/message.hpp"
#include "storage/database.hpp"
#include "storage/message_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::storage {

using InboxItemId = Id<struct InboxItemTag>;

struct InboxRow {
  TenantId tenant_id;
  ChannelId channel_id;
  InboxItemId id;
  std::string kind;
  std::string body;
  Instant received_at;
  std::string type; // of the channel
};
BOOST_DESCRIBE_STRUCT(InboxRow, (), (tenant_id, channel_id, id, kind, body, received_at, type))

// What a receipt changes in a message.
struct ReceiptRow {
  domain::MessageState to = domain::MessageState::sent;
  domain::MessageReason reason = domain::MessageReason::none;
  std::string_view detail;
  std::string_view gateway_id;
  std::optional<Instant> sent_at;
  std::optional<Instant> delivered_at;
  std::optional<Instant> read_at;
  std::optional<Instant> failed_at;
};

namespace inbox_store {

// False when the same item is there already.
result<bool> insert(TenantTransaction& tx, ChannelId channel, std::string_view kind, std::string_view key,
                    std::string_view body, Instant now);
// Items that were not looked at yet, oldest first; on PostgreSQL nobody else gets them before this
// transaction ends.
result<std::vector<InboxRow>> waiting(Transaction& tx, int limit);
// Items whose message was not found yet.
result<std::vector<InboxRow>> orphans(Transaction& tx, int limit);
result<void> done(TenantTransaction& tx, const InboxRow& row, std::string_view problem, Instant now);
result<void> wait(TenantTransaction& tx, const InboxRow& row, std::string_view problem);
// Understood items from before `before`; how many were removed, at most `limit`.
result<std::int64_t> purge(TenantTransaction& tx, ChannelId channel, Instant before, int limit);

result<std::optional<MessageRow>> message_by_gateway_id(TenantTransaction& tx, std::string_view gateway_id);
// Moves `row`, if it is still as it was read, and writes the event.
result<bool> apply(TenantTransaction& tx, const MessageRow& row, const ReceiptRow& receipt, Instant now);
// By the number as given, else by what stays the same with and without Brazil's ninth digit.
result<std::optional<ClientId>> client_by_phone(TenantTransaction& tx, std::string_view phone,
                                                std::string_view phone_key);

} // namespace inbox_store
} // namespace renova::storage

// Lists of messages over several states at once.
#pragma once

#include "base/result.hpp"
#include "domain/message.hpp"
#include "storage/message_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services::messages {

// A page of the messages in any of `states` (none: all), by created_at then id. Each state is its own index
// walk, so the cost is that of one page a state, however large the queue is.
result<std::vector<storage::MessageRow>> list(storage::TenantTransaction& tx, storage::MessagePageQuery query,
                                              const std::vector<domain::MessageState>& states);
result<std::int64_t> count(storage::TenantTransaction& tx, storage::MessagePageQuery query,
                           const std::vector<domain::MessageState>& states);

struct MessageWithLedger {
  storage::MessageRow message;
  std::vector<storage::MessageEventRow> events; // oldest first
};
// Error: not_found.
result<MessageWithLedger> get(storage::TenantTransaction& tx, MessageId id);

// The beginning of a span: an instant, or a date as the tenant's midnight; `end_of_day`: the midnight after
// it. Error: validation_failed at `parameter`.
result<Instant> instant_of(storage::TenantTransaction& tx, std::string_view parameter, std::string_view text,
                           bool end_of_day);

} // namespace renova::services::messages

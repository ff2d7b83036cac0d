// Channels as rows: the sending identities of a tenant.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/message.hpp"
#include "domain/openings.hpp"
#include "storage/database.hpp"
#include "storage/rule_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::storage {

struct ChannelRow {
  ChannelId id;
  std::string name;
  domain::ChannelType type = domain::ChannelType::simulator;
  bool enabled = true;
  std::string config = "{}";    // JSON object without secrets
  std::optional<Bytes> secrets; // SecretBox over a JSON object
  std::string pacing;           // JSON object
  std::string breaker;          // JSON object
  bool paused = false;
  std::optional<std::string> pause_reason;
  std::optional<Instant> paused_until; // none while paused: until somebody resumes it
  std::optional<Instant> first_sent_at;
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(ChannelRow, (),
                      (id, name, type, enabled, config, secrets, pacing, breaker, paused, pause_reason,
                       paused_until, first_sent_at, version, created_at, updated_at))

struct ChannelPageQuery {
  bool by_name = true; // else by created_at
  bool descending = false;
  int limit = 20;
  std::optional<std::string> after_name; // with by_name
  std::optional<Instant> after_created;  // else
  ChannelId after_id;
  std::optional<domain::ChannelType> type;
  std::optional<bool> enabled;
};

struct ChannelLeaseRow {
  std::string instance;
  Instant expires_at;
};
BOOST_DESCRIBE_STRUCT(ChannelLeaseRow, (), (instance, expires_at))

struct StateCountRow {
  domain::MessageState state = domain::MessageState::planned;
  std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(StateCountRow, (), (state, n))

struct ChannelErrorRow {
  MessageId id;
  domain::MessageState state = domain::MessageState::failed;
  std::optional<std::string> reason;
  std::optional<std::string> detail;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(ChannelErrorRow, (), (id, state, reason, detail, updated_at))

namespace channel_store {

// `row.version`, `created_at` and `updated_at` are set by the store; pauses are not written.
result<void> insert(TenantTransaction& tx, const ChannelRow& row, Instant now);
result<std::optional<ChannelRow>> get(TenantTransaction& tx, ChannelId id);
// Whose channel it is, for a webhook that knows nothing else.
result<std::optional<TenantId>> owner(Transaction& tx, ChannelId id);
result<std::vector<ChannelRow>> page(TenantTransaction& tx, const ChannelPageQuery& query);
result<std::int64_t> count(TenantTransaction& tx, const ChannelPageQuery& filters);
// Both need the version that was read. Error: version_mismatch.
result<void> update(TenantTransaction& tx, const ChannelRow& row, Instant now);
result<void> remove(TenantTransaction& tx, ChannelId id, std::int64_t version);
result<void> set_paused(TenantTransaction& tx, ChannelId id, bool paused, std::optional<std::string> reason,
                        Instant now);

result<std::vector<RuleRow>> rules_naming(TenantTransaction& tx, ChannelId id);
// planned, queued, sending, unknown; and of these the ones that are being handed over.
result<std::int64_t> open_messages(TenantTransaction& tx, ChannelId id);
result<std::int64_t> messages_sending(TenantTransaction& tx, ChannelId id);
// The client with this number (E.164 digits), if there is one.
result<std::optional<ClientId>> client_of_phone(TenantTransaction& tx, std::string_view phone);
// Gives what waits (planned, queued) to another channel; how many.
result<std::int64_t> move_waiting(TenantTransaction& tx, ChannelId from, ChannelId to, Instant now);
result<std::vector<MessageId>> waiting_ids(TenantTransaction& tx, ChannelId id, int limit);

result<std::optional<ChannelLeaseRow>> lease(TenantTransaction& tx, ChannelId id);
// The states of what was created from `since` on.
result<std::vector<StateCountRow>> counts_since(TenantTransaction& tx, ChannelId id, Instant since);
// Since when the oldest message that could go waits.
result<std::optional<Instant>> oldest_queued(TenantTransaction& tx, ChannelId id, Instant now);
result<std::optional<ChannelErrorRow>> last_error(TenantTransaction& tx, ChannelId id, Instant since);

} // namespace channel_store
} // namespace renova::storage

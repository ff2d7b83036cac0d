// What the sender does with a channel's messages: look for what may go, claim it, record what became of it.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "domain/message.hpp"
#include "domain/openings.hpp"
#include "storage/channel_store.hpp"
#include "storage/database.hpp"
#include "storage/template_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::storage {

// A channel and what its tenant says about sending.
struct SenderChannelRow {
  TenantId tenant_id;
  bool queue_paused = false;
  std::optional<Instant> suspended_at;
  std::string time_zone;
  std::string sending_windows; // JSON
  std::string holidays;        // JSON
  ChannelRow channel;
};

// A message that may be handed over.
struct ReadyRow {
  MessageId id;
  ClientId client_id;
  std::optional<SubscriptionId> subscription_id;
  std::optional<RuleId> rule_id;
  std::optional<TemplateId> template_id;
  domain::MessageKind kind = domain::MessageKind::manual;
  std::string recipient;
  std::optional<std::string> body;
  std::optional<std::string> detail;
  int priority = 5;
  std::optional<Date> due_on;
  Instant not_before;
  int attempt = 0; // so far
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(ReadyRow, (),
                      (id, client_id, subscription_id, rule_id, template_id, kind, recipient, body, detail,
                       priority, due_on, not_before, attempt, created_at))

struct BlockerRow {
  MessageId id;
  domain::MessageState state = domain::MessageState::queued;
  Instant not_before;
};
BOOST_DESCRIBE_STRUCT(BlockerRow, (), (id, state, not_before))

// Whom a message is about, now.
struct SubjectRow {
  std::string name;
  std::optional<std::string> phone;
  std::optional<Instant> opted_out_at;
  std::optional<Instant> archived_at;
  std::optional<Instant> erased_at;
  std::optional<std::string> plan_type; // none: no subscription
  std::optional<std::int64_t> price_amount;
  std::optional<std::string> price_currency;
  std::optional<Date> expires_on;
  std::optional<Date> prepaid_until;
  std::optional<std::int64_t> owed_amount;
  std::optional<bool> muted;
  std::optional<Instant> ended_at;
  std::optional<std::string> before_text;
  std::optional<std::string> due_text;
  std::optional<std::string> plan_name;
};
BOOST_DESCRIBE_STRUCT(SubjectRow, (),
                      (name, phone, opted_out_at, archived_at, erased_at, plan_type, price_amount,
                       price_currency, expires_on, prepaid_until, owed_amount, muted, ended_at, before_text,
                       due_text, plan_name))

struct TemplatesMarkRow {
  std::int64_t n = 0;
  std::int64_t versions = 0;
  std::int64_t updated_at = 0;
  std::int64_t stopped = 0;
  friend bool operator==(const TemplatesMarkRow&, const TemplatesMarkRow&) = default;
};
BOOST_DESCRIBE_STRUCT(TemplatesMarkRow, (), (n, versions, updated_at, stopped))

struct GateRow {
  bool enabled = true;
  bool paused = false;
  std::optional<Instant> paused_until;
  std::int64_t version = 1;
  bool queue_paused = false;
  std::optional<Instant> suspended_at;
};
BOOST_DESCRIBE_STRUCT(GateRow, (), (enabled, paused, paused_until, version, queue_paused, suspended_at))

struct UnderWayRow {
  MessageId id;
  ClientId client_id;
  int attempt = 0;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(UnderWayRow, (), (id, client_id, attempt, updated_at))

struct StateTotalRow {
  domain::MessageState state = domain::MessageState::queued;
  std::int64_t n = 0;
  Instant oldest;
};
BOOST_DESCRIBE_STRUCT(StateTotalRow, (), (state, n, oldest))

// Who claims.
struct Claimer {
  ChannelId channel;
  Uuid epoch{};
  std::int64_t fence = 0;
};

// A claim of one message: what it is handed over with.
struct ClaimRow {
  MessageId id;
  int attempt = 0; // before this one
  std::string_view recipient;
  std::string_view body;
  std::optional<TemplateId> template_id;
  domain::MessageKind kind = domain::MessageKind::manual;
};

// What became of one attempt.
struct OutcomeRow {
  MessageId id;
  int attempt = 1;
  std::int64_t fence = 0;
  domain::MessageState to = domain::MessageState::queued;
  domain::MessageReason reason = domain::MessageReason::none;
  std::string_view detail;
  std::string_view gateway_id;       // with accepted
  std::optional<Instant> not_before; // with queued
  bool give_back = false;            // the attempt does not count
};

namespace sender_store {

result<std::vector<SenderChannelRow>> channels(Transaction& tx);
result<std::optional<SenderChannelRow>> channel(Transaction& tx, ChannelId id);

// The priorities that wait in a channel, most urgent (smallest) first.
result<std::vector<int>> levels(TenantTransaction& tx, ChannelId channel);
struct ReadyQuery {
  ChannelId channel;
  int priority = 5;
  Instant now;
  Instant after_not_before{INT64_MIN / 2};
  MessageId after_id;
  bool only_tests = false;
  int limit = 32;
};
result<std::vector<ReadyRow>> ready(TenantTransaction& tx, const ReadyQuery& query);
result<std::optional<ReadyRow>> ready_one(TenantTransaction& tx, MessageId id);
// When something more becomes due; none when nothing waits.
result<std::optional<Instant>> next_due(TenantTransaction& tx, ChannelId channel, int priority, Instant now);
result<std::optional<BlockerRow>> blocker(TenantTransaction& tx, ChannelId channel, const ReadyRow& row,
                                          Instant now);
result<std::optional<SubjectRow>> subject(TenantTransaction& tx, ClientId client,
                                          const std::optional<SubscriptionId>& subscription);
result<bool> newer_rule_waits(TenantTransaction& tx, const ReadyRow& row, Instant now);
result<TemplatesMarkRow> templates_mark(TenantTransaction& tx);
result<std::vector<TemplateRow>> templates(TenantTransaction& tx);

result<std::optional<GateRow>> gate(TenantTransaction& tx, ChannelId channel);
// queued → sending; false when the message is not as it was read.
result<bool> claim(TenantTransaction& tx, const Claimer& claimer, const ClaimRow& row, Instant lease_until,
                   Instant now);
// queued → planned, cancelled, skipped or failed instead; false as above.
result<bool> stop_queued(TenantTransaction& tx, const ReadyRow& row, domain::MessageState to,
                         domain::MessageReason reason, std::string_view detail, Instant now);
result<void> defer(TenantTransaction& tx, const ReadyRow& row, Instant not_before);

// sending → what became of it. False when this attempt is not ours any more; an acceptance that comes after
// its own receipt adds the gateway's id and is true.
result<bool> record(TenantTransaction& tx, const OutcomeRow& outcome, Instant now);
// What somebody who is gone was handing over becomes unknown; which.
result<std::vector<UnderWayRow>> lose_abandoned(TenantTransaction& tx, const Claimer& claimer, Instant now);
result<std::vector<UnderWayRow>> under_way(TenantTransaction& tx, const Claimer& claimer);
result<std::vector<Instant>> attempts_since(TenantTransaction& tx, ChannelId channel, Instant since);

result<void> note_first_sent(TenantTransaction& tx, ChannelId channel, Instant now);
result<void> pause_channel(TenantTransaction& tx, ChannelId channel, std::string_view reason,
                           std::optional<Instant> until, Instant now);
// Ends a pause whose time is over.
result<bool> end_pause(TenantTransaction& tx, ChannelId channel, Instant now);
// False when it was stopped already.
result<bool> stop_template(TenantTransaction& tx, TemplateId id, std::string_view reason, Instant now);
// Stops a template, or lets it go again when `reason` is absent.
result<void> set_template_stopped(TenantTransaction& tx, TemplateId id, std::optional<std::string> reason,
                                  Instant now);
result<void> note_whatsapp_id(TenantTransaction& tx, ClientId client, std::string_view whatsapp_id);

result<std::vector<StateTotalRow>> state_totals(Transaction& tx);

} // namespace sender_store
} // namespace renova::storage

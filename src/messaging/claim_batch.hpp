// The database's part of a claim: look for what may go, then claim it. Plain functions over transactions.
#pragma once

#include "messaging/composer.hpp"
#include "storage/planner_store.hpp"
#include "storage/sender_store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace renova::messaging {

struct FindRequest {
  ChannelId channel;
  Instant now;
  int count = 1;
  bool only_tests = false;
  std::unordered_map<std::string, Instant> held; // recipients that may not get anything yet
  std::shared_ptr<const TemplateBook> templates; // as known so far
};

struct Candidate {
  storage::ReadyRow message;
  std::optional<storage::SubjectRow> subject;
  bool newer_rule_waits = false;
};

struct Found {
  std::vector<Candidate> candidates;
  std::optional<Instant> next_at; // when to look again if nothing else happens
  bool more = false;              // there may be more right now
  storage::SendingTenantRow tenant;
  std::vector<storage::RuleRow> rules;
  std::shared_ptr<const TemplateBook> templates;
};
// The most urgent messages that may go now, in order: priority with ageing, then time, then age; per
// recipient oldest first. An older message to the same recipient goes in the place of the one that it holds
// up.
result<Found> find_candidates(storage::TenantTransaction& tx, const FindRequest& request);

struct Claim {
  storage::ReadyRow message;
  Composed composed;
  bool claimed = false; // out
};
struct Stop {
  storage::ReadyRow message;
  NotComposed why;
};
struct ClaimBatch {
  TenantId tenant;
  storage::Claimer claimer;
  std::int64_t channel_version = 1;
  Instant now;
  Instant lease_until;
  std::vector<Claim> claims;
  std::vector<Stop> stops;
  enum class Result { done, lost_channel, gate_closed };
  Result outcome = Result::done; // out
};
// The durable intent: everything that was composed becomes `sending`, unless it changed meanwhile, the
// channel is not ours any more, or a pause came in between. May run more than once.
result<void> claim_all(storage::TenantTransaction& tx, ClaimBatch& batch);

} // namespace renova::messaging

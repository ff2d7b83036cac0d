#include "messaging/claim_batch.hpp"

#include "base/json.hpp"
#include "services/live.hpp"
#include "services/sending_calendar.hpp"
#include "storage/lease_store.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace renova::messaging {
namespace {

using domain::MessageState;
using storage::BlockerRow;
using storage::ReadyRow;
using storage::TenantTransaction;
namespace store = storage::sender_store;

constexpr int kPageMin = 16;
// How many messages one look may pass over: recipients in flight or held can stand at the head of the queue.
constexpr int kScanMax = 5000;
// Looked at again this much later when a look ended early.
// A newer rule's message is planned by a later run of the planner; older ones that it finds due are
// superseded there.
constexpr Duration kFresh = std::chrono::seconds(30);
constexpr Duration kSoon = std::chrono::seconds(1);

// One priority's messages, read page by page.
struct Level {
  int priority = 5;
  std::deque<ReadyRow> rows;
  Instant after_not_before{INT64_MIN / 2};
  MessageId after_id;
  bool exhausted = false;
};

// Ageing makes a message more urgent by one step per kAgingStep, so the order of two messages never changes
// with time.
std::int64_t rank(const ReadyRow& row) {
  return row.not_before.us + row.priority * Duration(domain::kAgingStep).count();
}

class Finder {
 public:
  Finder(TenantTransaction& tx, const FindRequest& request) : tx_(tx), request_(request) {}

  result<Found> run() {
    TRY_DO(read_levels());
    int scanned = 0;
    while (static_cast<int>(found_.candidates.size()) < request_.count) {
      TRY(auto next, pull());
      if (!next) break;
      if (++scanned > kScanMax) {
        look_again(request_.now + kSoon);
        break;
      }
      TRY_DO(consider(std::move(*next)));
    }
    found_.more = static_cast<int>(found_.candidates.size()) >= request_.count;
    if (!found_.more) TRY_DO(read_next_due());
    if (!found_.candidates.empty()) TRY_DO(read_facts());
    return std::move(found_);
  }

 private:
  result<void> read_levels() {
    TRY(auto priorities, store::levels(tx_, request_.channel));
    for (int priority : priorities) {
      levels_.push_back({priority, {}, {INT64_MIN / 2}, {}, false});
    }
    return {};
  }

  result<void> refill(Level& level) {
    if (!level.rows.empty() || level.exhausted) return {};
    store::ReadyQuery query{request_.channel,
                            level.priority,
                            request_.now,
                            level.after_not_before,
                            level.after_id,
                            request_.only_tests,
                            std::max(kPageMin, request_.count)};
    TRY(auto rows, store::ready(tx_, query));
    level.exhausted = static_cast<int>(rows.size()) < query.limit;
    if (!rows.empty()) {
      level.after_not_before = rows.back().not_before;
      level.after_id = rows.back().id;
    }
    level.rows.assign(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    return {};
  }

  result<std::optional<ReadyRow>> pull() {
    Level* best = nullptr;
    for (auto& level : levels_) {
      TRY_DO(refill(level));
      if (level.rows.empty()) continue;
      if (best == nullptr || rank(level.rows.front()) < rank(best->rows.front())) best = &level;
    }
    if (best == nullptr) return std::optional<ReadyRow>();
    std::optional<ReadyRow> row = std::move(best->rows.front());
    best->rows.pop_front();
    return row;
  }

  result<void> consider(ReadyRow row) {
    if (taken_.count(row.recipient) > 0) return {};
    if (auto held = request_.held.find(row.recipient); held != request_.held.end()) {
      look_again(held->second);
      return {};
    }
    TRY(auto blocker, store::blocker(tx_, request_.channel, row, request_.now));
    if (blocker) {
      bool goes_first = blocker->state == MessageState::queued && blocker->not_before <= request_.now;
      if (!goes_first) {
        look_again(blocker->state == MessageState::queued ? blocker->not_before : request_.now + kSoon);
        return {};
      }
      TRY(auto older, store::ready_one(tx_, blocker->id));
      if (!older) return {};
      row = std::move(*older);
    }
    return take(std::move(row));
  }

  result<void> take(ReadyRow row) {
    Candidate candidate;
    TRY(candidate.subject, store::subject(tx_, row.client_id, row.subscription_id));
    if (row.rule_id && request_.now - row.created_at > kFresh) {
      TRY(candidate.newer_rule_waits, store::newer_rule_waits(tx_, row, request_.now));
    }
    taken_.insert(row.recipient);
    candidate.message = std::move(row);
    found_.candidates.push_back(std::move(candidate));
    return {};
  }

  void look_again(Instant when) {
    if (when.us >= INT64_MAX / 4) return; // an answer will come and wake the lane
    if (!found_.next_at || when < *found_.next_at) found_.next_at = when;
  }

  result<void> read_next_due() {
    for (const auto& level : levels_) {
      TRY(auto due, store::next_due(tx_, request_.channel, level.priority, request_.now));
      if (due) look_again(*due);
    }
    return {};
  }

  result<void> read_facts() {
    TRY(found_.tenant, services::sending_tenant(tx_));
    TRY(found_.rules, storage::planner_store::rules(tx_));
    TRY(auto mark, store::templates_mark(tx_));
    found_.templates = request_.templates;
    if (found_.templates && found_.templates->mark() == mark) return {};
    TRY(auto rows, store::templates(tx_));
    found_.templates = TemplateBook::make(rows, mark);
    return {};
  }

  TenantTransaction& tx_;
  const FindRequest& request_;
  std::vector<Level> levels_;
  std::set<std::string> taken_; // recipients
  Found found_;
};

bool is_open(const storage::GateRow& gate, const ClaimBatch& batch) {
  return gate.enabled && !gate.queue_paused && !gate.suspended_at && gate.version == batch.channel_version &&
         (!gate.paused || (gate.paused_until && *gate.paused_until <= batch.now));
}

} // namespace

result<Found> find_candidates(TenantTransaction& tx, const FindRequest& request) {
  return Finder(tx, request).run();
}

result<void> claim_all(TenantTransaction& tx, ClaimBatch& batch) {
  batch.outcome = ClaimBatch::Result::done;
  for (auto& claim : batch.claims) claim.claimed = false;
  const auto& claimer = batch.claimer;
  TRY(bool ours, storage::lease_store::holds(tx, claimer.channel, claimer.epoch, claimer.fence));
  if (!ours) {
    batch.outcome = ClaimBatch::Result::lost_channel;
    return {};
  }
  TRY(auto gate, store::gate(tx, claimer.channel));
  if (!gate || !is_open(*gate, batch)) {
    batch.outcome = ClaimBatch::Result::gate_closed;
    return {};
  }
  for (const auto& stop : batch.stops) {
    TRY(bool stopped,
        store::stop_queued(tx, stop.message, stop.why.to, stop.why.reason, stop.why.detail, batch.now));
    if (!stopped) continue;
    bool failed = stop.why.to == MessageState::failed;
    services::announce(
        tx, failed ? "message_failed" : "queue_updated",
        R"({"id":")" + stop.message.id.str() + R"(","state":)" + json_quoted(to_text(stop.why.to)) + "}");
  }
  for (auto& claim : batch.claims) {
    const auto& composed = claim.composed;
    TRY(claim.claimed,
        store::claim(tx, claimer,
                     {claim.message.id, claim.message.attempt, composed.hand_over.to, composed.body,
                      composed.template_id ? composed.template_id : claim.message.template_id, composed.kind},
                     batch.lease_until, batch.now));
  }
  return {};
}

} // namespace renova::messaging

#include "base/json.hpp"
#include "messaging/plan_groups.hpp"
#include "messaging/planner.hpp"
#include "services/channel_choice.hpp"
#include "services/live.hpp"
#include "services/sending_calendar.hpp"

#include <algorithm>

namespace renova::messaging {
namespace {

using storage::PlanChunk;
using storage::PlanGroup;
using storage::TenantScope;

// A change is committed a little after its time stamp was taken: looked at again for this long.
constexpr Duration kCommitLag = std::chrono::minutes(10);
// Groups with less than a chunk that share a transaction.
constexpr std::size_t kSmallPieces = 16;

struct Piece {
  PlanGroup group;
  PlanChunk chunk;
  bool whole = false; // a full chunk
};

SubscriptionId last_id() {
  Uuid uuid;
  uuid.fill(0xff);
  return SubscriptionId(uuid);
}

result<void> cut(storage::TenantTransaction& tx, const PlanGroup& group, int size,
                 std::vector<Piece>& pieces) {
  TRY(auto any, storage::planner_store::chunk_end(tx, group.due_on, {}, 1));
  if (!any) return {};
  SubscriptionId after;
  while (true) {
    TRY(auto end, storage::planner_store::chunk_end(tx, group.due_on, after, size));
    pieces.push_back({group, {after, end.value_or(last_id())}, end.has_value()});
    if (!end) return {};
    after = *end;
  }
}

result<std::vector<Piece>> find_pieces(storage::TenantTransaction& tx, const PlanRequest& request) {
  TRY(auto calendar, services::read_calendar(request.tenant.time_zone, request.tenant.sending_windows,
                                             request.tenant.holidays));
  TRY(auto rows, storage::planner_store::rules(tx));
  TRY(auto channels, storage::planner_store::channels(tx));
  std::vector<services::Rule> rules;
  for (const auto& row : rows) {
    TRY(auto rule, services::rules::from_row(row));
    rules.push_back(std::move(rule));
  }
  auto own_times = [&](Date due_on, storage::TimeSlot slot) {
    return storage::planner_store::own_times(tx, due_on, slot);
  };
  Instant oldest = request.now - kLookBack;
  PlanScope scope{std::max(request.since.value_or(oldest), oldest), request.now, {INT64_MIN / 2}, {}};
  TRY(auto groups, plan_groups(rules, channels, calendar, scope, own_times));
  if (request.since && *request.since > oldest) {
    auto range = reachable(rules, calendar, oldest, request.now);
    PlanScope again{oldest, request.now, *request.since - kCommitLag, std::vector<Date>()};
    if (range) {
      TRY(again.due_on,
          storage::planner_store::changed_dates(tx, again.changed_since, range->from, range->to));
      std::sort(again.due_on->begin(), again.due_on->end());
    }
    if (!again.due_on->empty()) {
      TRY(auto more, plan_groups(rules, channels, calendar, again, own_times));
      groups.insert(groups.end(), more.begin(), more.end());
    }
  }
  std::vector<Piece> pieces;
  for (const auto& group : groups) TRY_DO(cut(tx, group, request.chunk, pieces));
  return pieces;
}

result<std::int64_t> write_pieces(storage::TenantTransaction& tx, std::span<const Piece> pieces,
                                  Instant now) {
  std::int64_t inserted = 0;
  for (const auto& piece : pieces) {
    TRY(auto n, storage::planner_store::insert(tx, piece.group, piece.chunk, now));
    inserted += n;
  }
  if (inserted > 0)
    services::announce(tx, "queue_updated", R"({"planned":)" + std::to_string(inserted) + "}");
  return inserted;
}

} // namespace

result<std::int64_t> plan_tenant(storage::Database& database, const PlanRequest& request) {
  TenantScope scope(request.tenant.tenant_id); // the planner works for every tenant in turn
  TRY(auto pieces, database.read_now([&](storage::Transaction& tx) -> result<std::vector<Piece>> {
    auto tenant = tx.tenant(scope);
    return find_pieces(tenant, request);
  }));
  std::int64_t inserted = 0;
  for (std::size_t at = 0; at < pieces.size();) {
    if (request.stop && request.stop()) break;
    std::size_t end = at + 1;
    while (end < pieces.size() && end - at < kSmallPieces && !pieces[end - 1].whole && !pieces[end].whole)
      ++end;
    auto batch = std::span(pieces).subspan(at, end - at);
    TRY(auto n, database.write_now([&](storage::Transaction& tx) -> result<std::int64_t> {
      auto tenant = tx.tenant(scope);
      return write_pieces(tenant, batch, request.now);
    }));
    inserted += n;
    at = end;
  }
  return inserted;
}

result<std::int64_t> route_messages(storage::TenantTransaction& tx, Instant now) {
  TRY(auto messages, storage::planner_store::unrouted(tx));
  TRY(auto channels, storage::planner_store::channels(tx));
  for (const auto& channel : channels) {
    if (channel.enabled) continue;
    TRY(auto stranded, storage::planner_store::stranded(tx, channel.id));
    messages.insert(messages.end(), stranded.begin(), stranded.end());
  }
  if (messages.empty()) return 0;
  TRY(auto rows, storage::planner_store::rules(tx));
  std::int64_t routed = 0;
  for (const auto& message : messages) {
    std::vector<ChannelId> preferred;
    for (const auto& row : rows) {
      if (row.id != message.rule_id.value_or(RuleId())) continue;
      TRY(auto rule, services::rules::from_row(row));
      preferred = rule.content.channel_ids;
    }
    auto channel = services::choose_channel(preferred, channels);
    if (channel == message.channel_id) continue;
    std::string_view detail = channel ? std::string_view() : to_text(domain::MessageReason::no_channel);
    TRY_DO(storage::planner_store::route(tx, message.id, channel, detail, now));
    ++routed;
  }
  if (routed > 0) services::announce(tx, "queue_updated", R"({"routed":)" + std::to_string(routed) + "}");
  return routed;
}

} // namespace renova::messaging

// Which channels there are, and which of them are ours.
#include "base/log.hpp"
#include "messaging/sender.hpp"
#include "services/channels.hpp"
#include "services/live.hpp"
#include "services/sending_calendar.hpp"
#include "storage/lease_store.hpp"

#include <set>

namespace renova::messaging {
namespace {

using domain::MessageState;
using storage::TenantScope;

// How much of a channel's past its caps look at.
constexpr Duration kRecall = std::chrono::hours(24) + std::chrono::minutes(1);

ChannelConfig config_of(const storage::SenderChannelRow& row,
                        const services::channel_config::Config& opened) {
  ChannelConfig config{row.channel.id, row.tenant_id, opened.plain};
  for (const auto& [name, secret] : opened.secrets) config.settings[name] = secret;
  return config;
}

bool has_caps(const domain::PacingPolicy& policy) {
  return policy.per_minute || policy.per_hour || policy.per_day || policy.warm_up || policy.min_gap_ms > 0;
}

} // namespace

struct Sender::LeaseRound {
  struct One {
    TenantId tenant;
    ChannelId channel;
    std::int64_t fence = 0; // > 0: renew, else take
    bool with_caps = false;
    // out
    std::int64_t new_fence = 0;
    std::vector<Instant> history;
    std::size_t lost = 0;
  };
  std::vector<One> channels;
  storage::LeaseRequest request;
  bool failed = false;
};

namespace {

result<void> lose_predecessors(storage::TenantTransaction& tx, const storage::Claimer& claimer, Instant now,
                               std::size_t& lost) {
  TRY(auto rows, storage::sender_store::lose_abandoned(tx, claimer, now));
  lost = rows.size();
  for (const auto& row : rows) {
    services::announce(tx, "message_unknown",
                       R"({"id":")" + row.id.str() + R"(","state":"unknown","reason":"process_lost"})");
  }
  return {};
}

} // namespace

void Sender::start(std::function<void()> done) {
  started_ = std::move(done);
  refresh();
}

void Sender::refresh() {
  if (stopping_) return;
  if (refreshing_) {
    refresh_again_ = true;
    return;
  }
  refreshing_ = true;
  refresh_again_ = false;
  auto rows = std::make_shared<std::vector<storage::SenderChannelRow>>();
  context_.database.read(
      storage::Database::Cost::scan,
      [rows](storage::Transaction& tx) -> result<void> {
        TRY(*rows, storage::sender_store::channels(tx));
        return {};
      },
      [this, loop = context_.loop, rows](result<void> done) {
        loop->post([this, rows, done = std::move(done)] {
          if (done.has_error()) {
            log::warning("sender_database", {{"during", "channels"}, {"error", done.error().detail}});
            return after_refresh();
          }
          apply(std::move(*rows));
        });
      });
}

void Sender::apply(std::vector<storage::SenderChannelRow> rows) {
  std::set<ChannelId> present;
  for (auto& row : rows) {
    present.insert(row.channel.id);
    auto& lane = lanes_[row.channel.id];
    bool fresh = lane == nullptr;
    if (fresh) {
      lane = std::make_unique<Lane>();
      lane->tenant = row.tenant_id;
      lane->id = row.channel.id;
    }
    configure(*lane, std::move(row));
  }
  std::erase_if(lanes_, [&](const auto& entry) {
    const Lane& lane = *entry.second;
    return present.count(entry.first) == 0 && lane.in_flight.empty() && !lane.claiming;
  });
  lease_round();
}

void Sender::configure(Lane& lane, storage::SenderChannelRow row) {
  auto calendar = services::read_calendar(row.time_zone, row.sending_windows, row.holidays);
  if (calendar.has_value()) {
    lane.calendar = std::move(*calendar);
  } else {
    log::error("calendar_unreadable", {{"tenant", row.tenant_id}});
  }
  bool same = lane.pacer && lane.row.channel.version == row.channel.version;
  lane.row = std::move(row);
  lane.first_sent_noted = lane.first_sent_noted || lane.row.channel.first_sent_at.has_value();
  if (same) return;
  auto opened = services::channels::open_config(lane.row.channel, context_.secrets);
  auto pacing = services::channels::read_pacing(lane.row.channel);
  auto breaker = services::channels::read_breaker(lane.row.channel);
  if (opened.has_error() || pacing.has_error() || breaker.has_error()) {
    log::error("channel_unreadable", {{"channel", lane.id}});
    lane.gateway = nullptr;
    return;
  }
  auto config = config_of(lane.row, *opened);
  lane.gateway = context_.gateways(to_text(lane.row.channel.type), config);
  lane.party = lane.gateway ? lane.gateway->party() : std::string();
  if (lane.pacer) {
    lane.pacer->set_policy(*pacing);
  } else {
    lane.pacer.emplace(*pacing, lane.row.channel.first_sent_at.value_or(context_.clock.now()));
  }
  if (lane.party.empty()) return;
  std::lock_guard lock(breakers_mutex_);
  breakers_.try_emplace(lane.party).first->second.set_policy(*breaker);
}

void Sender::lease_round() {
  auto round = std::make_shared<LeaseRound>();
  Instant now = context_.clock.now();
  round->request = {context_.options.instance, context_.epoch, first_round_, now,
                    now + context_.options.lease};
  for (const auto& [id, lane] : lanes_) {
    bool with_caps = lane->pacer && has_caps(lane->pacer->policy());
    round->channels.push_back({lane->tenant, id, lane->fence, with_caps, 0, {}, 0});
  }
  context_.database.write(
      [round](storage::Transaction& tx) -> result<void> {
        for (auto& one : round->channels) {
          auto scoped = tx.tenant(TenantScope(one.tenant)); // a channel of this tenant
          one.new_fence = 0;
          one.history.clear();
          one.lost = 0;
          if (one.fence > 0) {
            TRY(bool kept, storage::lease_store::renew(scoped, one.channel, round->request.epoch, one.fence,
                                                       round->request.expires_at));
            if (kept) one.new_fence = one.fence;
            continue;
          }
          TRY(auto fence, storage::lease_store::take(scoped, one.channel, round->request));
          if (!fence) continue;
          one.new_fence = *fence;
          storage::Claimer claimer{one.channel, round->request.epoch, *fence};
          TRY_DO(lose_predecessors(scoped, claimer, round->request.now, one.lost));
          if (!one.with_caps) continue;
          TRY(one.history,
              storage::sender_store::attempts_since(scoped, one.channel, round->request.now - kRecall));
        }
        return {};
      },
      [this, loop = context_.loop, round](result<void> done) {
        loop->post([this, round, done = std::move(done)] {
          if (done.has_error()) {
            log::warning("sender_database", {{"during", "leases"}, {"error", done.error().detail}});
            round->failed = true;
          } else {
            first_round_ = false;
          }
          lease_done(*round);
        });
      });
}

void Sender::lease_done(const LeaseRound& round) {
  for (const auto& one : round.channels) {
    Lane* lane = find(one.channel);
    if (lane == nullptr || round.failed || lane->fence != one.fence) continue;
    if (one.fence > 0 && one.new_fence == 0) {
      log::warning("channel_lost", {{"channel", one.channel}});
    }
    if (one.fence == 0 && one.new_fence > 0) {
      log::info("channel_taken", {{"channel", one.channel}, {"fence", one.new_fence}, {"unknown", one.lost}});
      for (Instant at : one.history) lane->pacer->recall(at);
    }
    lane->fence = one.new_fence;
    if (lane->uncertain && !lane->claiming && lane->fence > 0) sweep(*lane);
  }
  after_refresh();
}

void Sender::after_refresh() {
  refreshing_ = false;
  if (started_) std::exchange(started_, nullptr)();
  wake_all();
  if (refresh_again_) return refresh();
  Instant next = context_.clock.now() + context_.options.lease_renewal;
  next_refresh_ = next;
  context_.loop->at(next, [this, next] {
    if (next_refresh_ == next) refresh();
  });
}

std::size_t Sender::in_flight() const {
  std::size_t n = 0;
  for (const auto& [id, lane] : lanes_) n += lane->in_flight.size();
  return n;
}

std::vector<std::pair<TenantId, storage::Claimer>> Sender::owned() const {
  std::vector<std::pair<TenantId, storage::Claimer>> out;
  for (const auto& [id, lane] : lanes_) {
    if (lane->fence > 0) out.emplace_back(lane->tenant, storage::Claimer{id, context_.epoch, lane->fence});
  }
  return out;
}

// A claim's commit ended in a way that nobody knows. What the database says we are handing over, and we are
// not, was claimed and never left.
void Sender::sweep(Lane& lane) {
  lane.claiming = true; // nothing may be claimed meanwhile
  storage::Claimer claimer{lane.id, context_.epoch, lane.fence};
  auto rows = std::make_shared<std::vector<storage::UnderWayRow>>();
  context_.database.read(
      storage::Database::Cost::point,
      [rows, claimer, tenant = lane.tenant](storage::Transaction& tx) -> result<void> {
        auto scoped = tx.tenant(TenantScope(tenant)); // the lane's own tenant
        TRY(*rows, storage::sender_store::under_way(scoped, claimer));
        return {};
      },
      [this, loop = context_.loop, rows, id = lane.id](result<void> done) {
        loop->post([this, rows, id, done = std::move(done)] {
          Lane* found = find(id);
          if (found == nullptr) return;
          found->claiming = false;
          if (done.has_error()) return;
          found->uncertain = false;
          for (const auto& row : *rows) {
            if (found->in_flight.count(row.id) > 0) continue;
            Claim claim;
            claim.message.id = row.id;
            claim.message.client_id = row.client_id;
            claim.message.attempt = row.attempt - 1;
            put_back(*found, claim);
          }
          check_stopped();
          step(*found);
        });
      });
}

} // namespace renova::messaging

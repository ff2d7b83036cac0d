#include "api/rate_limits.hpp"

#include <algorithm>
#include <functional>

namespace renova::api {

RateVerdict RateLimiter::take(std::string_view key, std::initializer_list<RateLimit> limits, Instant now) {
  Shard& shard = shards_[std::hash<std::string_view>{}(key) % kShards];
  std::lock_guard lock(shard.mutex);
  auto found = shard.buckets.find(std::string(key));
  if (found == shard.buckets.end()) {
    if (shard.buckets.size() >= kBucketsMax / kShards) make_room(shard, limits, now);
    found = shard.buckets.emplace(key, std::vector<Bucket>(limits.size(), Bucket{now, 0})).first;
  }
  std::vector<Bucket>& buckets = found->second;
  RateVerdict verdict;
  std::size_t i = 0;
  for (const RateLimit& limit : limits) {
    Bucket& bucket = buckets[i++];
    if (limit.calls == 0) continue;
    // A clock that was set back must not keep a bucket empty for longer than its period.
    if (now - bucket.began >= limit.period || now < bucket.began) bucket = Bucket{now, 0};
    bool allowed = bucket.taken < limit.calls;
    std::int64_t remaining = limit.calls - bucket.taken - (allowed ? 1 : 0);
    Duration left = Duration(limit.period) - (now - bucket.began);
    std::int64_t reset = std::max<std::int64_t>(1, (left.count() + 999'999) / 1'000'000);
    bool tighter = verdict.limit == 0 || remaining < verdict.remaining ||
                   (remaining == verdict.remaining && reset > verdict.reset_s);
    if (verdict.allowed && allowed ? tighter : !allowed && (verdict.allowed || reset > verdict.reset_s)) {
      verdict = RateVerdict{verdict.allowed && allowed, limit.calls, remaining, reset};
    }
  }
  if (verdict.allowed) {
    for (Bucket& bucket : buckets) ++bucket.taken;
  }
  return verdict;
}

// Forgets the buckets that are full again; when none is, the one from which the fewest tokens are missing.
void RateLimiter::make_room(Shard& shard, std::initializer_list<RateLimit> limits, Instant now) {
  if (now - shard.purged >= kPurgeInterval || now < shard.purged) {
    shard.purged = now;
    std::chrono::seconds longest{1};
    for (const RateLimit& limit : limits) longest = std::max(longest, limit.period);
    std::erase_if(shard.buckets, [&](const auto& entry) {
      return std::all_of(entry.second.begin(), entry.second.end(),
                         [&](const Bucket& bucket) { return now - bucket.began >= longest; });
    });
    if (shard.buckets.size() < kBucketsMax / kShards) return;
  }
  auto missing = [](const auto& entry) {
    return std::max_element(entry.second.begin(), entry.second.end(),
                            [](const Bucket& a, const Bucket& b) { return a.taken < b.taken; })
        ->taken;
  };
  // A sample is enough: all that matters is that a flood of new addresses cannot wash out a busy one.
  auto victim = shard.buckets.begin();
  int looked = 0;
  for (auto it = shard.buckets.begin(); it != shard.buckets.end() && looked < kSample; ++it, ++looked) {
    if (missing(*it) < missing(*victim)) victim = it;
  }
  shard.buckets.erase(victim);
}

} // namespace renova::api

// How often whom may call: token buckets by address, user and class of route, in memory.
#pragma once

#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace renova::api {

// `calls` in each `period`; 0 calls: no limit.
struct RateLimit {
  std::int64_t calls = 0;
  std::chrono::seconds period{1};
};

struct RateLimits {
  RateLimit anonymous_hour{50, std::chrono::hours(1)}; // per address, log-in included
  RateLimit anonymous_day{200, std::chrono::hours(24)};
  RateLimit signed_in{600, std::chrono::minutes(1)}; // per user or API key
  RateLimit messages{5, std::chrono::minutes(1)};    // hand-made messages and test sends, per user or API key
};

// What the answer's RateLimit headers say of the tightest bucket that a call drew from.
struct RateVerdict {
  bool allowed = true;
  std::int64_t limit = 0; // calls per period; 0: nothing limits this call
  std::int64_t remaining = 0;
  std::int64_t reset_s = 0; // seconds until the bucket is full again; also the Retry-After of a refusal
};

// A bucket is filled again as a whole one period after its first token was taken, so that no more than
// `calls` pass in a period and Reset says exactly when the next ones may. A refused call takes from no
// bucket. Thread-safe.
class RateLimiter {
 public:
  static constexpr std::size_t kBucketsMax =
      100'000; // over all shards; above it the emptiest knowledge goes first

  RateVerdict take(std::string_view key, std::initializer_list<RateLimit> limits, Instant now);

 private:
  struct Bucket {
    Instant began;
    std::int64_t taken = 0;
  };
  struct Shard {
    std::mutex mutex;
    Instant purged;
    std::unordered_map<std::string, std::vector<Bucket>> buckets;
  };
  static constexpr std::size_t kShards = 16;
  static constexpr std::chrono::seconds kPurgeInterval{10}; // between two walks through a whole shard
  static constexpr int kSample = 32;                        // buckets looked at to find one to forget
  void make_room(Shard& shard, std::initializer_list<RateLimit> limits, Instant now);
  std::array<Shard, kShards> shards_;
};

} // namespace renova::api

// What may be forgotten at any time: answers that are dear to compute and cheap to lose, such as how many
// clients a filter has. A miss can always rebuild it; nothing is ever decided by it.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace renova::storage {

// Keys belong to a tenant and to a group ("clients"); a change drops the whole group, from after_commit().
// All functions are thread-safe, take at most kRedisTimeout, and fail silently: a cache that is away is a
// cache that is empty.
class Cache {
 public:
  static constexpr std::size_t kEntriesMax = 10'000;  // of a process; the least recently used go first
  static constexpr std::size_t kValueMax = 64 * 1024; // bytes; larger values are not kept
  static constexpr std::chrono::milliseconds kRedisTimeout{100}; // connect, and each command
  static constexpr std::chrono::seconds kRedisRetry{5}; // how long an unreachable Redis is left alone

  virtual ~Cache() = default;
  virtual std::optional<std::string> get(TenantId tenant, std::string_view group, std::string_view key) = 0;
  virtual void put(TenantId tenant, std::string_view group, std::string_view key, std::string_view value,
                   std::chrono::seconds ttl) = 0;
  virtual void drop(TenantId tenant, std::string_view group) = 0;
};

// Inside this process: least recently used out, each entry with its own end.
std::unique_ptr<Cache> make_local_cache(Clock& clock, std::size_t entries_max = Cache::kEntriesMax);

// Shared by several processes. `url`: redis://[[user]:password@]host[:port][/number]. Error:
// validation_failed for another form; a server that is away is no error.
result<std::unique_ptr<Cache>> make_redis_cache(const std::string& url);

} // namespace renova::storage

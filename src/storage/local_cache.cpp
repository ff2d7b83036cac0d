#include "storage/cache.hpp"

#include <list>
#include <mutex>
#include <unordered_map>

namespace renova::storage {
namespace {

class LocalCache final : public Cache {
 public:
  LocalCache(Clock& clock, std::size_t entries_max) : clock_(clock), entries_max_(entries_max) {}

  std::optional<std::string> get(TenantId tenant, std::string_view group, std::string_view key) override {
    std::lock_guard lock(mutex_);
    auto found = index_.find(full_key(tenant, group, key));
    if (found == index_.end()) return std::nullopt;
    auto entry = found->second;
    if (clock_.now() >= entry->ends_at) {
      erase(entry);
      return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->value;
  }

  void put(TenantId tenant, std::string_view group, std::string_view key, std::string_view value,
           std::chrono::seconds ttl) override {
    if (value.size() > kValueMax) return;
    std::string name = full_key(tenant, group, key);
    std::lock_guard lock(mutex_);
    if (auto found = index_.find(name); found != index_.end()) erase(found->second);
    entries_.push_front({name, std::string(value), clock_.now() + ttl});
    index_.emplace(std::move(name), entries_.begin());
    if (entries_.size() > entries_max_) erase(std::prev(entries_.end()));
  }

  void drop(TenantId tenant, std::string_view group) override {
    std::string start = full_key(tenant, group, {});
    std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      auto next = std::next(entry);
      if (entry->name.starts_with(start)) erase(entry);
      entry = next;
    }
  }

 private:
  struct Entry {
    std::string name;
    std::string value;
    Instant ends_at;
  };
  using Entries = std::list<Entry>;

  static std::string full_key(TenantId tenant, std::string_view group, std::string_view key) {
    return tenant.str() + ":" + std::string(group) + ":" + std::string(key);
  }

  void erase(Entries::iterator entry) {
    index_.erase(entry->name);
    entries_.erase(entry);
  }

  Clock& clock_;
  std::size_t entries_max_;
  std::mutex mutex_;
  Entries entries_; // most recently used first
  std::unordered_map<std::string, Entries::iterator> index_;
};

} // namespace

std::unique_ptr<Cache> make_local_cache(Clock& clock, std::size_t entries_max) {
  return std::make_unique<LocalCache>(clock, entries_max);
}

} // namespace renova::storage

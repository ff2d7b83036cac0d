// Who is calling, and whether they may: the only place where that is decided.
#pragma once

#include "api/access_token.hpp"
#include "api/route.hpp"
#include "base/clock.hpp"
#include "storage/database.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace renova::api {

// What the credentials of a request prove.
struct Identity {
  std::optional<Principal> principal; // none: anonymous
  bool operations = false;            // the metrics token
};

class Guard {
 public:
  // A checked proof is believed for this long without asking the database again, so that a change made by
  // another process takes effect within it; changes made by this process take effect at once (forget_…).
  static constexpr std::chrono::seconds kBelief{5};
  static constexpr std::size_t kCacheMax = 50'000; // entries

  Guard(storage::Database& database, const TokenSigner& signer, Clock& clock, std::string metrics_token);

  // Checks the Authorization and X-Tenant-Id headers; `done` is called exactly once, often before this
  // returns. No credentials: an anonymous identity. Errors: unauthenticated (bad credentials), forbidden (not
  // a member of the tenant that X-Tenant-Id names), unavailable.
  using Done = std::function<void(result<Identity>)>;
  void identify(const http::Request& request, Done done);
  // The same for a bare token, as a live socket's first frame carries it.
  void identify_token(std::string_view token, std::string_view tenant_header, Done done);

  // Whether an identity may use a route. Errors: unauthenticated, forbidden.
  static result<void> authorize(const Route& route, const Identity& identity);

  // What is believed of these is asked anew from now on.
  void forget_user(UserId user);
  void forget_api_key(ApiKeyId key);
  void forget_session(services::SessionId session);
  // Calls `listener` after each of these; set once, before the first request.
  void on_forget(std::function<void()> listener) { on_forget_ = std::move(listener); }

 private:
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return key.low; }
  };
  struct Belief {
    Principal principal;
    std::chrono::steady_clock::time_point until;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<Key, Belief, KeyHash> beliefs;
  };
  static constexpr std::size_t kShards = 16;

  Key key_of(std::string_view token, std::string_view tenant) const;
  std::optional<Principal> recall(const Key& key);
  void believe(const Key& key, const Principal& principal, std::uint64_t epoch);
  template <class Predicate>
  void forget_if(Predicate predicate);
  void check_access_token(const Key& key, std::string_view token, std::string_view tenant, Done done);
  void check_key(const Key& key, std::string_view secret, std::string_view tenant, Done done);

  storage::Database& database_;
  const TokenSigner& signer_;
  Clock& clock_;
  std::string metrics_token_;
  std::string hash_key_;
  std::atomic<std::uint64_t> epoch_{
      0}; // grows with each forget: a check that began before it is not remembered
  std::array<Shard, kShards> shards_;
  std::function<void()> on_forget_;
};

// The request's own origin may make calls that ride on a cookie; other sites may not. Browsers send
// Sec-Fetch-Site or Origin with each POST; a program that sends neither carries no one's cookies but its own.
bool is_same_origin(const http::Request& request, bool secure);

} // namespace renova::api

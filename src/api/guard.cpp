#include "api/guard.hpp"

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "services/access.hpp"
#include "services/api_keys.hpp"

#include <sodium.h>

#include <algorithm>

namespace renova::api {

using services::kApiKeyPrefix;
using storage::Database;

Guard::Guard(Database& database, const TokenSigner& signer, Clock& clock, std::string metrics_token)
    : database_(database),
      signer_(signer),
      clock_(clock),
      metrics_token_(std::move(metrics_token)),
      hash_key_(random_bytes(crypto_shorthash_siphashx24_KEYBYTES)) {}

void Guard::identify(const http::Request& request, Done done) {
  std::string_view header = request.headers.get("Authorization");
  if (header.empty()) return done(Identity{});
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() <= kScheme.size() || !equals_ignoring_case(header.substr(0, kScheme.size()), kScheme)) {
    return done(Error(ErrorCode::unauthenticated, "the Authorization header must be: Bearer TOKEN"));
  }
  identify_token(trim(header.substr(kScheme.size())), trim(request.headers.get("X-Tenant-Id")),
                 std::move(done));
}

void Guard::identify_token(std::string_view token, std::string_view tenant, Done done) {
  if (!metrics_token_.empty() && constant_time_equal(token, metrics_token_)) return done(Identity{{}, true});
  Key key = key_of(token, tenant);
  if (auto known = recall(key)) {
    if (known->expires_at > clock_.now()) return done(Identity{std::move(known), false});
    // Run out: the full check says so in its own words.
  }
  if (token.starts_with(kApiKeyPrefix)) return check_key(key, token, tenant, std::move(done));
  check_access_token(key, token, tenant, std::move(done));
}

void Guard::check_access_token(const Key& key, std::string_view token, std::string_view tenant, Done done) {
  auto claims = signer_.verify(token, clock_.now());
  if (claims.has_error()) return done(claims.error());
  TenantId wanted = claims->tenant;
  if (!tenant.empty()) {
    auto chosen = TenantId::parse(tenant);
    if (chosen.has_error()) return done(Error(ErrorCode::malformed, "X-Tenant-Id is no tenant's id"));
    wanted = *chosen;
  }
  auto principal = std::make_shared<Principal>();
  principal->user = claims->user;
  principal->tenant = wanted;
  principal->session = claims->session;
  principal->expires_at = claims->expires_at;
  std::uint64_t epoch = epoch_.load();
  database_.read(
      Database::Cost::point,
      [principal](storage::Transaction& tx) { return services::check_access(tx, *principal); },
      [this, key, principal, epoch, done = std::move(done)](result<void> checked) {
        if (checked.has_error()) return done(checked.error());
        believe(key, *principal, epoch);
        done(Identity{*principal, false});
      });
}

void Guard::check_key(const Key& key, std::string_view secret, std::string_view tenant, Done done) {
  auto access = std::make_shared<services::ApiKeyAccess>();
  std::uint64_t epoch = epoch_.load();
  Instant now = clock_.now();
  database_.read(
      Database::Cost::point,
      [access, now, text = std::string(secret)](storage::Transaction& tx) -> result<void> {
        TRY(*access, services::check_api_key(tx, text, now));
        return {};
      },
      [this, key, access, now, epoch, wanted = std::string(tenant),
       done = std::move(done)](result<void> checked) {
        if (checked.has_error()) return done(checked.error());
        const Principal& principal = access->principal;
        if (!wanted.empty() && wanted != principal.tenant.str()) {
          return done(Error(ErrorCode::forbidden, "the API key belongs to another tenant"));
        }
        believe(key, principal, epoch);
        if (access->touch) {
          database_.write(
              [tenant = principal.tenant, id = principal.api_key,
               now](storage::Transaction& tx) -> result<void> {
                storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(tenant));
                return services::touch_api_key(scoped, id, now);
              },
              [](result<void> touched) {
                if (touched.has_error())
                  log::warning("api_key_touch_failed", {{"detail", touched.error().detail}});
              });
        }
        done(Identity{principal, false});
      });
}

result<void> Guard::authorize(const Route& route, const Identity& identity) {
  const Access& access = route.access;
  if (access.kind == Access::Kind::anyone) return {};
  if (access.kind == Access::Kind::operations && identity.operations) return {};
  if (!identity.principal)
    return Error(ErrorCode::unauthenticated, "this needs a signed-in user or an API key");
  const Principal& who = *identity.principal;
  if (access.kind != Access::Kind::signed_in && who.role < access.role) {
    return Error(ErrorCode::forbidden, "this needs the role " + std::string(to_text(access.role)));
  }
  bool scoped = who.is_api_key() && !who.scopes.empty();
  if (scoped && std::find(who.scopes.begin(), who.scopes.end(), route.scope) == who.scopes.end()) {
    return Error(ErrorCode::forbidden, "the API key lacks the scope " + route.scope);
  }
  return {};
}

Guard::Key Guard::key_of(std::string_view token, std::string_view tenant) const {
  std::string text(token);
  text += '\n';
  text += tenant;
  std::array<unsigned char, crypto_shorthash_siphashx24_BYTES> hash{};
  static_assert(sizeof(Key) == crypto_shorthash_siphashx24_BYTES);
  crypto_shorthash_siphashx24(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                              reinterpret_cast<const unsigned char*>(hash_key_.data()));
  Key key;
  std::memcpy(&key, hash.data(), hash.size());
  return key;
}

std::optional<Principal> Guard::recall(const Key& key) {
  Shard& shard = shards_[key.high % kShards];
  std::lock_guard lock(shard.mutex);
  auto found = shard.beliefs.find(key);
  if (found == shard.beliefs.end()) return std::nullopt;
  if (found->second.until <= std::chrono::steady_clock::now()) {
    shard.beliefs.erase(found);
    return std::nullopt;
  }
  return found->second.principal;
}

void Guard::believe(const Key& key, const Principal& principal, std::uint64_t epoch) {
  Shard& shard = shards_[key.high % kShards];
  std::lock_guard lock(shard.mutex);
  if (epoch != epoch_.load()) return;
  // Everything in here lapses within seconds: when it is full nevertheless, starting anew costs one read
  // each.
  if (shard.beliefs.size() >= kCacheMax / kShards) shard.beliefs.clear();
  shard.beliefs[key] = Belief{principal, std::chrono::steady_clock::now() + kBelief};
}

template <class Predicate>
void Guard::forget_if(Predicate predicate) {
  ++epoch_;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    std::erase_if(shard.beliefs, [&](const auto& entry) { return predicate(entry.second.principal); });
  }
  if (on_forget_) on_forget_();
}

void Guard::forget_user(UserId user) {
  forget_if([user](const Principal& who) { return who.user == user; });
}
void Guard::forget_api_key(ApiKeyId key) {
  forget_if([key](const Principal& who) { return who.api_key == key; });
}
void Guard::forget_session(services::SessionId session) {
  forget_if([session](const Principal& who) { return who.session == session; });
}

bool is_same_origin(const http::Request& request, bool secure) {
  std::string_view site = request.headers.get("Sec-Fetch-Site");
  if (!site.empty()) return site == "same-origin" || site == "none";
  std::string_view origin = request.headers.get("Origin");
  if (origin.empty()) return true;
  std::string own = std::string(secure ? "https://" : "http://") + std::string(request.headers.get("Host"));
  return equals_ignoring_case(origin, own);
}

} // namespace renova::api

#include "base/log.hpp"
#include "storage/cache.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <hiredis/hiredis.h>

#include <mutex>

namespace renova::storage {
namespace {

struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};
struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;
using Connection = std::unique_ptr<redisContext, FreeContext>;

struct Server {
  std::string host;
  int port = 6379;
  std::string user;
  std::string password;
  int number = 0;
};

timeval to_timeval(std::chrono::milliseconds time) {
  return {static_cast<time_t>(time.count() / 1000), static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

// A group is a hash-like set of keys under a generation number: dropping it makes the number grow, so that
// what was there is no longer found and ends by its own TTL.
class RedisCache final : public Cache {
 public:
  explicit RedisCache(Server server) : server_(std::move(server)) {}

  std::optional<std::string> get(TenantId tenant, std::string_view group, std::string_view key) override {
    std::lock_guard lock(mutex_);
    auto name = full_key(tenant, group, key);
    if (!name) return std::nullopt;
    Reply reply = command({"GET", *name});
    if (!reply || reply->type != REDIS_REPLY_STRING) return std::nullopt;
    return std::string(reply->str, reply->len);
  }

  void put(TenantId tenant, std::string_view group, std::string_view key, std::string_view value,
           std::chrono::seconds ttl) override {
    if (value.size() > kValueMax || ttl.count() <= 0) return;
    std::lock_guard lock(mutex_);
    auto name = full_key(tenant, group, key);
    if (name) command({"SET", *name, std::string(value), "EX", std::to_string(ttl.count())});
  }

  void drop(TenantId tenant, std::string_view group) override {
    std::lock_guard lock(mutex_);
    command({"INCR", generation_key(tenant, group)});
  }

 private:
  static std::string generation_key(TenantId tenant, std::string_view group) {
    return "renova:" + tenant.str() + ":" + std::string(group);
  }

  // None when Redis is away.
  std::optional<std::string> full_key(TenantId tenant, std::string_view group, std::string_view key) {
    std::string generation = generation_key(tenant, group);
    Reply reply = command({"GET", generation});
    if (!reply) return std::nullopt;
    bool known = reply->type == REDIS_REPLY_STRING;
    return generation + ":" + (known ? std::string(reply->str, reply->len) : "0") + ":" + std::string(key);
  }

  // None after any failure; the connection is then closed and left alone for kRedisRetry.
  Reply command(const std::vector<std::string>& words) {
    if (!connect()) return nullptr;
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    Reply reply(static_cast<redisReply*>(
        redisCommandArgv(connection_.get(), static_cast<int>(words.size()), texts.data(), sizes.data())));
    if (reply && reply->type != REDIS_REPLY_ERROR) return reply;
    give_up(reply ? std::string(reply->str, reply->len) : std::string(connection_->errstr));
    return nullptr;
  }

  bool connect() {
    if (connection_) return true;
    if (std::chrono::steady_clock::now() < retry_at_) return false;
    connection_.reset(redisConnectWithTimeout(server_.host.c_str(), server_.port, to_timeval(kRedisTimeout)));
    if (!connection_ || connection_->err != 0) {
      give_up(connection_ ? connection_->errstr : "out of memory");
      return false;
    }
    redisSetTimeout(connection_.get(), to_timeval(kRedisTimeout));
    if (!server_.password.empty()) {
      bool has_user = !server_.user.empty();
      if (!(has_user ? command({"AUTH", server_.user, server_.password})
                     : command({"AUTH", server_.password}))) {
        return false;
      }
    }
    return server_.number == 0 || command({"SELECT", std::to_string(server_.number)}) != nullptr;
  }

  void give_up(const std::string& why) {
    log::warning("redis_unavailable", {{"host", server_.host}, {"detail", why}});
    connection_.reset();
    retry_at_ = std::chrono::steady_clock::now() + kRedisRetry;
  }

  Server server_;
  std::mutex mutex_;
  Connection connection_;
  std::chrono::steady_clock::time_point retry_at_{};
};

} // namespace

result<std::unique_ptr<Cache>> make_redis_cache(const std::string& url) {
  Error bad(ErrorCode::validation_failed, "the Redis URL must be redis://HOST:PORT/NUMBER");
  auto parsed = boost::urls::parse_uri(url);
  if (parsed.has_error() || parsed->scheme() != "redis" || parsed->encoded_host().empty()) return bad;
  Server server;
  server.host = parsed->host();
  if (parsed->has_port()) server.port = parsed->port_number();
  server.user = parsed->user();
  server.password = parsed->password();
  std::string path = parsed->path();
  if (path.size() > 1) {
    auto end = path.data() + path.size();
    auto number = std::from_chars(path.data() + 1, end, server.number);
    if (number.ec != std::errc() || number.ptr != end || server.number < 0) return bad;
  }
  return std::unique_ptr<Cache>(std::make_unique<RedisCache>(std::move(server)));
}

} // namespace renova::storage

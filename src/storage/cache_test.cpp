#include "storage/cache.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace renova::storage {
namespace {

using namespace std::chrono_literals;

class CacheTest : public testing::Test {
 protected:
  TestClock clock_{Instant{0}, TestClock::Flow::frozen};
  TenantId ours_ = TenantId::make(Instant{1});
  TenantId theirs_ = TenantId::make(Instant{2});
};

void expect_keys_of_tenant_and_group(Cache& cache, TenantId ours, TenantId theirs) {
  EXPECT_FALSE(cache.get(ours, "clients", "all"));
  cache.put(ours, "clients", "all", "5", 60s);
  cache.put(ours, "clients", "expired", std::string("\0x", 2), 60s);
  cache.put(ours, "plans", "all", "2", 60s);
  EXPECT_EQ(cache.get(ours, "clients", "all"), "5");
  EXPECT_EQ(cache.get(ours, "clients", "expired"), std::string("\0x", 2));
  EXPECT_FALSE(cache.get(theirs, "clients", "all"));
  cache.put(ours, "clients", "all", "6", 60s);
  EXPECT_EQ(cache.get(ours, "clients", "all"), "6");
  cache.drop(ours, "clients");
  EXPECT_FALSE(cache.get(ours, "clients", "all"));
  EXPECT_FALSE(cache.get(ours, "clients", "expired"));
  EXPECT_EQ(cache.get(ours, "plans", "all"), "2");
  cache.put(ours, "plans", "large", std::string(Cache::kValueMax + 1, 'x'), 60s);
  EXPECT_FALSE(cache.get(ours, "plans", "large"));
}

TEST_F(CacheTest, LocalKeepsByTenantAndGroup) {
  auto cache = make_local_cache(clock_);
  expect_keys_of_tenant_and_group(*cache, ours_, theirs_);
}

TEST_F(CacheTest, LocalForgetsTheOldAndTheLeastUsed) {
  auto cache = make_local_cache(clock_, 2);
  cache->put(ours_, "g", "a", "1", 10s);
  cache->put(ours_, "g", "b", "2", 20s);
  EXPECT_TRUE(cache->get(ours_, "g", "a"));
  cache->put(ours_, "g", "c", "3", 20s);
  EXPECT_FALSE(cache->get(ours_, "g", "b"));
  EXPECT_TRUE(cache->get(ours_, "g", "a"));
  clock_.advance(10s);
  EXPECT_FALSE(cache->get(ours_, "g", "a"));
  EXPECT_TRUE(cache->get(ours_, "g", "c"));
}

TEST_F(CacheTest, RedisKeepsByTenantAndGroup) {
  const char* url = std::getenv("RENOVA_TEST_REDIS_URL");
  if (url == nullptr) GTEST_SKIP() << "bin/test starts a Redis server";
  auto cache = make_redis_cache(url);
  ASSERT_TRUE(cache);
  expect_keys_of_tenant_and_group(**cache, ours_, theirs_);
}

TEST_F(CacheTest, ARedisThatIsAwayIsAnEmptyCache) {
  auto cache = make_redis_cache("redis://127.0.0.1:1");
  ASSERT_TRUE(cache);
  (*cache)->put(ours_, "g", "a", "1", 10s);
  EXPECT_FALSE((*cache)->get(ours_, "g", "a"));
  (*cache)->drop(ours_, "g");
}

TEST_F(CacheTest, BadRedisUrlsAreRefused) {
  for (const char* url :
       {"", "localhost:6379", "http://127.0.0.1", "redis://", "redis://h/x", "redis://h/-1"}) {
    EXPECT_TRUE(make_redis_cache(url).has_error()) << url;
  }
}

} // namespace
} // namespace renova::storage

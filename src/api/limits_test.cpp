#include "api/peer.hpp"
#include "api/rate_limits.hpp"

#include <gtest/gtest.h>

namespace renova::api {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(RateLimiter, NeverLetsMoreThroughInAPeriod) {
  RateLimiter limiter;
  Instant now{1'000'000'000};
  for (int i = 0; i < 5; ++i) {
    RateVerdict verdict = limiter.take("a", {{5, minutes(1)}}, now + seconds(i));
    EXPECT_TRUE(verdict.allowed);
    EXPECT_EQ(verdict.remaining, 4 - i);
    EXPECT_EQ(verdict.reset_s, 60 - i);
  }
  EXPECT_FALSE(limiter.take("a", {{5, minutes(1)}}, now + seconds(59)).allowed);
  EXPECT_TRUE(limiter.take("b", {{5, minutes(1)}}, now).allowed);
  EXPECT_TRUE(limiter.take("a", {{5, minutes(1)}}, now + seconds(60)).allowed);
}

TEST(RateLimiter, ReportsTheTightestOfSeveral) {
  RateLimiter limiter;
  Instant now{1'000'000'000};
  std::initializer_list<RateLimit> limits{{2, hours(1)}, {3, hours(24)}};
  EXPECT_EQ(limiter.take("a", limits, now).limit, 2);
  limiter.take("a", limits, now);
  RateVerdict refused = limiter.take("a", limits, now);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.reset_s, 3600);
  Instant later = now + hours(1);
  RateVerdict last = limiter.take("a", limits, later);
  EXPECT_TRUE(last.allowed);
  EXPECT_EQ(last.limit, 3);
  EXPECT_EQ(last.remaining, 0);
  EXPECT_EQ(limiter.take("a", limits, later).reset_s, 23 * 3600);
}

TEST(RateLimiter, AClockSetBackLocksNobodyOut) {
  RateLimiter limiter;
  Instant now{1'000'000'000'000};
  limiter.take("a", {{1, hours(1)}}, now);
  EXPECT_FALSE(limiter.take("a", {{1, hours(1)}}, now).allowed);
  EXPECT_TRUE(limiter.take("a", {{1, hours(1)}}, now - hours(30)).allowed);
}

TEST(RateLimiter, AFloodOfAddressesDoesNotWashOutABusyOne) {
  RateLimiter limiter;
  Instant now{1'000'000'000};
  for (int i = 0; i < 50; ++i) limiter.take("busy", {{50, hours(1)}}, now);
  for (std::size_t i = 0; i < RateLimiter::kBucketsMax + 5'000; ++i) {
    limiter.take("address " + std::to_string(i), {{50, hours(1)}}, now);
  }
  EXPECT_FALSE(limiter.take("busy", {{50, hours(1)}}, now).allowed);
}

http::Request from(std::string peer, std::string forwarded, std::string proto = "") {
  http::Request request;
  request.peer = std::move(peer);
  if (!forwarded.empty()) request.headers.add("X-Forwarded-For", std::move(forwarded));
  if (!proto.empty()) request.headers.add("X-Forwarded-Proto", std::move(proto));
  return request;
}

TEST(Peer, BelievesOnlyTrustedProxies) {
  std::vector<AddressBlock> none;
  std::vector<AddressBlock> trusted{*AddressBlock::parse("127.0.0.1"), *AddressBlock::parse("10.0.0.0/8"),
                                    *AddressBlock::parse("fd00::/8")};
  EXPECT_EQ(find_peer(from("127.0.0.1", "192.0.2.9", "https"), none).address, "127.0.0.1");
  EXPECT_FALSE(find_peer(from("127.0.0.1", "192.0.2.9", "https"), none).secure);
  EXPECT_EQ(find_peer(from("127.0.0.1", "192.0.2.9", "https"), trusted).address, "192.0.2.9");
  EXPECT_TRUE(find_peer(from("127.0.0.1", "192.0.2.9", "https"), trusted).secure);
  // What the client itself wrote stands on the left and is not believed.
  EXPECT_EQ(find_peer(from("127.0.0.1", "203.0.113.5, 192.0.2.9, 10.1.1.1"), trusted).address, "192.0.2.9");
  EXPECT_EQ(find_peer(from("198.51.100.1", "192.0.2.9"), trusted).address, "198.51.100.1");
  EXPECT_EQ(find_peer(from("::ffff:10.0.0.1", "192.0.2.9:4711"), trusted).address, "192.0.2.9");
  EXPECT_EQ(find_peer(from("fd00::1", "[2001:db8::7]:443"), trusted).address, "2001:db8::7");
  EXPECT_EQ(find_peer(from("10.0.0.1", "garbage"), trusted).address, "10.0.0.1");
  EXPECT_EQ(find_peer(from("10.0.0.1", "192.0.2.9, garbage"), trusted).address, "10.0.0.1");
}

TEST(Peer, BlocksAreParsedStrictly) {
  for (std::string_view bad :
       {"", "x", "1.2.3", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "1.2.3.4/8x"}) {
    EXPECT_TRUE(AddressBlock::parse(bad).has_error()) << bad;
  }
  EXPECT_TRUE(AddressBlock::parse("0.0.0.0/0")->contains("8.8.8.8"));
  EXPECT_FALSE(AddressBlock::parse("0.0.0.0/0")->contains("2001:db8::1"));
  EXPECT_FALSE(AddressBlock::parse("10.0.0.0/9")->contains("10.128.0.1"));
}

TEST(Peer, LimitsASubscriberOfIpv6AsOne) {
  EXPECT_EQ(limit_key("2001:db8:1:2:3:4:5:6"), limit_key("2001:db8:1:2::1"));
  EXPECT_NE(limit_key("2001:db8:1:2::1"), limit_key("2001:db8:1:3::1"));
  EXPECT_EQ(limit_key("192.0.2.1"), "192.0.2.1");
}

} // namespace
} // namespace renova::api

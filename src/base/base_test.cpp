#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/text.hpp"

#include <gtest/gtest.h>

namespace renova {
namespace {

TEST(Time, DatesAreRealDaysOnly) {
  for (const char* text : {"", "2026-1-1", "2026-13-01", "2026-02-29", "2026-00-10", "2026-04-31", "26-01-01",
                           "2026-01-01 ", "0000-01-01", "2026/01/01"}) {
    EXPECT_TRUE(parse_date(text).has_error()) << text;
  }
  for (const char* text : {"2024-02-29", "1970-01-01", "9999-12-31", "0001-01-01", "1969-12-31"}) {
    auto date = parse_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(to_string(*date), text);
  }
  EXPECT_EQ(Date::of(2026, 11, 25).weekday(), 3u);
  EXPECT_EQ(Date::of(1970, 1, 1).days, 0);
}

TEST(Time, InstantsAreReadWithAnyOffset) {
  for (const char* text : {"", "2026-11-23T12:00:00", "2026-11-23 12:00:00Z", "2026-11-23T24:00:00Z",
                           "2026-11-23T12:00:60Z", "2026-11-23T12:00:00.Z", "2026-11-23T12:00:00+3:00",
                           "2026-11-23T12:00:00Zx", "2026-11-23T12:00:00.1234567890Z"}) {
    EXPECT_TRUE(parse_instant(text).has_error()) << text;
  }
  auto instant = parse_instant("2026-11-23T09:00:00.5-03:00");
  ASSERT_TRUE(instant);
  EXPECT_EQ(to_string(*instant), "2026-11-23T12:00:00.500000Z");
  EXPECT_EQ(to_string(Instant{-1}), "1969-12-31T23:59:59.999999Z");
}

TEST(Ids, AreVersionSevenAndSortByTime) {
  crypto_init();
  Instant now = *parse_instant("2026-11-23T12:00:00Z");
  ClientId first = ClientId::make(now);
  ClientId second = ClientId::make(now + std::chrono::milliseconds(1));
  EXPECT_LT(first, second);
  EXPECT_EQ(first.str()[14], '7');
  EXPECT_NE(std::string("89ab").find(first.str()[19]), std::string::npos);
  EXPECT_EQ(*ClientId::parse(first.str()), first);
  EXPECT_EQ(*ClientId::parse(to_upper(first.str())), first);
  for (std::string text :
       {std::string(), first.str() + "0", "x" + first.str().substr(1), to_hex(random_bytes(18))}) {
    EXPECT_TRUE(ClientId::parse(text).has_error()) << text;
  }
}

TEST(Clocks, AMovedClockTellsItsListeners) {
  TestClock clock(Instant{1'000'000}, TestClock::Flow::frozen);
  int moves = 0;
  {
    auto subscription = clock.on_move([&] { ++moves; });
    clock.advance(std::chrono::seconds(2));
    EXPECT_EQ(clock.now(), Instant{3'000'000});
  }
  clock.set(Instant{0});
  EXPECT_EQ(moves, 1);
}

TEST(Text, KnowsUtf8) {
  EXPECT_TRUE(is_utf8("José 😀"));
  for (std::string_view bad : {"\xc3", "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\x80"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
  EXPECT_EQ(count_code_points("José"), 4u);
  EXPECT_EQ(prefix("José!", 4), "José");
}

TEST(Text, FoldsCaseAccentsAndBlanks) {
  EXPECT_EQ(fold("  José \t DA Silva "), "jose da silva");
  EXPECT_EQ(fold("Jose\xcc\x81"), "jose");
  EXPECT_EQ(fold("ÇÃO"), "cao");
  EXPECT_EQ(fold("Straße"), "strasse");
  EXPECT_EQ(fold("a\xff"
                 "b"),
            "ab");
}

TEST(Text, TrimsAndStrips) {
  EXPECT_EQ(trim(" \xc2\xa0 a b \r\n"), "a b");
  EXPECT_EQ(strip_control("a\x01"
                          "b\r\nc\td\xe2\x80\xae"),
            "ab\nc\td");
  EXPECT_TRUE(has_control("a\nb"));
  EXPECT_FALSE(has_control("a b é"));
}

TEST(Json, EscapesAndRepairs) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("text",
             "a\"\\\n\x01\xff"
             "é");
  json.field("number", std::int64_t{-5});
  json.field("yes", true);
  json.key("list");
  json.begin_array();
  json.value(Date::of(2026, 1, 2));
  json.null();
  json.end_array();
  json.end_object();
  EXPECT_EQ(out,
            "{\"text\":\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd"
            "é\",\"number\":-5,\"yes\":true,"
            "\"list\":[\"2026-01-02\",null]}");
  EXPECT_NO_THROW(boost::json::parse(out));
}

// RFC 4231 test case 2, and the vector of Meta's webhook signature.
TEST(Crypto, Hmac) {
  crypto_init();
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256("app_secret_example", R"({"object":"whatsapp_business_account","entry":[]})")),
            "6eb10e0bc4192e9206e3de93178e66ea9eb262e9ea07bb66abdc83dcf8d3abf3");
}

TEST(Crypto, EncodingsAreStrict) {
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  for (const char* bad : {"-_8=", "-_9", "+/8", "-_8 ", "a"})
    EXPECT_TRUE(from_base64url(bad).has_error()) << bad;
  EXPECT_EQ(*from_base64("+/8="), "\xfb\xff");
  EXPECT_TRUE(from_base64("+/8").has_error());
  EXPECT_TRUE(from_hex("abc").has_error());
  EXPECT_EQ(*from_hex("6A"), "j");
}

TEST(Crypto, SealedSecretsOpenOnlyWithTheirKey) {
  crypto_init();
  SecretBox box(1, std::string(32, 'k'));
  std::string sealed = box.seal("token");
  EXPECT_EQ(*box.open(sealed), "token");
  EXPECT_EQ(sealed.find("token"), std::string::npos);
  std::string tampered = sealed;
  tampered.back() = static_cast<char>(tampered.back() ^ 1);
  EXPECT_TRUE(box.open(tampered).has_error());
  EXPECT_TRUE(box.open("").has_error());
  EXPECT_TRUE(SecretBox(2, std::string(32, 'k')).open(sealed).has_error());
  SecretBox rotated(2, std::string(32, 'n'), {{1, std::string(32, 'k')}});
  EXPECT_EQ(*rotated.open(sealed), "token");
  EXPECT_THROW(SecretBox(1, "short"), std::invalid_argument);
}

TEST(Crypto, PasswordsAreSaltedArgon2id) {
  crypto_init();
  std::string hash = hash_password("correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_NE(hash, hash_password("correct horse"));
  EXPECT_TRUE(verify_password(hash, "correct horse"));
  EXPECT_FALSE(verify_password(hash, "correct horsf"));
  EXPECT_FALSE(verify_password("rubbish", "correct horse"));
  EXPECT_FALSE(needs_rehash(hash));
  EXPECT_TRUE(
      needs_rehash("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
                   "RdescudvJCsgt3ub+b5dWRWJTmaaJObGIqZfBLEZ4AI"));
}

TEST(Logs, PhonesAreMasked) {
  EXPECT_EQ(log::mask_phone("5511987654321"), "5511*****4321");
  EXPECT_EQ(log::mask_phone("12345678"), "********");
  EXPECT_EQ(log::mask_phone(""), "");
}

TEST(MetricsRegistry, TheSameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  metrics.counter("messages_sent_total", "Messages taken by a gateway", {{"type", "simulator"}}).add();
  metrics.counter("messages_sent_total", "Messages taken by a gateway", {{"type", "simulator"}}).add(2);
  metrics.gauge("queue_size", "Messages waiting").set(7);
  metrics.histogram("response_time_seconds", "Time to answer", Metrics::latency_bounds()).observe(0.2);
  std::string text = metrics.expose();
  EXPECT_NE(text.find("messages_sent_total{type=\"simulator\"} 3"), std::string::npos) << text;
  EXPECT_NE(text.find("queue_size 7"), std::string::npos);
  EXPECT_NE(text.find("response_time_seconds_count 1"), std::string::npos);
}

} // namespace
} // namespace renova

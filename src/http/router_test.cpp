#include "http/router.hpp"

#include "http/query.hpp"

#include <gtest/gtest.h>

namespace renova::http {
namespace {

using Kind = Router::Match::Kind;

Router sample() {
  Router router;
  router.add("GET", "/");                           // 0
  router.add("GET", "/clients");                    // 1
  router.add("POST", "/clients");                   // 2
  router.add("GET", "/clients/{id}");               // 3
  router.add("PATCH", "/clients/{id}");             // 4
  router.add("GET", "/clients/export");             // 5
  router.add("POST", "/clients/{client_id}/notes"); // 6
  router.add("GET", "/docs/{path*}");               // 7
  router.add("OPTIONS", "/clients/{id}/notes");     // 8
  return router;
}

TEST(RouterTest, RefusesMalformedPatternsAndDoubles) {
  Router router = sample();
  EXPECT_THROW(router.add("GET", "clients"), std::logic_error);
  EXPECT_THROW(router.add("", "/x"), std::logic_error);
  EXPECT_THROW(router.add("GET", "/x/{}"), std::logic_error);
  EXPECT_THROW(router.add("GET", "/x/{rest*}/y"), std::logic_error);
  EXPECT_THROW(router.add("GET", "/x/a{id}"), std::logic_error);
  EXPECT_THROW(router.add("GET", "/clients/{other}"), std::logic_error);
}

TEST(RouterTest, FindsNothingBesideThePatterns) {
  const Router router = sample();
  for (const char* path : {"", "clients", "*", "/client", "/clients/", "/clients//notes", "/clients/1/notes/",
                           "//", "/clients/1/2", "/docs", "/CLIENTS"})
    EXPECT_EQ(router.match("GET", path).kind, Kind::not_found) << path;
}

TEST(RouterTest, FindsTheRouteAndItsParameters) {
  const Router router = sample();
  EXPECT_EQ(router.match("GET", "/").index, 0u);
  EXPECT_EQ(router.match("GET", "/clients").index, 1u);
  EXPECT_EQ(router.match("POST", "/clients").index, 2u);
  const auto one = router.match("PATCH", "/clients/a b");
  EXPECT_EQ(one.kind, Kind::found);
  EXPECT_EQ(one.index, 4u);
  EXPECT_EQ(one.parameter("id"), "a b");
  EXPECT_EQ(one.parameter("client_id"), "");
  const auto notes = router.match("POST", "/clients/7/notes");
  EXPECT_EQ(notes.index, 6u);
  EXPECT_EQ(notes.parameter("client_id"), "7");
  EXPECT_EQ(router.match("GET", "/docs/").parameter("path"), "");
  EXPECT_EQ(router.match("GET", "/docs/a/b.css").parameter("path"), "a/b.css");
}

TEST(RouterTest, LiteralsWinAndTheOtherWayIsTriedToo) {
  const Router router = sample();
  EXPECT_EQ(router.match("GET", "/clients/export").index, 5u);
  EXPECT_EQ(router.match("GET", "/clients/exported").index, 3u);
  const auto notes = router.match("POST", "/clients/export/notes");
  EXPECT_EQ(notes.index, 6u);
  EXPECT_EQ(notes.parameter("client_id"), "export");
}

TEST(RouterTest, SaysWhichMethodsAreAllowed) {
  const Router router = sample();
  const auto match = router.match("DELETE", "/clients");
  EXPECT_EQ(match.kind, Kind::method_not_allowed);
  EXPECT_EQ(match.allowed, "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(router.match("OPTIONS", "/clients").kind, Kind::method_not_allowed);
  EXPECT_EQ(router.match("OPTIONS", "/clients/1/notes").index, 8u);
  EXPECT_EQ(router.match("get", "/clients").kind, Kind::method_not_allowed);
}

TEST(RouterTest, HeadFindsTheGetRoute) {
  const Router router = sample();
  EXPECT_EQ(router.match("HEAD", "/clients/9").index, 3u);
  EXPECT_EQ(router.match("HEAD", "/clients/9/notes").kind, Kind::method_not_allowed);
}

TEST(QueryTest, RefusesWhatIsNoText) {
  for (const char* query : {"a=%", "a=%4", "a=%zz", "%00=1", "a=%00", "a=%ff", "a=%ed%a0%80", "%c3=1"})
    EXPECT_TRUE(parse_query(query).has_error()) << query;
  std::string many;
  for (std::size_t i = 0; i <= kQueryParametersMax; ++i) many += "a&";
  EXPECT_TRUE(parse_query(many).has_error());
}

TEST(QueryTest, DecodesInOrder) {
  const auto query = parse_query("a=1&b=x%20y+z&&c&a=2&=v&d=e=f&%C3%A9=%E2%82%AC");
  ASSERT_TRUE(query.has_value());
  const std::vector<QueryParameter> expected = {{"a", "1"}, {"b", "x y z"}, {"c", ""}, {"a", "2"},
                                                {"", "v"},  {"d", "e=f"},   {"é", "€"}};
  EXPECT_EQ(*query, expected);
  EXPECT_TRUE(parse_query("")->empty());
}

TEST(QueryTest, EncodesSoThatItReadsBack) {
  EXPECT_EQ(url_encode("a b&c=d/é~-._"), "a%20b%26c%3Dd%2F%C3%A9~-._");
  std::string all;
  for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
  EXPECT_EQ(parse_query("x=" + url_encode(all))->front().value, all);
}

} // namespace
} // namespace renova::http

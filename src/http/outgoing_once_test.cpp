#include "http/testing_outgoing.hpp"

namespace renova::http {
namespace {

using namespace renova::http::testing;

// The one that matters most: a request that may have arrived is never sent again by itself.
TEST(OutgoingTest, NeverSendsTwiceWhenAKeptConnectionDies) {
  struct End {
    const char* name;
    void (*end)(Peer&);
  };
  const End ends[] = {{"closed", [](Peer& p) { p.close(); }}, {"reset", [](Peer& p) { p.reset(); }}};
  struct Kept {
    const char* method;
    std::string body;
  };
  const Kept kept[] = {{"POST", "hello"}, {"POST", ""},   {"GET", ""},
                       {"PUT", "x"},      {"DELETE", ""}, {"POST", std::string(300'000, 'x')}};
  for (const End& end : ends) {
    for (const Kept& k : kept) {
      ScriptedServer* self = nullptr;
      ScriptedServer server([&](Peer& peer, int number) {
        if (number > 0) { // a second connection: count what comes, and serve it
          while (!peer.read_request().empty()) ++self->requests, peer.ok();
          return;
        }
        peer.read_request();
        peer.ok();
        if (!peer.read_request().empty()) ++self->requests;
        end.end(peer);
      });
      self = &server;
      const auto client = permissive();
      expect_status(call(*client, post(server.url())), 200, "first");
      auto request = post(server.url(), k.body);
      request.method = k.method;
      const std::string what = std::string(end.name) + " " + k.method + " " + std::to_string(k.body.size());
      expect_failure(call(*client, request), Kind::broken, true, what);
      EXPECT_EQ(server.requests, 1) << what;
      EXPECT_EQ(server.connections(), 1) << what;
    }
  }
}

TEST(OutgoingTest, NeverSendsTwiceWhileOtherConnectionsAreKept) {
  // Two kept connections, so that libcurl could go on with the other one instead of opening a new one.
  std::atomic<int> first_round{0}, second_round{0};
  ScriptedServer server([&](Peer& peer, int) {
    peer.read_request();
    ++first_round;
    eventually([&] { return first_round == 2; }); // both connections are in use at once
    peer.ok();
    if (peer.read_request().empty()) return;
    ++second_round;
  });
  const auto client = permissive();
  auto a = begin(*client, post(server.url())), b = begin(*client, post(server.url()));
  expect_status(a.get(), 200, "a");
  expect_status(b.get(), 200, "b");
  expect_failure(call(*client, post(server.url())), Kind::broken, true, "third");
  EXPECT_EQ(second_round, 1);
  EXPECT_EQ(server.connections(), 2);
}

TEST(OutgoingTest, NeverSendsTheRestTwiceWhenTheConnectionDiesInTheBody) {
  std::atomic<int> heads{0};
  ScriptedServer server([&](Peer& peer, int number) {
    if (number == 0) {
      peer.read_request();
      peer.ok();
    }
    if (peer.read_some(100).starts_with("POST ")) ++heads;
    peer.reset();
  });
  const auto client = permissive();
  expect_status(call(*client, post(server.url())), 200, "first");
  expect_failure(call(*client, post(server.url(), std::string(8'000'000, 'x'))), Kind::broken, true,
                 "second");
  EXPECT_EQ(heads, 1);
}

// A connection that the server closed while it was idle is noticed before anything is written.
TEST(OutgoingTest, AConnectionThatWasClosedWhileIdleIsReplaced) {
  std::atomic<bool> closed{false};
  ScriptedServer server([&](Peer& peer, int number) {
    peer.read_request();
    peer.ok();
    peer.close();
    if (number == 0) closed = true;
  });
  const auto client = permissive();
  expect_status(call(*client, post(server.url())), 200, "first");
  ASSERT_TRUE(eventually([&] { return closed.load(); }));
  expect_status(call(*client, post(server.url())), 200, "second");
  EXPECT_EQ(server.connections(), 2);
}

} // namespace
} // namespace renova::http

// Deadlines and limits, the beginning and the end of a server.
#include "base/text.hpp"
#include "http/testing.hpp"

#include <poll.h>

#include <future>

namespace renova::http {
namespace {

using std::chrono::milliseconds;
using testing::echo_options;
using testing::eventually;
using testing::Held;
using testing::held_options;
using testing::kPatience;
using testing::RawClient;
using testing::start;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(SessionTest, ASlowHeadGets408) {
  auto options = echo_options();
  options.header_deadline = milliseconds(40);
  const auto server = start(std::move(options));
  RawClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHos");
  EXPECT_EQ(client.read().status, 408);
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(SessionTest, DripFedHeadersDoNotMoveTheDeadline) {
  auto options = echo_options();
  options.header_deadline = milliseconds(100);
  const auto server = start(std::move(options));
  RawClient client(server->port());
  client.send("GET / HTTP/1.1\r\n");
  while (client.send("X: a\r\n")) { // endless, but slow enough for the limit of lines not to be the reason
    pollfd closed{client.handle(), POLLIN, 0};
    if (::poll(&closed, 1, 5) == 1) break;
  }
  EXPECT_EQ(client.read().status, 408);
}

TEST(SessionTest, ASlowBodyGets408) {
  auto options = echo_options();
  options.body_deadline = milliseconds(40);
  const auto server = start(std::move(options));
  RawClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel");
  EXPECT_EQ(client.read().status, 408);
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(SessionTest, AFastBeginningBuysNoTimeForASlowBody) {
  auto options = echo_options();
  options.body_deadline = milliseconds(40);
  const auto server = start(std::move(options));
  RawClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(900'000, 'x'));
  EXPECT_EQ(client.read().status, 408);
}

TEST(SessionTest, ASlowButSteadyBodyIsRead) {
  auto options = echo_options();
  options.body_deadline = milliseconds(200);
  options.body_min_rate = 20; // 4 bytes in each 200 ms
  const auto server = start(std::move(options));
  RawClient client(server->port());
  const std::string body(60, 'x');
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n\r\n");
  for (const char byte : body) {
    pollfd early{client.handle(), POLLIN, 0};
    if (::poll(&early, 1, 5) == 1) break;
    client.send({&byte, 1});
  }
  EXPECT_EQ(client.read().body, "POST / " + body);
}

TEST(SessionTest, ASilentConnectionIsClosedWithoutAWord) {
  auto options = echo_options();
  options.header_deadline = milliseconds(40);
  options.idle_deadline = milliseconds(40);
  const auto server = start(std::move(options));
  RawClient fresh(server->port());
  EXPECT_TRUE(fresh.closed_by_peer());
  RawClient idle(server->port());
  EXPECT_EQ(idle.request(kGet).status, 200);
  EXPECT_TRUE(idle.closed_by_peer());
}

TEST(SessionTest, NoDeadlineRunsWhileTheServerOwesAnAnswer) {
  Held held;
  auto options = held_options(held);
  options.header_deadline = options.idle_deadline = options.body_deadline = milliseconds(20);
  const auto server = start(std::move(options));
  RawClient waiting(server->port());
  waiting.send(kGet);
  auto taken = held.take();
  RawClient idle(server->port());
  EXPECT_TRUE(idle.closed_by_peer()); // so long, a deadline has passed
  taken.second({.body = "at last"});
  EXPECT_EQ(waiting.read().body, "at last");
}

TEST(SessionTest, WhoDoesNotReadIsCutOff) {
  ServerOptions options;
  options.write_deadline = milliseconds(50);
  options.handle = [](Request, Responder respond) { respond({.body = std::string(50'000'000, 'x')}); };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  client.send(kGet);
  EXPECT_TRUE(eventually([&] { return server->figures().connections == 1; }));
  EXPECT_TRUE(eventually([&] { return server->figures().connections == 0; }));
}

TEST(SessionTest, WhoPipelinesWithoutReadingIsNotServedForEver) {
  std::atomic<int> handled{0};
  ServerOptions options;
  options.handle = [&](Request, Responder respond) {
    ++handled;
    respond({.body = std::string(1'000'000, 'x')});
  };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += kGet;
  client.send(many);
  RawClient other(server->port());
  EXPECT_EQ(other.request(kGet).body.size(), 1'000'000u);
  EXPECT_LT(handled, 60);
}

TEST(SessionTest, TooManyConnectionsGet503) {
  auto options = echo_options();
  options.connections_max = 2;
  const auto server = start(std::move(options));
  auto first = std::make_unique<RawClient>(server->port());
  RawClient second(server->port());
  EXPECT_EQ(first->request(kGet).status, 200);
  EXPECT_EQ(second.request(kGet).status, 200);
  {
    RawClient third(server->port());
    const auto refused = third.request(kGet);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("connection"), "close");
    EXPECT_TRUE(third.closed_by_peer());
  }
  first.reset();
  EXPECT_TRUE(eventually([&] { return server->figures().connections == 1; }));
  RawClient fourth(server->port());
  EXPECT_EQ(fourth.request(kGet).status, 200);
}

TEST(SessionTest, ARefusedUploadStillReadsItsAnswer) {
  const auto server = start(echo_options());
  RawClient client(server->port());
  // Sends on after the refusal: a plain close would reset the connection and lose the answer.
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" +
              std::string(5'000'000, 'x'));
  EXPECT_EQ(client.read().status, 413);
}

TEST(SessionTest, ProtocolErrorsAreMadeByTheOptions) {
  auto options = echo_options();
  options.protocol_error = [](int status, std::string_view detail) {
    return Response{.status = status,
                    .headers = {{"Content-Type", "application/problem+json"}},
                    .body = "{\"detail\":\"" + std::string(detail) + "\"}"};
  };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  const auto response = client.request("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(response.header("content-type"), "application/problem+json");
  EXPECT_EQ(response.body, "{\"detail\":\"no Host field\"}");
}

// beginning, end

TEST(ServerEndTest, AnAddressInUseIsAnError) {
  const auto server = start(echo_options());
  auto options = echo_options();
  options.port = server->port();
  const auto second = Server::start(std::move(options));
  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  auto nowhere = echo_options();
  nowhere.host = "no.address";
  EXPECT_TRUE(Server::start(std::move(nowhere)).has_error());
}

TEST(ServerEndTest, SeveralThreadsShareThePort) {
  auto options = echo_options();
  options.threads = 4;
  const auto server = start(std::move(options));
  for (int i = 0; i < 50; ++i) {
    RawClient client(server->port());
    EXPECT_EQ(client.request(kGet).status, 200);
  }
}

TEST(ServerEndTest, ListensOnIpv6Too) {
  auto options = echo_options();
  options.host = "::1";
  const auto server = start(std::move(options));
  EXPECT_GT(server->port(), 0);
}

TEST(ServerEndTest, DrainFinishesWhatIsUnderWay) {
  Held held;
  auto server = start(held_options(held));
  RawClient idle(server->port()), busy(server->port()), half(server->port());
  busy.send(kGet);
  auto taken = held.take();
  half.send("GET / HTTP/1.1\r\nHost: a\r\n");
  idle.send(kGet);
  held.take().second({.body = "before"});
  EXPECT_EQ(idle.read().body, "before");
  auto drained = std::async(std::launch::async, [&] { server->drain(kPatience); });
  EXPECT_TRUE(idle.closed_by_peer());
  RawClient late(server->port());
  EXPECT_TRUE(late.closed_by_peer() || !late.send(kGet));
  half.send("\r\n");
  held.take().second({.body = "begun before"});
  const auto begun = half.read();
  EXPECT_EQ(begun.body, "begun before");
  EXPECT_EQ(begun.header("connection"), "close");
  taken.second({.body = "at last"});
  const auto last = busy.read();
  EXPECT_EQ(last.body, "at last");
  EXPECT_EQ(last.header("connection"), "close");
  busy.shut_down_send();
  half.shut_down_send();
  idle.shut_down_send();
  EXPECT_EQ(drained.wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(server->figures().connections, 0);
}

TEST(ServerEndTest, DrainGivesUpAfterTheGrace) {
  Held held;
  auto server = start(held_options(held));
  RawClient busy(server->port());
  busy.send(kGet);
  auto taken = held.take();
  server->drain(milliseconds(20));
  EXPECT_TRUE(busy.closed_by_peer());
  EXPECT_EQ(server->figures().connections, 0);
  taken.second({.body = "too late"});
}

} // namespace
} // namespace renova::http

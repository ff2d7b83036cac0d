// Methods, versions, answers and streams.
#include "base/text.hpp"
#include "http/testing.hpp"

namespace renova::http {
namespace {

using std::chrono::milliseconds;
using testing::echo_options;
using testing::eventually;
using testing::Held;
using testing::held_options;
using testing::RawClient;
using testing::start;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(SessionTest, ContinuesBeforeTheBodyIsRead) {
  const auto server = start(echo_options());
  RawClient client(server->port());
  for (const std::string framing : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n" + framing + "\r\n\r\n");
    EXPECT_EQ(client.read().status, 100);
    client.send(framing[0] == 'C' ? "hello" : "5\r\nhello\r\n0\r\n\r\n");
    const auto response = client.read();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "POST /a hello");
  }
}

TEST(SessionTest, AnOversizeBodyIsRefusedInsteadOfAskedFor) {
  const auto server = start(echo_options());
  RawClient client(server->port());
  const auto response =
      client.request("POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(response.status, 413);
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(SessionTest, NoContinueWithoutABodyOrWhenItIsThereAlready) {
  auto options = echo_options();
  options.body_deadline = milliseconds(40);
  const auto server = start(std::move(options));
  RawClient client(server->port());
  EXPECT_EQ(client.request("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").status, 200);
  EXPECT_EQ(
      client.request("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi")
          .status,
      200);
  EXPECT_EQ(client.request("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n").status,
            408)
      << "HTTP/1.0 knows no 100; the body is waited for until the deadline";
}

TEST(SessionTest, ContinueComesAfterTheAnswersBeforeIt) {
  Held held;
  const auto server = start(held_options(held));
  RawClient client(server->port());
  client.send(kGet + "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  held.take().second({.body = "first"});
  EXPECT_EQ(client.read().body, "first");
  EXPECT_EQ(client.read().status, 100);
  client.send("hi");
  auto second = held.take();
  EXPECT_EQ(second.first.body, "hi");
  second.second({.status = 201});
  EXPECT_EQ(client.read().status, 201);
}

TEST(SessionTest, HeadHasTheHeadOfGetAndNoBody) {
  const auto server = start(echo_options());
  RawClient client(server->port());
  client.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n" + kGet);
  const auto head = client.read(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "10");
  EXPECT_EQ(client.read().body, "GET / ");
}

TEST(SessionTest, StatusesWithoutABodyHaveNoLength) {
  ServerOptions options;
  options.handle = [](Request request, Responder respond) {
    respond({.status = request.path == "/204" ? 204 : 304, .body = "must not be sent"});
  };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  for (const std::string path : {"/204", "/304"}) {
    const auto response = client.request("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ("/" + std::to_string(response.status), path);
    EXPECT_EQ(response.header("content-length"), "");
  }
}

TEST(SessionTest, Http10ClosesUnlessAskedNotTo) {
  const auto server = start(echo_options());
  RawClient closing(server->port());
  const auto response = closing.request("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(response.body, "GET / ");
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_TRUE(closing.closed_by_peer());
  RawClient keeping(server->port());
  EXPECT_EQ(keeping.request("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").header("connection"),
            "keep-alive");
  EXPECT_EQ(keeping.request("GET / HTTP/1.0\r\n\r\n").status, 200);
}

TEST(SessionTest, CloseIsHonouredAndWhatFollowsIsNotRead) {
  Held held;
  const auto server = start(held_options(held));
  RawClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo , Close\r\n\r\n" + kGet);
  held.take().second({.body = "last"});
  EXPECT_EQ(client.read().header("connection"), "close");
  EXPECT_TRUE(client.closed_by_peer());
  EXPECT_EQ(held.count(), 0u);
}

TEST(SessionTest, APeerThatHasStoppedSendingStillGetsItsAnswers) {
  Held held;
  const auto server = start(held_options(held));
  RawClient client(server->port());
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
  client.send(post + post);
  client.shut_down_send();
  held.take().second({.body = "one"});
  held.take().second({.body = "two"});
  EXPECT_EQ(client.read().body, "one");
  EXPECT_EQ(client.read().body, "two");
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(SessionTest, HalfARequestAndGoneLeavesNothingBehind) {
  const auto server = start(echo_options());
  {
    RawClient client(server->port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhal");
    client.shut_down_send();
    EXPECT_TRUE(client.closed_by_peer());
  }
  EXPECT_TRUE(eventually([&] { return server->figures().connections == 0; }));
}

TEST(SessionTest, ADroppedResponderAnswers500) {
  Held held;
  const auto server = start(held_options(held));
  RawClient client(server->port());
  client.send(kGet);
  ASSERT_TRUE(eventually([&] { return held.count() == 1; }));
  held.clear();
  EXPECT_EQ(client.read().status, 500);
  client.send(kGet);
  held.take().second({.status = 200});
  EXPECT_EQ(client.read().status, 200) << "the connection goes on";
}

TEST(SessionTest, AThrowingHandlerAnswers500) {
  ServerOptions options;
  options.handle = [](Request, Responder) { throw std::runtime_error("a bug"); };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  EXPECT_EQ(client.request(kGet).status, 500);
  EXPECT_EQ(client.request(kGet).status, 500);
}

TEST(SessionTest, ASecondAnswerIsIgnored) {
  Held held;
  const auto server = start(held_options(held));
  RawClient client(server->port());
  client.send(kGet);
  auto taken = held.take();
  taken.second({.body = "one"});
  taken.second({.body = "two"});
  EXPECT_EQ(client.read().body, "one");
  client.send(kGet);
  held.take().second({.body = "three"});
  EXPECT_EQ(client.read().body, "three");
}

TEST(SessionTest, AnsweringAfterTheConnectionOrTheServerHasGone) {
  Held held;
  auto server = start(held_options(held));
  auto client = std::make_unique<RawClient>(server->port());
  client->send(kGet);
  auto first = held.take();
  client.reset();
  first.second({.body = std::string(5'000'000, 'x')});
  RawClient other(server->port());
  other.send(kGet);
  auto second = held.take();
  server.reset();
  second.second({.body = "too late"});
  EXPECT_TRUE(other.closed_by_peer());
}

TEST(SessionTest, LargeBodiesBothWays) {
  auto options = echo_options();
  options.body_max = [](const Request&) -> std::size_t { return 64 << 20; };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  const std::string body(20 << 20, 'x');
  std::thread sender([&] {
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body);
  });
  const auto response = client.read();
  sender.join();
  EXPECT_EQ(response.body.size(), body.size() + 7);
}

TEST(SessionTest, SharedBodiesAreSentAsTheyAre) {
  const auto shared = std::make_shared<const std::string>(300'000, 's');
  ServerOptions options;
  options.handle = [&](Request, Responder respond) {
    respond({.headers = {{"Content-Type", "text/plain"}}, .shared_body = shared});
  };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(client.request("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n").body, *shared);
  EXPECT_TRUE(eventually([&] { return shared.use_count() == 1; })) << "nothing keeps it";
}

TEST(SessionTest, TextIsCompressedWhenTheClientTakesIt) {
  ServerOptions options;
  options.handle = [](Request, Responder respond) {
    respond({.headers = {{"Content-Type", "application/json"}}, .body = std::string(10'000, ' ')});
  };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  const auto plain = client.request(kGet);
  EXPECT_EQ(plain.body.size(), 10'000u);
  EXPECT_EQ(plain.header("vary"), "Accept-Encoding");
  for (const std::string coding : {"gzip", "br"}) {
    const auto coded = client.request("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + coding + "\r\n\r\n");
    EXPECT_EQ(coded.header("content-encoding"), coding);
    EXPECT_LT(coded.body.size(), 500u);
  }
}

// Streams the pieces; an error after them when asked. `later`: each from another thread.
ServerOptions streaming_options(std::vector<std::string> pieces, bool failing, bool later) {
  ServerOptions options;
  options.handle = [=](Request, Responder respond) {
    auto at = std::make_shared<std::size_t>(0);
    Response response;
    response.next = [=](Response::Piece give) {
      result<std::string> piece = std::string();
      if (*at < pieces.size())
        piece = pieces[(*at)++];
      else if (failing)
        piece = Error(ErrorCode::internal, "broken off");
      if (later)
        std::thread([give, piece] { give(piece); }).detach();
      else
        give(piece);
    };
    respond(std::move(response));
  };
  return options;
}

TEST(SessionTest, StreamsPieceByPiece) {
  for (const bool later : {false, true}) {
    std::vector<std::string> pieces;
    std::string whole;
    for (int i = 1; i < 200; ++i)
      whole += pieces.emplace_back(std::string(static_cast<std::size_t>(i * 50), 'p'));
    const auto server = start(streaming_options(pieces, false, later));
    RawClient client(server->port());
    client.send(kGet + kGet);
    for (int i = 0; i < 2; ++i) {
      const auto response = client.read();
      EXPECT_EQ(response.header("transfer-encoding"), "chunked");
      EXPECT_EQ(response.header("content-length"), "");
      EXPECT_TRUE(response.complete);
      EXPECT_EQ(response.body, whole);
    }
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read(true).status, 200);
    RawClient old(server->port());
    const auto response = old.request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(response.header("transfer-encoding"), "");
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_EQ(response.body, whole);
  }
}

TEST(SessionTest, AnErrorInAStreamBreaksTheConnection) {
  for (const bool later : {false, true}) {
    const auto server = start(streaming_options({"abc", "def"}, true, later));
    RawClient client(server->port());
    const auto response = client.request(kGet);
    EXPECT_EQ(response.status, 200);
    EXPECT_FALSE(response.complete) << "the client must be able to tell";
    EXPECT_TRUE(client.closed_by_peer());
  }
}

TEST(SessionTest, ADroppedPieceBreaksTheConnection) {
  ServerOptions options;
  options.handle = [](Request, Responder respond) { respond({.next = [](Response::Piece) {}}); };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  EXPECT_FALSE(client.request(kGet).complete);
}

TEST(SessionTest, AStreamWaitsForASlowReader) {
  std::atomic<std::size_t> given{0};
  ServerOptions options;
  options.handle = [&](Request, Responder respond) {
    respond({.next = [&](Response::Piece give) {
      given += 100'000;
      give(given <= 100'000'000 ? std::string(100'000, 'x') : std::string());
    }});
  };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  client.send(kGet);
  EXPECT_EQ(client.read_bytes(10).size(), 10u);
  RawClient other(server->port());
  other.send(kGet); // served beside it by the same thread
  EXPECT_EQ(other.read_bytes(10).size(), 10u);
  EXPECT_LT(given, 60'000'000u) << "what the sockets do not take is not asked for";
}

} // namespace
} // namespace renova::http

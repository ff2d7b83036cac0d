#include "base/text.hpp"
#include "http/testing.hpp"

namespace renova::http {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;
using testing::eventually;
using testing::RawClient;
using testing::RawResponse;
using testing::start;

const std::string kUpgrade =
    "GET /live?a=b HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

enum Opcode { continuation = 0, text = 1, binary = 2, closing = 8, ping = 9, pong = 10 };

// A client's frame (RFC 6455 §5.2), masked unless told otherwise.
std::string frame(int opcode, const std::string& payload, bool final = true, bool masked = true) {
  std::string out(1, static_cast<char>((final ? 0x80 : 0) | opcode));
  const int mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
  } else if (payload.size() < 65536) {
    out += static_cast<char>(mask_bit | 126);
    for (int shift = 8; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
  } else {
    out += static_cast<char>(mask_bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
  }
  if (!masked) return out + payload;
  const std::string key = "\x12\x34\x56\x78";
  out += key;
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ key[i % 4]);
  return out;
}

struct Frame {
  int opcode = -1; // -1: the connection has ended
  std::string payload;
  int close_code() const {
    if (opcode != closing || payload.size() < 2) return 0;
    return static_cast<unsigned char>(payload[0]) * 256 + static_cast<unsigned char>(payload[1]);
  }
};

class Client : public RawClient {
 public:
  explicit Client(std::uint16_t port) : RawClient(port) { handshake_ = request(kUpgrade); }
  const RawResponse& handshake() const { return handshake_; }

  Frame receive() {
    const std::string head = read_bytes(2);
    if (head.size() < 2) return {};
    std::size_t length = static_cast<unsigned char>(head[1]) & 127;
    if (length >= 126) {
      const std::string longer = read_bytes(length == 126 ? 2 : 8);
      length = 0;
      for (const char byte : longer) length = length * 256 + static_cast<unsigned char>(byte);
    }
    return {head[0] & 15, read_bytes(length)};
  }

 private:
  RawResponse handshake_;
};

// Collects what the server's side sees.
struct Sockets {
  std::mutex mutex;
  std::vector<std::shared_ptr<WebSocket>> open;
  std::vector<std::string> texts;
  std::atomic<int> closed{0};

  std::shared_ptr<WebSocket> at(std::size_t index) {
    const std::lock_guard lock(mutex);
    return open.at(index);
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return open.size();
  }
};

// Accepts /live and echoes texts.
ServerOptions options_for(Sockets& sockets) {
  ServerOptions options;
  options.handle = [](Request, Responder respond) { respond({.status = 404, .body = "no socket here"}); };
  options.upgrade = [&](std::shared_ptr<WebSocket> socket) -> std::optional<WebSocketEvents> {
    if (socket->request().path != "/live") return std::nullopt;
    {
      const std::lock_guard lock(sockets.mutex);
      sockets.open.push_back(socket);
    }
    std::weak_ptr<WebSocket> weak = socket;
    return WebSocketEvents{[&sockets, weak](std::string message) {
                             {
                               const std::lock_guard lock(sockets.mutex);
                               sockets.texts.push_back(message);
                             }
                             if (const auto live = weak.lock())
                               live->send(std::make_shared<const std::string>("echo " + message));
                           },
                           [&sockets] { ++sockets.closed; }};
  };
  options.websocket_frame_max = 1000;
  options.websocket_close_deadline = milliseconds(100);
  return options;
}

TEST(WebSocketTest, RefusesMalformedHandshakes) {
  Sockets sockets;
  const auto server = start(options_for(sockets));
  auto changed = [](const std::string& from, const std::string& to) {
    std::string request = kUpgrade;
    return request.replace(request.find(from), from.size(), to);
  };
  struct Case {
    std::string bytes;
    int status;
  };
  for (const Case& c :
       std::vector<Case>{{changed("Version: 13", "Version: 8"), 426},
                         {changed("Sec-WebSocket-Version: 13\r\n", ""), 426},
                         {changed("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""), 400},
                         {changed("dGhlIHNhbXBsZSBub25jZQ==", "short"), 400},
                         {kUpgrade + frame(text, "early"), 400},
                         {changed("keep-alive, Upgrade", "keep-alive"), 404},
                         {changed("Upgrade: WebSocket", "Upgrade: h2c"), 404},
                         {changed("/live", "/other"), 404},
                         {changed("GET", "POST"), 404}}) {
    RawClient client(server->port());
    EXPECT_EQ(client.request(c.bytes).status, c.status) << c.bytes;
  }
  EXPECT_EQ(sockets.count(), 0u);
  EXPECT_EQ(server->figures().websockets, 0);
}

TEST(WebSocketTest, OpensEchoesAndCloses) {
  Sockets sockets;
  const auto server = start(options_for(sockets));
  Client client(server->port());
  EXPECT_EQ(client.handshake().status, 101);
  EXPECT_EQ(client.handshake().header("sec-websocket-accept"),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); // RFC 6455 §1.3
  EXPECT_EQ(client.handshake().header("sec-websocket-extensions"), "");
  EXPECT_EQ(sockets.at(0)->request().query, "a=b");
  EXPECT_EQ(server->figures().websockets, 1);
  EXPECT_EQ(server->figures().connections, 1);
  client.send(frame(text, "olá"));
  EXPECT_EQ(client.receive().payload, "echo olá");
  client.send(frame(ping, "are you there"));
  const Frame answer = client.receive();
  EXPECT_EQ(answer.opcode, pong);
  EXPECT_EQ(answer.payload, "are you there");
  client.send(frame(closing, "\x03\xe8"s));
  EXPECT_EQ(client.receive().close_code(), 1000);
  EXPECT_TRUE(client.closed_by_peer());
  EXPECT_TRUE(eventually([&] { return sockets.closed == 1 && server->figures().connections == 0; }));
  EXPECT_EQ(server->figures().websockets, 0);
  sockets.at(0)->send(std::make_shared<const std::string>("to nobody"));
  sockets.at(0)->close(1000, "");
}

TEST(WebSocketTest, FragmentsAndPiecesMakeOneMessage) {
  Sockets sockets;
  const auto server = start(options_for(sockets));
  Client client(server->port());
  client.send(frame(text, "one ", false) + frame(ping, "") + frame(continuation, "", false) +
              frame(continuation, "message"));
  EXPECT_EQ(client.receive().opcode, pong);
  EXPECT_EQ(client.receive().payload, "echo one message");
  for (const char byte : frame(text, "byte by byte")) client.send({&byte, 1});
  EXPECT_EQ(client.receive().payload, "echo byte by byte");
  client.send(frame(text, "\xe2\x82", false) + frame(continuation, "\xac")); // a character cut in two
  EXPECT_EQ(client.receive().payload, "echo €");
}

TEST(WebSocketTest, BreaksOffWithTheRightCode) {
  struct Case {
    const char* name;
    std::string bytes;
    int code; // 0: without a close frame is fine too
  };
  Sockets sockets;
  const auto server = start(options_for(sockets));
  const std::vector<Case> cases = {
      {"bad UTF-8", frame(text, "\xff\xfe"), 1007},
      {"overlong UTF-8", frame(text, "\xc0\xaf"), 1007},
      {"surrogate", frame(text, "\xed\xa0\x80"), 1007},
      {"cut UTF-8", frame(text, "\xe2\x82"), 1007},
      {"bad UTF-8 in the second fragment", frame(text, "a", false) + frame(continuation, "\xff"), 1007},
      {"binary", frame(binary, "abc"), 1003},
      {"too large", frame(text, std::string(1001, 'x')), 1009},
      {"too large in fragments",
       frame(text, std::string(600, 'x'), false) + frame(continuation, std::string(600, 'x')), 1009},
      {"1 EiB by its own word", "\x81\xff\x10\x00\x00\x00\x00\x00\x00\x00\x12\x34\x56\x78"s, 1009},
      {"not masked", frame(text, "abc", true, false), 1002},
      {"reserved bit", "\xc1\x83\x12\x34\x56\x78zzz"s, 1002},
      {"reserved opcode", frame(3, "abc"), 1002},
      {"reserved control opcode", frame(11, ""), 1002},
      {"continuation of nothing", frame(continuation, "abc"), 1002},
      {"new message inside another", frame(text, "a", false) + frame(text, "b"), 1002},
      {"fragmented ping", frame(ping, "a", false), 1002},
      {"long ping", frame(ping, std::string(126, 'x')), 1002},
      {"length not in its shortest form", "\x81\xfe\x00\x03\x12\x34\x56\x78\x00\x00\x00"s, 1002},
      {"close with one byte", frame(closing, "x"), 1002},
      {"close with a code that may not be sent", frame(closing, "\x03\xed"s), 1002},
      {"close with bad UTF-8", frame(closing, "\x03\xe8\xff"s), 1002},
  };
  for (const Case& c : cases) {
    Client client(server->port());
    client.send(c.bytes);
    const Frame answer = client.receive();
    EXPECT_EQ(answer.opcode, closing) << c.name;
    EXPECT_EQ(answer.close_code(), c.code) << c.name;
    EXPECT_EQ(client.receive().opcode, -1) << c.name;
  }
  EXPECT_TRUE(sockets.texts.empty());
  EXPECT_TRUE(eventually([&] { return sockets.closed == static_cast<int>(cases.size()); }));
}

TEST(WebSocketTest, WhoDoesNotReadIsClosed) {
  Sockets sockets;
  auto options = options_for(sockets);
  options.websocket_queue_max = 4;
  options.websocket_close_deadline = testing::kPatience;
  const auto server = start(std::move(options));
  Client client(server->port());
  const auto message = std::make_shared<const std::string>(1'000'000, 'x');
  for (int i = 0; i < 100 && sockets.closed == 0; ++i) sockets.at(0)->send(message);
  Frame last;
  std::size_t received = 0;
  while ((last = client.receive()).opcode == text) ++received;
  EXPECT_LT(received, 100u);
  EXPECT_EQ(last.close_code(), 1013);
  client.send(frame(closing, "\x03\xe8"s));
  client.shut_down_send();
  EXPECT_TRUE(eventually([&] { return sockets.closed == 1; }));
  EXPECT_TRUE(eventually([&] { return message.use_count() == 1; })) << "nothing keeps the messages";
}

TEST(WebSocketTest, MessagesKeepTheirOrderFromAnyThread) {
  Sockets sockets;
  auto options = options_for(sockets);
  options.websocket_queue_max = 10'000;
  const auto server = start(std::move(options));
  Client client(server->port());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i)
        sockets.at(0)->send(std::make_shared<const std::string>(std::to_string(t) + " " + std::to_string(i)));
    });
  std::vector<int> next(4, 0);
  for (int i = 0; i < 2000; ++i) {
    const std::string payload = client.receive().payload;
    ASSERT_EQ(payload.substr(2), std::to_string(next.at(static_cast<std::size_t>(payload[0] - '0'))++));
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(WebSocketTest, TheServerClosesAfterWhatItHasSent) {
  Sockets sockets;
  const auto server = start(options_for(sockets));
  Client client(server->port());
  sockets.at(0)->send(std::make_shared<const std::string>("last words"));
  sockets.at(0)->close(4401, "sign in first " + std::string(200, 'x'));
  EXPECT_EQ(client.receive().payload, "last words");
  const Frame close = client.receive();
  EXPECT_EQ(close.close_code(), 4401);
  EXPECT_EQ(close.payload.size(), 125u);
  client.send(frame(closing, close.payload.substr(0, 2)));
  EXPECT_TRUE(client.closed_by_peer());
  EXPECT_TRUE(eventually([&] { return sockets.closed == 1; }));
}

TEST(WebSocketTest, ASilentPeerIsPingedAndThenGivenUp) {
  Sockets sockets;
  auto options = options_for(sockets);
  options.websocket_idle = milliseconds(60);
  const auto server = start(std::move(options));
  Client answering(server->port()), silent(server->port());
  EXPECT_EQ(silent.receive().opcode, ping);
  int pings = 0;
  while (sockets.closed == 0) { // the silent one is closed; the other one answers and stays
    if (answering.receive().opcode != ping) break;
    ++pings;
    answering.send(frame(pong, ""));
  }
  EXPECT_EQ(sockets.closed, 1);
  EXPECT_GE(pings, 1);
  answering.send(frame(text, "still here"));
  Frame answer;
  while ((answer = answering.receive()).opcode == ping) answering.send(frame(pong, ""));
  EXPECT_EQ(answer.payload, "echo still here");
}

TEST(WebSocketTest, APeerThatVanishesIsNoticed) {
  Sockets sockets;
  const auto server = start(options_for(sockets));
  { Client client(server->port()); }
  EXPECT_TRUE(eventually([&] { return sockets.closed == 1 && server->figures().connections == 0; }));
}

TEST(WebSocketTest, DrainClosesWith1012) {
  Sockets sockets;
  auto server = start(options_for(sockets));
  Client polite(server->port()), silent(server->port());
  std::thread drain([&] { server->drain(milliseconds(300)); });
  const Frame close = polite.receive();
  EXPECT_EQ(close.close_code(), 1012);
  polite.send(frame(closing, close.payload.substr(0, 2)));
  EXPECT_TRUE(polite.closed_by_peer());
  drain.join();
  EXPECT_EQ(sockets.closed, 2);
  EXPECT_EQ(server->figures().websockets, 0);
}

} // namespace
} // namespace renova::http

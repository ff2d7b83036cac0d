// The live socket: who may listen, what they hear, when they are sent off.

#include "services/live.hpp"
#include "tests/support/api_harness.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace renova {
namespace {

using services::Role;
using test::ApiHarness;

// A WebSocket client of the bluntest kind (RFC 6455): short text frames, and a deadline on everything.
class Listener {
 public:
  explicit Listener(std::uint16_t port, const std::string& more_headers = "")
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    timeval patience{30, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    write("GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
          more_headers + "\r\n");
    while (head.find("\r\n\r\n") == head.npos && head.size() < 4096) {
      std::string byte = read(1);
      if (byte.empty()) return;
      head += byte;
    }
  }
  ~Listener() { ::close(fd_); }
  Listener(const Listener&) = delete;

  void say(std::string_view text) {
    std::string frame = "\x81";
    if (text.size() < 126) {
      frame += static_cast<char>(0x80 | text.size());
    } else {
      frame += static_cast<char>(0x80 | 126);
      frame += static_cast<char>(text.size() >> 8);
      frame += static_cast<char>(text.size() & 0xff);
    }
    frame += std::string(4, '\0'); // a mask that changes nothing
    write(frame + std::string(text));
  }

  // The next text, or "close CODE", or "" when the connection ended.
  std::string hear() {
    while (true) {
      std::string start = read(2);
      if (start.size() < 2) return {};
      std::size_t length = static_cast<unsigned char>(start[1]);
      if (length == 126) {
        std::string more = read(2);
        length = static_cast<std::size_t>(static_cast<unsigned char>(more[0])) << 8 |
                 static_cast<unsigned char>(more[1]);
      }
      std::string body = read(length);
      int kind = start[0] & 0x0f;
      if (kind == 1) return body;
      if (kind == 8 && body.size() >= 2) {
        return "close " +
               std::to_string(static_cast<unsigned char>(body[0]) << 8 | static_cast<unsigned char>(body[1]));
      }
    }
  }
  std::string hear_type() {
    std::string text = hear();
    boost::json::error_code ec;
    auto value = boost::json::parse(text, ec);
    return !ec && value.is_object() ? std::string(value.at("type").as_string()) : text;
  }

  std::string head;

 private:
  void write(std::string_view bytes) { (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  std::string read(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t got = 0;
    while (got < count) {
      ssize_t n = ::recv(fd_, bytes.data() + got, count - got, 0);
      if (n <= 0) return {};
      got += static_cast<std::size_t>(n);
    }
    return bytes;
  }
  int fd_;
};

ApiHarness::Options impatient() {
  ApiHarness::Options options;
  options.adjust = [](api::Options& o) {
    o.live.first_frame = std::chrono::milliseconds(300);
    o.live.tick = std::chrono::milliseconds(20);
  };
  return options;
}

class Live : public testing::Test {
 protected:
  ApiHarness api{storage::Engine::sqlite, impatient()};

  std::string auth(const std::string& token, const std::string& more = "") {
    return R"({"type":"auth","token":")" + token + "\"" + more + "}";
  }
};

TEST_F(Live, ClosesWhoeverDoesNotSignIn) {
  for (std::string first : {"nonsense", "{}", R"({"type":"hello"})", R"({"type":"auth","token":"x"})",
                            R"({"type":"auth"})", R"({"type":"auth","token":1})"}) {
    SCOPED_TRACE(first);
    Listener listener(api.port);
    listener.say(first);
    EXPECT_EQ(listener.hear(), "close 4401");
  }
  Listener silent(api.port);
  EXPECT_EQ(silent.hear(), "close 4401");
  Listener cross(api.port, "Origin: https://evil.example\r\n");
  EXPECT_EQ(cross.head.find("101"), std::string::npos) << cross.head;
}

TEST_F(Live, HearsTheOwnTenantInOrderAndResumes) {
  Listener listener(api.port);
  listener.say(auth(api.token));
  auto ready = boost::json::parse(listener.hear());
  EXPECT_EQ(ready.at("type").as_string(), "ready");
  services::publish_live(TenantId::make(api.clock.now()), "client_created", R"({"id":"foreign"})");
  services::publish_live(api.tenant, "client_created", R"({"id":"first"})");
  services::publish_live(api.tenant, "client_updated", R"({"id":"second"})");
  auto first = boost::json::parse(listener.hear());
  EXPECT_EQ(first.at("data").at("id").as_string(), "first");
  EXPECT_EQ(first.at("seq").as_int64(), ready.at("seq").as_int64() + 1);
  EXPECT_EQ(boost::json::parse(listener.hear()).at("data").at("id").as_string(), "second");

  Listener resumed(api.port);
  resumed.say(auth(api.token, ",\"since\":" + std::to_string(first.at("seq").as_int64())));
  EXPECT_EQ(resumed.hear_type(), "ready");
  EXPECT_EQ(boost::json::parse(resumed.hear()).at("data").at("id").as_string(), "second");

  Listener ancient(api.port);
  ancient.say(auth(api.token, ",\"since\":1"));
  EXPECT_EQ(ancient.hear_type(), "ready");
  EXPECT_EQ(ancient.hear_type(), "resync");
}

TEST_F(Live, EndsWithTheTokenAndWithTheAccess) {
  Listener listener(api.port);
  listener.say(auth(api.token));
  EXPECT_EQ(listener.hear_type(), "ready");
  Listener leaving(api.port);
  std::string token = api.sign_in(test::kOwnerEmail, test::kOwnerPassword);
  leaving.say(auth(token));
  EXPECT_EQ(leaving.hear_type(), "ready");
  test::expect_status(api.post("/api/v1/auth/logout", "", {{"Authorization", "Bearer " + token}}), 204);
  EXPECT_EQ(leaving.hear(), "close 4401");
  services::publish_live(api.tenant, "queue_updated", "{}");
  EXPECT_EQ(listener.hear_type(), "queue_updated") << "the other session goes on";
  api.clock.advance(std::chrono::minutes(15));
  EXPECT_EQ(listener.hear(), "close 4401");
}

TEST_F(Live, TakesApiKeysAndTheSessionCookie) {
  std::string key = api.post("/api/v1/api-keys", R"({"name":"Screen"})").text("key");
  Listener screen(api.port);
  screen.say(auth(key));
  EXPECT_EQ(screen.hear_type(), "ready");
  test::ApiResponse in = api.anonymous(
      "POST", "/api/v1/auth/login", R"({"email":"owner@example.com","password":"an invented pass phrase"})");
  Listener browser(api.port, "Cookie: renova_refresh=" + in.cookie("renova_refresh") + "\r\n");
  browser.say(R"({"type":"auth"})");
  EXPECT_EQ(browser.hear_type(), "ready");
}

} // namespace
} // namespace renova

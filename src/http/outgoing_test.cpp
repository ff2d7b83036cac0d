#include "http/outgoing.hpp"

#include "http/testing.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <future>

namespace renova::http {
namespace {

using namespace std::string_literals;
using Kind = OutgoingFailure::Kind;
using testing::eventually;
using testing::kPatience;

// One accepted connection of the scripted server.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  ~Peer() { close(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Reads one whole request (head and sized body); empty at the end of the connection.
  std::string read_request() {
    std::string request;
    std::size_t wanted = std::string::npos;
    while (request.size() < wanted) {
      char piece[65536];
      const auto got = ::recv(fd_, piece, sizeof piece, 0);
      if (got <= 0) return {};
      request.append(piece, static_cast<std::size_t>(got));
      const auto head = request.find("\r\n\r\n");
      if (wanted != std::string::npos || head == std::string::npos) continue;
      const auto length = request.find("Content-Length: ");
      wanted = head + 4 + (length < head ? std::stoul(request.substr(length + 16)) : 0);
    }
    return request;
  }
  std::string read_some(std::size_t count) {
    std::string bytes(count, '\0');
    const auto got = ::recv(fd_, bytes.data(), count, MSG_WAITALL);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool ok(std::string_view body = "ok") {
    return write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                 std::string(body));
  }
  // Waits until the client goes away, at most so long; true when it has gone.
  bool gone(int milliseconds = 20'000) {
    pollfd ready{fd_, POLLIN | POLLRDHUP, 0};
    if (::poll(&ready, 1, milliseconds) == 0) return false;
    char byte;
    return ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
  }
  void reset() {
    const linger abort{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// Runs one script for each connection, each on a thread of its own. The script gets the number of the
// connection.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&, int number)>;
  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 128);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { run(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
  }

  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }
  std::atomic<int> requests{0}; // counted by scripts

 private:
  void run() {
    while (true) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      const timeval patience{kPatience.count(), 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      threads_.emplace_back([this, fd, number = connections_++] {
        Peer peer(fd);
        script_(peer, number);
      });
    }
  }
  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::thread acceptor_;
  std::vector<std::thread> threads_;
};

std::unique_ptr<OutgoingClient> permissive() {
  return OutgoingClient::create({.allow_private_addresses = true});
}

OutgoingRequest post(std::string url, std::string body = "hello") {
  OutgoingRequest request;
  request.url = std::move(url);
  request.body = std::move(body);
  request.total_timeout = kPatience;
  return request;
}

std::future<OutgoingResult> begin(OutgoingClient& client, OutgoingRequest request) {
  auto promise = std::make_shared<std::promise<OutgoingResult>>();
  auto future = promise->get_future();
  client.send(std::move(request),
              [promise](OutgoingResult result) { promise->set_value(std::move(result)); });
  return future;
}

OutgoingResult call(OutgoingClient& client, OutgoingRequest request) {
  return begin(client, std::move(request)).get();
}

void expect_failure(const OutgoingResult& result, Kind kind, bool sent, const std::string& what) {
  const auto* failure = std::get_if<OutgoingFailure>(&result);
  ASSERT_NE(failure, nullptr) << what << ": status " << std::get<Response>(result).status;
  EXPECT_EQ(static_cast<int>(failure->kind), static_cast<int>(kind)) << what << ": " << failure->detail;
  EXPECT_EQ(failure->sent, sent) << what << ": " << failure->detail;
}

void expect_status(const OutgoingResult& result, int status, const std::string& what) {
  const auto* response = std::get_if<Response>(&result);
  ASSERT_NE(response, nullptr) << what << ": " << std::get<OutgoingFailure>(result).detail;
  EXPECT_EQ(response->status, status) << what;
}

TEST(OutgoingTest, RefusesWhatIsNoProperRequest) {
  const auto client = permissive();
  for (const std::string url :
       {"", "a", "/a", "127.0.0.1", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/",
        "http://", "http:///a", "http://a b/", "http://user:secret@127.0.0.1/", "http://127.0.0.1:99999/",
        "http://[::1/", "http://127.0.0.1/\r\nX: y", "javascript:alert(1)"})
    expect_failure(call(*client, post(url)), Kind::bad_url, false, url);
  expect_failure(call(*client, post("http://127.0.0.1/\0x"s)), Kind::bad_url, false, "NUL in the URL");
  auto request = post("http://127.0.0.1/");
  request.headers.add("X", "a\r\nInjected: b");
  expect_failure(call(*client, request), Kind::bad_url, false, "a line end in a header");
  request = post("http://127.0.0.1/");
  request.method = "GET / HTTP/1.1\r\nX:";
  expect_failure(call(*client, request), Kind::bad_url, false, "a line end in the method");
}

TEST(OutgoingTest, RefusesPrivateAddressesInEveryNotation) {
  ScriptedServer server([](Peer&, int) {});
  const auto client = OutgoingClient::create({});
  for (const std::string host :
       {"127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]",
        "[::ffff:127.0.0.1]", "[::]", "169.254.169.254", "10.0.0.1", "[fe80::1]"})
    expect_failure(call(*client, post("http://" + host + ":" + std::to_string(server.port()) + "/")),
                   Kind::refused_address, false, host);
  EXPECT_EQ(server.connections(), 0);
}

TEST(OutgoingTest, SendsAndReadsTheAnswer) {
  std::string seen;
  ScriptedServer server([&](Peer& peer, int) {
    seen = peer.read_request();
    peer.write(
        "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 201 Created\r\nX-A:  b \r\nContent-Length: "
        "3\r\n\r\nabc");
  });
  const auto client = permissive();
  auto request = post(server.url("/v1/x?y=z"), "{}");
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Authorization", "Bearer t");
  request.headers.add("X-Empty", "");
  const auto result = call(*client, request);
  expect_status(result, 201, "POST");
  EXPECT_EQ(std::get<Response>(result).body, "abc");
  EXPECT_EQ(std::get<Response>(result).headers.get("x-a"), "b");
  EXPECT_FALSE(std::get<Response>(result).headers.has("X-Interim"));
  EXPECT_TRUE(seen.starts_with("POST /v1/x?y=z HTTP/1.1\r\n")) << seen;
  for (const char* line : {"\r\nContent-Type: application/json\r\n", "\r\nAuthorization: Bearer t\r\n",
                           "\r\nX-Empty:\r\n", "\r\nUser-Agent: Renova\r\n", "\r\nContent-Length: 2\r\n"})
    EXPECT_NE(seen.find(line), std::string::npos) << line << seen;
  EXPECT_EQ(seen.find("Expect:"), std::string::npos);
  EXPECT_TRUE(seen.ends_with("\r\n\r\n{}"));
}

TEST(OutgoingTest, OtherMethods) {
  ScriptedServer server([&](Peer& peer, int) {
    for (std::string request; !(request = peer.read_request()).empty();) {
      const std::string line = request.substr(0, request.find('\r'));
      if (line.starts_with("HEAD"))
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
      else
        peer.ok(line + "|" + request.substr(request.find("\r\n\r\n") + 4));
    }
  });
  const auto client = permissive();
  for (const auto& [method, body] : std::vector<std::pair<std::string, std::string>>{
           {"GET", ""}, {"DELETE", ""}, {"PUT", "x"}, {"PATCH", "y"}, {"POST", ""}}) {
    auto request = post(server.url(), body);
    request.method = method;
    const auto result = call(*client, request);
    expect_status(result, 200, method);
    EXPECT_EQ(std::get<Response>(result).body, method + " / HTTP/1.1|" + body);
  }
  auto request = post(server.url(), "");
  request.method = "HEAD";
  expect_status(call(*client, request), 200, "HEAD");
  EXPECT_EQ(server.connections(), 1);
}

TEST(OutgoingTest, NothingIsSentWhenThereIsNoConnection) {
  std::uint16_t port = 0;
  {
    port = ScriptedServer([](Peer&, int) {}).port();
  } // free again
  const auto client = permissive();
  expect_failure(call(*client, post("http://127.0.0.1:" + std::to_string(port) + "/")), Kind::connect, false,
                 "closed port");
  expect_failure(call(*client, post("http://no-such-host.invalid/")), Kind::resolve, false, "no such host");
}

TEST(OutgoingTest, TlsFailuresSendNothing) {
  const auto client = permissive();
  {
    ScriptedServer plain([](Peer& peer, int) { peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    expect_failure(call(*client, post("https://127.0.0.1:" + std::to_string(plain.port()) + "/")), Kind::tls,
                   false, "TLS to a plain port");
  }
  {
    ScriptedServer closing([](Peer& peer, int) { peer.read_some(1); });
    expect_failure(call(*client, post("https://127.0.0.1:" + std::to_string(closing.port()) + "/")),
                   Kind::tls, false, "closed in the handshake");
  }
  ScriptedServer hanging([](Peer& peer, int) {
    peer.read_some(1);
    while (!peer.gone()) peer.read_some(1);
  });
  auto request = post("https://127.0.0.1:" + std::to_string(hanging.port()) + "/");
  request.total_timeout = std::chrono::milliseconds(100);
  expect_failure(call(*client, request), Kind::timeout, false, "hangs in the handshake");
}

TEST(OutgoingTest, LostAnswersSayThatTheRequestWasSent) {
  struct Case {
    const char* name;
    ScriptedServer::Script script;
    Kind kind;
  };
  const std::vector<Case> cases = {
      {"no answer", [](Peer& p, int) { p.read_request(), p.gone(); }, Kind::timeout},
      {"request not even read",
       [](Peer& p, int) {
         while (!p.gone()) p.read_some(1);
       },
       Kind::timeout},
      {"closed after the request", [](Peer& p, int) { p.read_request(); }, Kind::broken},
      {"reset after the request", [](Peer& p, int) { p.read_request(), p.reset(); }, Kind::broken},
      {"reset after ten bytes", [](Peer& p, int) { p.read_some(10), p.reset(); }, Kind::broken},
      {"half a status line", [](Peer& p, int) { p.read_request(), p.write("HTTP/1.1 20"); }, Kind::broken},
      {"no HTTP at all", [](Peer& p, int) { p.read_request(), p.write("hello there, this is no HTTP\n"); },
       Kind::broken},
      {"half a head", [](Peer& p, int) { p.read_request(), p.write("HTTP/1.1 200 OK\r\nContent-Le"); },
       Kind::broken},
      {"half a body",
       [](Peer& p, int) { p.read_request(), p.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"); },
       Kind::broken},
      {"broken chunks",
       [](Peer& p, int) {
         p.read_request(), p.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
       },
       Kind::broken},
      {"body without end",
       [](Peer& p, int) {
         p.read_request(), p.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), p.gone();
       },
       Kind::timeout},
      {"one byte every 20 ms",
       [](Peer& p, int) {
         p.read_request();
         p.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
         while (!p.gone(20))
           if (!p.write("x")) break;
       },
       Kind::timeout},
      {"one header byte every 20 ms",
       [](Peer& p, int) {
         p.read_request();
         p.write("HTTP/1.1 200 OK\r\nX: ");
         while (!p.gone(20))
           if (!p.write("x")) break;
       },
       Kind::timeout},
      {"endless body",
       [](Peer& p, int) {
         p.read_request();
         p.write("HTTP/1.1 200 OK\r\n\r\n");
         const std::string piece(65536, 'x');
         for (int i = 0; i < 16384 && p.write(piece); ++i) {
         }
       },
       Kind::too_large},
      {"1 GB by its own word",
       [](Peer& p, int) {
         p.read_request();
         p.write("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
         const std::string piece(65536, 'x');
         for (int i = 0; i < 16384 && p.write(piece); ++i) {
         }
       },
       Kind::too_large},
      {"endless head",
       [](Peer& p, int) {
         p.read_request();
         p.write("HTTP/1.1 200 OK\r\n");
         for (int i = 0; i < 100'000 && p.write("X-Filler: 0123456789012345678901234567890123456789\r\n");
              ++i) {
         }
       },
       Kind::too_large},
  };
  const auto client = permissive();
  for (const Case& c : cases) {
    ScriptedServer server(c.script);
    auto request = post(server.url());
    if (c.kind == Kind::timeout) request.total_timeout = std::chrono::milliseconds(250);
    expect_failure(call(*client, request), c.kind, true, c.name);
  }
}

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

TEST(OutgoingTest, RedirectsAreAnswersNotOrders) {
  ScriptedServer target([](Peer&, int) {});
  ScriptedServer server([&](Peer& peer, int) {
    peer.read_request();
    peer.write("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + target.url() +
               "\r\nContent-Length: 0\r\n\r\n");
  });
  const auto client = permissive();
  expect_status(call(*client, post(server.url())), 307, "redirect");
  EXPECT_EQ(target.connections(), 0);
}

TEST(OutgoingTest, CompressedAnswersAreNotInflated) {
  std::string seen;
  ScriptedServer server([&](Peer& peer, int) {
    seen = peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x01");
  });
  const auto client = permissive();
  const auto result = call(*client, post(server.url()));
  expect_status(result, 200, "gzip");
  EXPECT_EQ(std::get<Response>(result).body, "\x1f\x8b\x08\x01");
  EXPECT_EQ(seen.find("Accept-Encoding"), std::string::npos);
}

TEST(OutgoingTest, ProxiesOfTheEnvironmentAreIgnored) {
  ScriptedServer proxy([](Peer&, int) {});
  ScriptedServer server([](Peer& peer, int) { peer.read_request(), peer.ok(); });
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
    ::setenv(name, proxy.url().c_str(), 1);
  const auto client = permissive();
  expect_status(call(*client, post(server.url())), 200, "direct");
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(OutgoingTest, AtMostSoManyConnectionsPerHostAndWaitingHasADeadline) {
  std::atomic<int> now{0}, most{0};
  std::promise<void> release;
  auto released = release.get_future().share();
  ScriptedServer server([&](Peer& peer, int) {
    while (!peer.read_request().empty()) {
      most = std::max(most.load(), ++now);
      released.wait();
      --now;
      peer.ok();
    }
  });
  const auto client =
      OutgoingClient::create({.allow_private_addresses = true, .connections_per_host_max = 2});
  std::vector<std::future<OutgoingResult>> results;
  for (int i = 0; i < 6; ++i) results.push_back(begin(*client, post(server.url())));
  ASSERT_TRUE(eventually([&] { return now == 2; }));
  auto impatient = post(server.url());
  impatient.total_timeout = std::chrono::milliseconds(50);
  expect_failure(call(*client, impatient), Kind::timeout, false, "no connection free");
  release.set_value();
  for (auto& result : results) expect_status(result.get(), 200, "waited");
  EXPECT_EQ(most, 2);
  EXPECT_EQ(server.connections(), 2);
}

TEST(OutgoingTest, TooManyWaitingAreRefused) {
  ScriptedServer server([&](Peer& peer, int) { peer.read_request(), peer.gone(); });
  const auto client = OutgoingClient::create(
      {.allow_private_addresses = true, .connections_per_host_max = 1, .waiting_max = 1});
  auto first = begin(*client, post(server.url())), second = begin(*client, post(server.url()));
  expect_failure(call(*client, post(server.url())), Kind::stopped, false, "third");
}

TEST(OutgoingTest, StoppingFailsWhatIsUnderWay) {
  std::atomic<int> read{0};
  ScriptedServer server([&](Peer& peer, int) { peer.read_request(), ++read, peer.gone(); });
  auto client = OutgoingClient::create({.allow_private_addresses = true, .connections_per_host_max = 1});
  auto sent = begin(*client, post(server.url()));
  ASSERT_TRUE(eventually([&] { return read == 1; }));
  auto waiting = begin(*client, post(server.url()));
  client.reset();
  expect_failure(sent.get(), Kind::stopped, true, "sent");
  expect_failure(waiting.get(), Kind::stopped, false, "waiting");
}

} // namespace
} // namespace renova::http

#include "http/testing_outgoing.hpp"

namespace renova::http {
namespace {

using namespace std::string_literals;
using namespace renova::http::testing;

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

// Answers that are lost in every way.
struct Lost {
  const char* name;
  ScriptedServer::Script script;
  Kind kind;
};
const std::vector<Lost> kLost = {
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

TEST(OutgoingTest, LostAnswersSayThatTheRequestWasSent) {
  const auto client = permissive();
  for (const Lost& c : kLost) {
    ScriptedServer server(c.script);
    auto request = post(server.url());
    if (c.kind == Kind::timeout) request.total_timeout = std::chrono::milliseconds(250);
    expect_failure(call(*client, request), c.kind, true, c.name);
  }
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

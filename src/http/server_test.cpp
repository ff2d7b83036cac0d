#include "http/server.hpp"

#include "http/testing.hpp"

namespace renova::http {
namespace {

using namespace std::string_literals;
using testing::echo_options;
using testing::eventually;
using testing::Held;
using testing::held_options;
using testing::RawClient;
using testing::start;

// ------------------------------------------------------------------------------------------------- bad input
// first

struct Malformed {
  const char* name;
  std::string bytes;
  int status;
};

std::string with_header(const std::string& line) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n";
}
std::string chunked(const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

const std::vector<Malformed> kMalformed = {
    {"no version", "GET / \r\n\r\n", 400},
    {"HTTP/0.9", "GET /\r\n\r\n", 400},
    {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"HTTP/9.9", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505},
    {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
    {"text before the method", "Extra lineGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"tab as separator", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"blank after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"leading blank", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"malformed method", "G[T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TLS on the plain port", "\x16\x03\x01\x02\x00\x01"s, 400},
    {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"endless method", std::string(64, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"foreign scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"asterisk with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"bad escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"cut escape", "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"encoded NUL", "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"invalid UTF-8 in the path", "GET /%ff%fe HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"overlong UTF-8 in the path", "GET /%c0%af HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"raw high byte in the path", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"oversize target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
    {"endless request line", std::string(20000, 'a'), 414},
    {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"no host, with a length", "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 400},
    {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"the same host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"host with a bad port", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", 400},
    {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
    {"bare LF after a header", "GET / HTTP/1.1\r\nHost: a\n", 400},
    {"bare LF only", "\n", 400},
    {"bare CR in a header", with_header("X: a\rb"), 400},
    {"bare CR, not yet a line", "GET / HTTP/1.1\r\nHost: a\r\n\rSome-Header: Test", 400},
    {"CR without LF at the end", "GET / HTTP/1.1\r\nHost: example.com\r\n\rSome-Header: Test\r\n\r\n", 400},
    {"folded line", with_header("X: a\r\n b"), 400},
    {"folded line with a tab", with_header("X: a\r\n\tb"), 400},
    {"folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"blank before the colon", with_header("X : a"), 400},
    {"tab before the colon", with_header("X\t: a"), 400},
    {"no colon", with_header("X"), 400},
    {"empty name", with_header(": a"), 400},
    {"malformed name", with_header("X-Invalid[]: test"), 400},
    {"high byte in a name", with_header("X\xc3: a"), 400},
    {"NUL in a name", with_header("X\0Y: a"s), 400},
    {"NUL in a value", with_header("X: a\0b"s), 400},
    {"bell in a value", with_header("X: test\x07"), 400},
    {"DEL in a value", with_header("X: test\x7f"), 400},
    {"oversize header line", with_header("X: " + std::string(40000, 'a')), 431},
    {"endless header line", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(60000, 'a'), 431},
    {"unknown expectation", with_header("Expect: the-unexpected"), 417},
    {"negative length", with_header("Content-Length: -1"), 400},
    {"overflowing negative length", with_header("Content-Length: -123456789123456789123456789"), 400},
    {"overflowing length", with_header("Content-Length: 123456789123456789123456789"), 400},
    {"signed length", with_header("Content-Length: +5"), 400},
    {"hexadecimal length", with_header("Content-Length: 0x5"), 400},
    {"no number as length", with_header("Content-Length: abc"), 400},
    {"empty length", with_header("Content-Length:"), 400},
    {"length with a fraction", with_header("Content-Length: 5.0"), 400},
    {"list of lengths", with_header("Content-Length: 5, 5"), 400},
    {"two lengths", with_header("Content-Length: 5\r\nContent-Length: 6"), 400},
    {"the same length twice", with_header("Content-Length: 5\r\nContent-Length: 5"), 400},
    {"length beside coding", with_header("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400},
    {"coding beside length", with_header("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400},
    {"another coding", with_header("Transfer-Encoding: gzip"), 501},
    {"two codings", with_header("Transfer-Encoding: gzip, chunked"), 501},
    {"chunked, then identity", with_header("Transfer-Encoding: chunked, identity"), 501},
    {"chunked in quotes", with_header("Transfer-Encoding: \"chunked\""), 501},
    {"nearly chunked", with_header("Transfer-Encoding: xchunked"), 501},
    {"empty coding", with_header("Transfer-Encoding:"), 501},
    {"chunked twice", with_header("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
    {"chunked and vertical tab",
     with_header("Transfer-Encoding: \x0b"
                 "chunked"),
     400},
    {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"body over the limit", "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world", 413},
    {"chunks over the limit",
     "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello "
     "\r\n5\r\nworld\r\n0\r\n\r\n",
     413},
    {"no chunk size", chunked("\r\nhello\r\n"), 400},
    {"malformed chunk size", chunked("xyz\r\nhello\r\n"), 400},
    {"negative chunk size", chunked("-5\r\nhello\r\n"), 400},
    {"chunk size with 0x", chunked("0x5\r\nhello\r\n"), 400},
    {"chunk size with a blank before", chunked(" 5\r\nhello\r\n"), 400},
    {"chunk size with underscore", chunked("1_0\r\nhello\r\n"), 400},
    {"overflowing chunk size", chunked("10000000000000005\r\nhello\r\n"), 400},
    {"enormous chunk size", chunked("ffffffffffffffff\r\nhello\r\n"), 413},
    {"chunk longer than its size", chunked("5\r\nhelloX\r\n0\r\n\r\n"), 400},
    {"chunk size with bare LF", chunked("5\nhello\r\n0\r\n\r\n"), 400},
    {"chunk end with bare LF", chunked("5\r\nhello\n0\r\n\r\n"), 400},
    {"bare CR in an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), 400},
    {"endless extension", chunked("5;" + std::string(5000, 'a')), 400},
    {"malformed trailer", chunked("0\r\nX : a\r\n\r\n"), 400},
    {"endless trailer", chunked("0\r\nX: " + std::string(60000, 'a')), 431},
};

TEST(ServerTest, RefusesEveryMalformedRequestAndCloses) {
  const auto server = start(echo_options());
  for (const Malformed& c : kMalformed) {
    RawClient client(server->port());
    client.send(c.bytes);
    const auto response = client.read();
    EXPECT_EQ(response.status, c.status) << c.name;
    EXPECT_EQ(response.header("connection"), "close") << c.name;
    EXPECT_TRUE(response.complete) << c.name;
    EXPECT_TRUE(client.closed_by_peer()) << c.name;
  }
}

TEST(ServerTest, RefusesTheSameWhenTheBytesComeOneByOne) {
  const auto server = start(echo_options());
  for (const Malformed& c : kMalformed) {
    if (c.bytes.size() > 300) continue;
    RawClient client(server->port());
    for (const char byte : c.bytes)
      if (!client.send({&byte, 1})) break;
    EXPECT_EQ(client.read().status, c.status) << c.name;
  }
}

TEST(ServerTest, TooManyHeaders) {
  const auto server = start(echo_options());
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "X: a\r\n";
  RawClient client(server->port());
  const auto response = client.request("GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
  EXPECT_EQ(response.status, 431);
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(ServerTest, ManyChunkExtensionsAreRefused) {
  const auto server = start(echo_options());
  std::string body;
  for (int i = 0; i < 400; ++i) body += "1;" + std::string(200, 'e') + "\r\nx\r\n";
  RawClient client(server->port());
  client.send(chunked(body));
  EXPECT_EQ(client.read().status, 400);
}

// What waits for its next byte is not refused: each prefix of a good request.
TEST(ServerTest, WaitsForTheRestOfAnUnfinishedRequest) {
  const auto server = start(echo_options());
  for (const std::string prefix :
       {"G", "GET ", "GET /hello", "GET /hello ", "GET /hello HTTP", "GET /hello HTTP/1.1",
        "GET /hello HTTP/1.1\r", "GET /hello HTTP/1.1\r\n", "GET /hello HTTP/1.1\r\nHos",
        "GET /hello HTTP/1.1\r\nHost:", "GET /hello HTTP/1.1\r\nHost: ",
        "GET /hello HTTP/1.1\r\nHost: localhost", "GET /hello HTTP/1.1\r\nHost: localhost\r",
        "GET /hello HTTP/1.1\r\nHost: localhost\r\n", "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r"}) {
    RawClient client(server->port());
    client.send(prefix);
    EXPECT_TRUE(client.quiet(server->port())) << prefix;
    client.send(std::string("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n").substr(prefix.size()));
    EXPECT_EQ(client.read().body, "GET /hello ") << prefix;
  }
}

// ----------------------------------------------------------------------------------------------------- good
// input

TEST(ServerTest, AnswersWithLengthAndDateAndKeepsTheConnection) {
  const auto server = start(echo_options());
  RawClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    const auto response = client.request("GET /a HTTP/1.1\r\nhoSt:\texample.com\r\nempty:\r\n\r\n");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "GET /a ");
    EXPECT_EQ(response.header("content-length"), "7");
    EXPECT_EQ(response.header("connection"), "");
    EXPECT_TRUE(response.header("date").ends_with(" GMT"));
  }
}

TEST(ServerTest, EmptyLinesBeforeARequestAreSkipped) {
  const auto server = start(echo_options());
  RawClient client(server->port());
  EXPECT_EQ(client.request("\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
  EXPECT_EQ(client.request("\r\n\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
}

TEST(ServerTest, TargetsAreDecodedAndResolved) {
  const auto server = start(echo_options());
  RawClient client(server->port());
  const std::vector<std::pair<std::string, std::string>> cases = {{"/", "/"},
                                                                  {"/a%20b", "/a b"},
                                                                  {"/%C3%A9", "/\xc3\xa9"},
                                                                  {"/a/./b", "/a/b"},
                                                                  {"/a/../b", "/b"},
                                                                  {"/a/b/..", "/a/"},
                                                                  {"/../../etc", "/etc"},
                                                                  {"/a/%2e%2e/b", "/b"},
                                                                  {"/.", "/"},
                                                                  {"/..a/.b", "/..a/.b"},
                                                                  {"//a//b", "//a//b"},
                                                                  {"http://example.com", "/"},
                                                                  {"http://example.com/x?y", "/x"},
                                                                  {"HTTPS://example.com:80?y", "/"}};
  for (const auto& [target, path] : cases)
    EXPECT_EQ(client.request("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").body, "GET " + path + " ")
        << target;
  EXPECT_EQ(client.request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").body, "OPTIONS * ");
}

TEST(ServerTest, TheHostOfAnAbsoluteTargetReplacesTheField) {
  ServerOptions options;
  options.handle = [](Request request, Responder respond) {
    respond({.body = std::string(request.headers.get("host")) + "|" + request.query + "|" + request.peer});
  };
  const auto server = start(std::move(options));
  RawClient client(server->port());
  EXPECT_EQ(client.request("GET http://right/p?q=1 HTTP/1.1\r\nHost: wrong\r\n\r\n").body,
            "right|q=1|127.0.0.1");
}

TEST(ServerTest, ReadsBodiesOfBothFramings) {
  const auto server = start(echo_options());
  RawClient client(server->port());
  EXPECT_EQ(client.request("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello").body,
            "POST /a hello");
  EXPECT_EQ(client.request("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").body, "POST /a ");
  EXPECT_EQ(client
                .request("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                         "5\r\nhello\r\n006;ext=\"a b\" ; x\r\n world\r\n000\r\nX-Trailer: gone\r\n\r\n")
                .body,
            "POST /a hello world");
  EXPECT_EQ(client.request("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").body, "GET /b ");
}

TEST(ServerTest, FragmentedAtEveryBytePosition) {
  const auto server = start(echo_options());
  const std::string request =
      "POST /a%20b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;e\r\nabc\r\n2\r\nde\r\n0\r\nT: "
      "x\r\n\r\n"
      "PUT /c HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz";
  RawClient client(server->port());
  for (std::size_t at = 1; at < request.size(); ++at) {
    client.send(std::string_view(request).substr(0, at));
    client.send(std::string_view(request).substr(at));
    ASSERT_EQ(client.read().body, "POST /a b abcde") << at;
    ASSERT_EQ(client.read().body, "PUT /c xyz") << at;
  }
}

TEST(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  auto options = echo_options();
  options.pipelined_max = 4;
  const auto server = start(std::move(options));
  RawClient client(server->port());
  std::string all;
  for (int i = 0; i < 1000; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(all);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.read().body, "GET /" + std::to_string(i) + " ");
}

TEST(ServerTest, SafeRequestsRunSideBySideAndAreAnsweredInOrder) {
  Held held;
  const auto server = start(held_options(held));
  RawClient client(server->port());
  client.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nPOST /3 HTTP/1.1\r\nHost: "
      "a\r\nContent-Length: 0\r\n\r\nGET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
  auto second = held.take(1);
  EXPECT_EQ(second.first.path, "/2");
  second.second({.body = "two"});
  EXPECT_EQ(held.count(), 1u) << "a POST must wait for what came before it";
  held.take().second({.body = "one"});
  EXPECT_EQ(client.read().body, "one");
  EXPECT_EQ(client.read().body, "two");
  auto third = held.take();
  EXPECT_EQ(third.first.path, "/3");
  EXPECT_EQ(held.count(), 0u) << "nothing may overtake a POST";
  third.second({.body = "three"});
  held.take().second({.body = "four"});
  EXPECT_EQ(client.read().body, "three");
  EXPECT_EQ(client.read().body, "four");
}

} // namespace
} // namespace renova::http

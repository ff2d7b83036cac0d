// The HTTP server beside a bare epoll responder, the outgoing client beside a bare POST loop, one event to
// 10,000 WebSockets. All in one run on one machine: the ratios count. usage: http_bench [SECONDS_PER_ROUND]
#include "bench/http/load.hpp"
#include "http/outgoing.hpp"
#include "http/server.hpp"

#include <cstdio>
#include <cstdlib>
#include <future>

namespace renova::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kConnections = 64;
constexpr int kRounds = 3;

const std::string kBody =
    R"({"id":"0193a1b2-0000-7000-8000-000000000000","name":"Maria Souza","phone":"5511961234567","standing":"active"})";
const std::string kGet =
    "GET /api/v1/clients/0193a1b2-0000-7000-8000-000000000000 HTTP/1.1\r\nHost: localhost:8080\r\n"
    "Accept: application/json\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\nUser-Agent: "
    "bench\r\n\r\n";

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string answer_of(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: "
         "application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void bench_server(double seconds) {
  BareResponder floor(answer_of(kBody), kGet.size());
  http::ServerOptions options;
  options.port = 0;
  options.threads = 1;
  options.handle = [](http::Request, http::Responder respond) {
    respond({.headers = {{"Content-Type", "application/json"}}, .body = kBody});
  };
  auto server = http::Server::start(std::move(options));
  check(server.has_value(), "start");
  std::vector<double> bare, ours, ratios, p99, cpu;
  for (int round = 0; round < kRounds; ++round) {
    const Load lower = run_load(floor.port(), kGet, "}", kConnections, seconds);
    bare.push_back(lower.per_second);
    const Load load = run_load((*server)->port(), kGet, "}", kConnections, seconds);
    ours.push_back(load.per_second);
    p99.push_back(load.p99_us);
    ratios.push_back(load.per_second / bare.back());
    cpu.push_back(lower.server_cpu_us / load.server_cpu_us);
  }
  std::printf(
      "GET, one thread         bare epoll %.0f/s, server %.0f/s (p99 %.2f ms), ratio %.2f; by CPU time "
      "%.2f\n",
      median(bare), median(ours), median(p99) / 1000, median(ratios), median(cpu));
}

// Posts through the client with so many under way, from its own callbacks.
double run_outgoing(std::uint16_t port, const std::string& body, double seconds) {
  auto client = http::OutgoingClient::create(
      {.allow_private_addresses = true, .connections_per_host_max = kConnections});
  const auto begin = Clock::now();
  const auto end =
      begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::int64_t done = 0; // on the client's thread
  int under_way = kConnections;
  std::promise<void> finished;
  std::function<void()> post = [&] {
    http::OutgoingRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(port) + "/v23.0/1/messages";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    client->send(std::move(request), [&](http::OutgoingResult result) {
      check(std::holds_alternative<http::Response>(result), "POST");
      ++done;
      if (Clock::now() < end) return post();
      if (--under_way == 0) finished.set_value();
    });
  };
  for (int i = 0; i < kConnections; ++i) post();
  finished.get_future().wait();
  return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - begin).count();
}

void bench_outgoing(double seconds) {
  const std::string body(300, 'b');
  const std::string answer = answer_of(R"({"messages":[{"id":"wamid.1"}]})");
  http::ServerOptions options;
  options.port = 0;
  options.threads = 1;
  options.handle = [](http::Request, http::Responder respond) {
    respond(
        {.headers = {{"Content-Type", "application/json"}}, .body = R"({"messages":[{"id":"wamid.1"}]})"});
  };
  auto sink = http::Server::start(std::move(options));
  check(sink.has_value(), "start");
  const std::string post =
      "POST /v23.0/1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
      "Content-Length: 300\r\n\r\n" +
      body;
  std::vector<double> bare, ours, ratios;
  for (int round = 0; round < kRounds; ++round) {
    bare.push_back(run_load((*sink)->port(), post, "}]}", kConnections, seconds).per_second);
    ours.push_back(run_outgoing((*sink)->port(), body, seconds));
    ratios.push_back(ours.back() / bare.back());
  }
  std::printf("POST out, 64 under way  bare loop %.0f/s, client %.0f/s, ratio %.2f\n", median(bare),
              median(ours), median(ratios));
}

} // namespace

} // namespace renova::bench

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2.0;
  renova::bench::websocket_bench(10'000); // first: it forks
  renova::bench::bench_server(seconds);
  renova::bench::bench_outgoing(seconds);
  return 0;
}

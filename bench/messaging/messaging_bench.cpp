// Planning a big tenant's day, and draining it: by the simulator (the queue alone) and by HTTP POST to a
// local sink, beside a bare POST loop and a bare commit loop in the same run. usage: messaging_bench
// [SUBSCRIPTIONS [DUE [DATABASE_URL]]]     (1,000,000, 100,000, a new SQLite file)
#include "base/clock.hpp"
#include "http/outgoing.hpp"
#include "http/server.hpp"
#include "messaging/engine.hpp"
#include "messaging/gateway/cloud_api.hpp"
#include "messaging/planner.hpp"
#include "services/channels.hpp"
#include "services/message_service.hpp"
#include "services/onboarding.hpp"
#include "storage/client_store.hpp"
#include "storage/planner_store.hpp"
#include "storage/subscription_store.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace renova::bench {
namespace {

using Steady = std::chrono::steady_clock;
using storage::TenantTransaction;

const Instant kNow = *parse_instant("2026-11-25T12:30:00Z"); // Wednesday 09:30 in São Paulo
const Date kToday = Date::of(2026, 11, 25);
const Instant kLongAgo = *parse_instant("2026-01-01T00:00:00Z");
constexpr int kBatch = 2000;

template <class T>
T must(result<T> outcome) {
  if (outcome.has_error()) {
    std::fprintf(stderr, "failed: %s\n", outcome.error().detail.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

double seconds_since(Steady::time_point began) {
  return std::chrono::duration<double>(Steady::now() - began).count();
}

// Of the whole process: what the figures would be on a machine that has nothing else to do.
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

// Waits until `done` holds, looking again every millisecond.
void wait_until(const std::function<bool()>& done) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (!done()) never.wait_for(lock, std::chrono::milliseconds(1));
}

struct Bench {
  std::unique_ptr<storage::Database> db;
  TestClock clock{kNow, TestClock::Flow::frozen};
  SecretBox secrets{1, std::string(32, 'k')};
  TenantId tenant;

  template <class F>
  auto write(F work) {
    return must(db->write_now([&](storage::Transaction& tx) {
      auto scoped = tx.tenant(storage::TenantScope(tenant));
      return work(scoped);
    }));
  }
  template <class F>
  auto read(F work) {
    return must(db->read_now([&](storage::Transaction& tx) {
      auto scoped = tx.tenant(storage::TenantScope(tenant));
      return work(scoped);
    }));
  }
};

void fill(Bench& bench, int subscriptions, int due) {
  bench.tenant = must(bench.db->write_now([](storage::Transaction& tx) {
    return services::onboarding::new_tenant(tx, "Empresa Grande", domain::Locale::pt_br, kLongAgo);
  }));
  std::vector<ClientId> clients;
  for (int at = 0; at < due; at += kBatch) {
    bench.write([&](TenantTransaction& tx) -> result<int> {
      for (int i = at; i < std::min(at + kBatch, due); ++i) {
        storage::ClientRow client;
        client.id = ClientId::make(kLongAgo);
        client.name = "Cliente Numero " + std::to_string(i);
        client.phone = "55119" + std::to_string(60'000'000 + i);
        client.created_at = client.updated_at = kLongAgo;
        TRY_DO(storage::insert_client(tx, client, {}));
        clients.push_back(client.id);
      }
      return 0;
    });
  }
  for (int at = 0; at < subscriptions; at += kBatch) {
    bench.write([&](TenantTransaction& tx) -> result<int> {
      for (int i = at; i < std::min(at + kBatch, subscriptions); ++i) {
        storage::SubscriptionRow one;
        one.id = SubscriptionId::make(kLongAgo);
        one.client_id = clients[static_cast<std::size_t>(i % due)];
        one.plan_type = "IPTV";
        one.price_amount = 5000;
        one.price_currency = "BRL";
        one.expires_on = i < due ? kToday + 3 : kToday + 10 + i % 30;
        one.created_at = one.updated_at = kLongAgo;
        TRY_DO(storage::insert_subscription(tx, one));
      }
      return 0;
    });
  }
}

std::int64_t queued(Bench& bench) {
  auto counts = bench.read([](TenantTransaction& tx) { return storage::message_store::open_counts(tx); });
  std::int64_t n = 0;
  for (const auto& one : counts) n += one.state == domain::MessageState::queued ? one.n : 0;
  return n;
}

ChannelId add_channel(Bench& bench, domain::ChannelType type, boost::json::object config) {
  return bench.write([&](TenantTransaction& tx) -> result<ChannelId> {
    services::channels::NewChannel wanted;
    wanted.name = std::string(to_text(type));
    wanted.type = to_text(type);
    wanted.config = std::move(config);
    wanted.pacing = {{"concurrency", 256}, {"min_gap_ms", 0}, {"jitter_ms", 0}};
    for (auto cap : {"per_minute", "per_hour", "per_day"}) wanted.pacing[cap] = nullptr;
    services::channels::Context context{bench.secrets, {true}};
    TRY(auto made, services::channels::create(tx, kNow, services::Actor::system(), context, wanted));
    return made.id;
  });
}

double bench_plan(Bench& bench, int due) {
  auto tenants =
      must(bench.db->read_now([](storage::Transaction& tx) { return storage::planner_store::tenants(tx); }));
  auto began = Steady::now();
  double cpu = cpu_seconds();
  messaging::PlanRequest request{tenants.at(0), kNow, {}, 5000, {}};
  auto inserted = must(messaging::plan_tenant(*bench.db, request));
  double took = seconds_since(began);
  std::printf("plan                   %lld reminders of %d due in %.2f s (%.0f/s; %.2f s of CPU)\n",
              static_cast<long long>(inserted), due, took, static_cast<double>(inserted) / took,
              cpu_seconds() - cpu);
  began = Steady::now();
  request.since = kNow - std::chrono::minutes(1);
  request.now = kNow + std::chrono::seconds(1);
  must(messaging::plan_tenant(*bench.db, request));
  std::printf("plan, nothing due      %.1f ms\n", seconds_since(began) * 1000);
  return took;
}

double drain(Bench& bench, std::string_view name, http::OutgoingClient* client) {
  Metrics metrics;
  std::int64_t total = queued(bench);
  messaging::EngineDependencies dependencies{*bench.db, bench.clock, metrics, bench.secrets,
                                             client,    {},          {},      {}};
  messaging::Engine engine(std::move(dependencies), {});
  auto& sent = metrics.counter("messages_sent_total", "");
  engine.start();
  auto began = Steady::now();
  double cpu = cpu_seconds();
  wait_until([&] { return sent.value() >= static_cast<double>(total); });
  wait_until([&] { return queued(bench) == 0; });
  double took = seconds_since(began);
  engine.stop();
  double rate = static_cast<double>(total) / took;
  std::printf("drain, %-15s %lld messages in %.2f s: %.0f/s (%.2f s of CPU), intent and outcome durable\n",
              std::string(name).c_str(), static_cast<long long>(total), took, rate, cpu_seconds() - cpu);
  return rate;
}

void revive(Bench& bench, ChannelId channel) {
  // The same messages once more: as the owner's retry would queue them, by another channel.
  auto rows = bench.read([](TenantTransaction& tx) {
    storage::MessagePageQuery query;
    query.limit = 10'000'000;
    query.state = domain::MessageState::accepted;
    return storage::message_store::page(tx, query);
  });
  for (std::size_t at = 0; at < rows.size(); at += kBatch) {
    bench.write([&](TenantTransaction& tx) -> result<int> {
      for (std::size_t i = at; i < std::min(at + kBatch, rows.size()); ++i) {
        TRY_DO(storage::message_store::move(tx, rows[i], {domain::MessageState::queued, {}, {}, kNow}, kNow));
        TRY_DO(storage::planner_store::route(tx, rows[i].id, channel, {}, kNow));
      }
      return 0;
    });
  }
}

constexpr std::string_view kAnswer =
    R"({"messaging_product":"whatsapp","contacts":[{"input":"5511961234567"}],)"
    R"("messages":[{"id":"wamid.HBgNNTUxMTk2MTIzNDU2NxUCABEYEjk5OTk5OTk5OTk5OTk5OTk5OQA="}]})";

// Requests one after the other on 64 connections, without any queue.
double bare_posts(http::OutgoingClient& client, const std::string& url, int count) {
  messaging::HandOver message;
  message.to = "5511961234567";
  message.text = std::string(300, 'x');
  std::string body = messaging::cloud_api::request_body(message);
  std::atomic<int> started{0};
  std::atomic<int> finished{0};
  std::function<void()> next = [&] {
    if (started.fetch_add(1) >= count) return;
    http::OutgoingRequest request;
    request.url = url;
    request.headers.add("Content-Type", "application/json");
    request.body = body;
    client.send(std::move(request), [&](const http::OutgoingResult&) {
      finished.fetch_add(1);
      next();
    });
  };
  auto began = Steady::now();
  for (int i = 0; i < 64; ++i) next();
  wait_until([&] { return finished.load() >= count; });
  return count / seconds_since(began);
}

// What the database alone takes: an update and an event a message, in batches of 256, twice.
double bare_commits(Bench& bench, std::size_t count) {
  auto rows = bench.read([&](TenantTransaction& tx) {
    storage::MessagePageQuery query;
    query.limit = static_cast<int>(count);
    query.state = domain::MessageState::accepted;
    return storage::message_store::page(tx, query);
  });
  auto began = Steady::now();
  for (std::size_t at = 0; at < rows.size(); at += 256) {
    for (int twice = 0; twice < 2; ++twice) {
      bench.write([&](TenantTransaction& tx) -> result<int> {
        for (std::size_t i = at; i < std::min(at + 256, rows.size()); ++i) {
          TRY_DO(
              storage::message_store::move(tx, rows[i], {domain::MessageState::accepted, {}, {}, {}}, kNow));
        }
        return 0;
      });
    }
  }
  return static_cast<double>(rows.size()) / seconds_since(began);
}

int run(int subscriptions, int due, std::string url) {
  crypto_init();
  std::string file;
  if (url.empty()) {
    file = std::filesystem::temp_directory_path() / ("messaging_bench_" + std::to_string(::getpid()) + ".db");
    url = "sqlite://" + file;
  }
  Bench bench;
  storage::DatabaseOptions options;
  options.url = url;
  bench.db = must(storage::Database::open(options));
  must(bench.db->migrate());
  auto began = Steady::now();
  fill(bench, subscriptions, due);
  std::printf("fill                   %d subscriptions of %d clients in %.1f s\n", subscriptions, due,
              seconds_since(began));
  add_channel(bench, domain::ChannelType::simulator, {{"delivered_share", 0}, {"sent_after_ms", 86'400'000}});
  bench_plan(bench, due);
  double simulated = drain(bench, "simulator", nullptr);
  double floor = bare_commits(bench, 20'000);
  std::printf("                       bare update loop %.0f/s, ratio %.2f\n", floor, simulated / floor);

  http::ServerOptions sink;
  sink.port = 0;
  sink.threads = 1;
  sink.handle = [](http::Request, http::Responder respond) {
    http::Response response;
    response.headers.add("Content-Type", "application/json");
    response.body = kAnswer;
    respond(std::move(response));
  };
  auto server = must(http::Server::start(std::move(sink)));
  std::string base = "http://127.0.0.1:" + std::to_string(server->port());
  http::OutgoingClient::Options allowed;
  allowed.allow_private_addresses = true;
  auto client = http::OutgoingClient::create(allowed);
  double posts = bare_posts(*client, base + "/v23.0/1065/messages", 50'000);
  auto channel = add_channel(bench, domain::ChannelType::cloud_api,
                             {{"base_url", base}, {"phone_number_id", "1065"}, {"access_token", "token"}});
  revive(bench, channel);
  double posted = drain(bench, "HTTP sink", client.get());
  std::printf("                       bare POST loop %.0f/s, ratio %.2f\n", posts, posted / posts);
  client.reset();
  bench.db.reset();
  if (!file.empty()) {
    for (auto end : {"", "-wal", "-shm", ".lock", "-lock"}) std::filesystem::remove(file + end);
  }
  return 0;
}

} // namespace
} // namespace renova::bench

int main(int argc, char** argv) {
  int subscriptions = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
  int due = argc > 2 ? std::atoi(argv[2]) : 100'000;
  return renova::bench::run(subscriptions, due, argc > 3 ? argv[3] : "");
}

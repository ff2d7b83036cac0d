// The list of clients at 10,000 and at a million: p50 and p99 of a page of 50 for every filter and sort
// order, the search, and what a hundred times the clients cost more. usage: list_bench [FOLDER [CLIENTS]]
// RENOVA_BENCH_DATABASE: that database instead of SQLite files in FOLDER
#include "domain/locale.hpp"
#include "list_bench/sql/fill.hpp"
#include "services/clients.hpp"
#include "services/onboarding.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace renova::bench {
namespace {

namespace sql = storage::bench_lists;
namespace clients = services::clients;
using Steady = std::chrono::steady_clock;
using storage::ClientSort;

constexpr std::int64_t kFillStep = 250'000;
constexpr int kPages = 12; // of each walk from the beginning
constexpr int kRounds = 4;
constexpr int kPageSize = 50;
const Instant kNow = *parse_instant("2026-11-23T12:00:00Z");

template <class T>
T must(result<T> outcome) {
  if (outcome.has_error()) {
    std::fprintf(stderr, "list_bench: %s\n", outcome.error().detail.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

struct Question {
  std::string name;
  clients::ListFilter filter;
};

// Every filter alone, what the user interface combines, and combinations that match little or nothing.
std::vector<Question> questions(Date today) {
  using domain::PaymentStatus;
  using domain::Standing;
  using Which = storage::ClientFilter::Which;
  return {
      {"no filter", {}},
      {"archived (none)", {.which = Which::archived}},
      {"all", {.which = Which::both}},
      {"active", {.standing = Standing::active}},
      {"expiring", {.standing = Standing::expiring}},
      {"expired", {.standing = Standing::expired}},
      {"paid", {.payment_status = PaymentStatus::paid}},
      {"pending", {.payment_status = PaymentStatus::pending}},
      {"overdue", {.payment_status = PaymentStatus::overdue}},
      {"expired + paid", {.standing = Standing::expired, .payment_status = PaymentStatus::paid}},
      {"expired + pending", {.standing = Standing::expired, .payment_status = PaymentStatus::pending}},
      {"active + overdue", {.standing = Standing::active, .payment_status = PaymentStatus::overdue}},
      {"plan type 77 %", {.plan_type = "IPTV"}},
      {"plan type 8 %", {.plan_type = "VPN"}},
      {"tag 10 %", {.tag = "vip"}},
      {"tag 1 %", {.tag = "novo"}},
      {"tag 0.1 %", {.tag = "raro"}},
      {"tag nobody has", {.tag = "nada"}},
      {"due today", {.due_from = today, .due_to = today}},
      {"due this week", {.due_from = today, .due_to = today + 6}},
      {"due this month", {.due_from = today, .due_to = today + 30}},
      {"tag 10 % + expiring", {.standing = Standing::expiring, .tag = "vip"}},
      {"tag 10 % + plan 8 %", {.plan_type = "VPN", .tag = "vip"}},
      {"tag 1 % + plan 8 %", {.plan_type = "VPN", .tag = "novo"}},
      {"tag 10 % + plan 8 % + pending",
       {.payment_status = PaymentStatus::pending, .plan_type = "VPN", .tag = "vip"}},
      {"plan 8 % + expired + paid",
       {.standing = Standing::expired, .payment_status = PaymentStatus::paid, .plan_type = "VPN"}},
      {"q one letter", {.q = "m"}},
      {"q two letters", {.q = "lu"}},
      {"q common word", {.q = "silva"}},
      {"q rare words", {.q = "marcelo nascimento rocha"}},
      {"q end of a number", {.q = "4321"}},
      {"q whole number", {.q = "(11) 90000-4321"}},
      {"q nobody", {.q = "zzz"}},
      {"q common word + tag 1 %", {.q = "silva", .tag = "novo"}},
      {"q common word + expiring", {.q = "silva", .standing = Standing::expiring}},
  };
}

struct Cost {
  double p50 = 0, p99 = 0; // milliseconds
};

class Book {
 public:
  Book(const std::string& url, std::int64_t count) {
    storage::DatabaseOptions options;
    options.url = url;
    db_ = must(storage::Database::open(options));
    must(db_->migrate());
    today_ = Date{static_cast<std::int32_t>(kNow.us / 86'400'000'000)};
    auto kept = must(db_->read_now(
        [](storage::Transaction& tx) { return services::onboarding::find_tenant_by_name(tx, "Bench"); }));
    if (kept) {
      tenant_ = *kept;
      return;
    }
    tenant_ = must(db_->write_now([](storage::Transaction& tx) {
      return services::onboarding::new_tenant(tx, "Bench", domain::Locale::pt_br, kNow);
    }));
    fill(count);
  }

  Date today() const { return today_; }

  Cost measure(const clients::ListFilter& filter, ClientSort sort, bool descending) {
    std::vector<double> times;
    for (int round = 0; round < kRounds; ++round) {
      storage::ClientListQuery query;
      query.sort = sort;
      query.descending = descending;
      query.limit = kPageSize + 1;
      for (int page = 0; page < kPages; ++page) {
        const auto begin = Steady::now();
        auto rows =
            read([&](storage::TenantTransaction& tx) { return clients::list(tx, filter, query, kNow); });
        times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - begin).count());
        if (rows.size() <= kPageSize) break;
        const clients::ListedClient& last = rows[kPageSize - 1];
        query.after = storage::ClientListQuery::After{last.key, last.client.id};
      }
    }
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], times[(times.size() * 99 + 99) / 100 - 1]};
  }

 private:
  template <class F>
  typename std::invoke_result_t<F, storage::TenantTransaction&>::value_type read(F work) {
    using Outcome = std::invoke_result_t<F, storage::TenantTransaction&>;
    std::optional<Outcome> outcome;
    db_->read(
        storage::Database::Cost::point,
        [&](storage::Transaction& tx) -> result<void> {
          auto scoped = tx.tenant(storage::TenantScope(tenant_));
          outcome.emplace(work(scoped));
          return {};
        },
        [&](result<void> done) { must(std::move(done)); });
    return must(std::move(*outcome));
  }

  void run(const storage::TenantStatement& statement, storage::Parameters parameters) {
    must(db_->write_now([&](storage::Transaction& tx) {
      return tx.tenant(storage::TenantScope(tenant_)).run(statement, parameters);
    }));
  }

  void fill(std::int64_t count) {
    const auto begin = Steady::now();
    for (std::int64_t first = 0; first < count; first += kFillStep) {
      run(sql::fill_clients, {{"first", first},
                              {"last", std::min(first + kFillStep, count) - 1},
                              {"today", today_},
                              {"epoch", Instant{1'600'000'000'000'000}},
                              {"line", "\n"}});
    }
    run(sql::fill_subscriptions, {});
    run(sql::fill_tags, {});
    run(sql::fill_client_tags, {});
    run(sql::fill_facets, {});
    must(db_->write_now([](storage::Transaction& tx) { return tx.run(sql::fill_search, {}); }));
    std::printf("%lld clients made in %.1f s\n", static_cast<long long>(count),
                std::chrono::duration<double>(Steady::now() - begin).count());
  }

  std::unique_ptr<storage::Database> db_;
  TenantId tenant_;
  Date today_;
};

int run(const std::filesystem::path& folder, std::int64_t count) {
  const char* other = std::getenv("RENOVA_BENCH_DATABASE");
  const auto url = [&](const char* name) {
    return other ? std::string(other) : "sqlite:" + (folder / name).string();
  };
  Book small(url("small.db"), std::min<std::int64_t>(10'000, count));
  Book large(url("large.db"), count);
  constexpr std::pair<ClientSort, const char*> kSorts[] = {{ClientSort::name, "name"},
                                                           {ClientSort::expires_on, "expires_on"},
                                                           {ClientSort::created_at, "created_at"},
                                                           {ClientSort::price, "price"}};
  std::printf("%-32s %-12s %10s %10s %10s %8s\n", "filter", "sort", "10k p99", "p50", "p99 ms", "ratio");
  double worst = 0;
  for (const Question& question : questions(large.today())) {
    for (const auto& [sort, name] : kSorts) {
      for (bool descending : {false, true}) {
        const Cost few = small.measure(question.filter, sort, descending);
        const Cost many = large.measure(question.filter, sort, descending);
        worst = std::max(worst, many.p99);
        std::printf("%-32s %s%-11s %10.2f %10.2f %10.2f %8.1f\n", question.name.c_str(),
                    descending ? "-" : " ", name, few.p99, many.p50, many.p99, many.p50 / few.p50);
      }
    }
  }
  std::printf("worst p99 of a page of %d: %.2f ms\n", kPageSize, worst);
  return 0;
}

} // namespace
} // namespace renova::bench

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  const bool named = argc > 1; // a named folder is kept, and used again
  const fs::path folder = named ? fs::path(argv[1]) : fs::temp_directory_path() / "renova-list-bench";
  const std::int64_t count = argc > 2 ? std::atoll(argv[2]) : 1'000'000;
  if (!named) fs::remove_all(folder);
  fs::create_directories(folder);
  const int code = renova::bench::run(folder, count);
  if (!named) fs::remove_all(folder);
  return code;
}

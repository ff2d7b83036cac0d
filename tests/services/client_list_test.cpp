// The list of clients against an oracle: every filter, sort order and search over random clients, page by
// page.
#include "base/text.hpp"
#include "domain/locale.hpp"
#include "services/clients.hpp"
#include "services/onboarding.hpp"
#include "storage/tag_store.hpp"
#include "tests/support/test_database.hpp"

#include <algorithm>
#include <random>

namespace renova::services {
namespace {

using storage::ClientFilter;
using storage::ClientSort;

const Instant kNow = *parse_instant("2026-11-23T12:00:00Z");
constexpr int kClients = 160;
constexpr int kWindow = 3;

struct Known {
  storage::ClientRow row;
  std::vector<std::string> tags;
  std::vector<storage::SubscriptionRow> subscriptions;
};

class ClientList : public testing::TestWithParam<storage::Engine> {
 protected:
  ClientList() {
    tenant_ = test::must(db_->write_now([&](storage::Transaction& tx) {
      return onboarding::new_tenant(tx, "Loja da Ana", domain::Locale::pt_br, kNow);
    }));
    other_ = test::must(db_->write_now([&](storage::Transaction& tx) {
      return onboarding::new_tenant(tx, "Outra Loja", domain::Locale::pt_br, kNow);
    }));
    today_ = test::must(db_->read_now([&](storage::Transaction& tx) {
               return terms_at(tx_for(tx, tenant_), kNow);
             })).today;
  }

  static storage::TenantTransaction& tx_for(storage::Transaction& tx, TenantId tenant) {
    static thread_local std::optional<storage::TenantTransaction> held;
    return held.emplace(tx.tenant(storage::TenantScope(tenant)));
  }

  void fill() {
    test::must(db_->write_now([&](storage::Transaction& tx) -> result<void> {
      known_.clear();
      random_.seed(7);
      for (int i = 0; i < kClients; ++i) {
        Known made = invent(i);
        TRY_DO(store(tx_for(tx, tenant_), made));
        known_.push_back(std::move(made));
        TRY_DO(store(tx_for(tx, other_), invent(1000 + i)));
      }
      return {};
    }));
  }

  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  storage::SubscriptionRow invent_subscription(ClientId client) {
    static constexpr const char* kTypes[] = {"IPTV", "VPN", "OTHER"};
    storage::SubscriptionRow row;
    row.id = SubscriptionId::make(kNow);
    row.client_id = client;
    row.plan_type = kTypes[below(3)];
    row.price_amount = 1000 * (1 + below(5));
    row.price_currency = "BRL";
    row.expires_on = today_ + (below(24) - 10);
    row.anchor_day = static_cast<int>(row.expires_on.day());
    if (below(4) == 0) row.prepaid_until = row.expires_on + (below(3) - 1);
    if (below(4) == 0) {
      row.owed_amount = 500;
      if (below(4) != 0) row.owed_on = today_ + (below(7) - 3);
    }
    row.created_at = row.updated_at = kNow;
    return row;
  }

  Known invent(int number) {
    static constexpr const char* kFirst[] = {"José", "Ana", "Márcia", "joão", "Ângela", "Zé", "Bia"};
    static constexpr const char* kLast[] = {"da Silva", "Souza", "Conceição", "D'Ávila"};
    static constexpr const char* kTags[] = {"VIP", "família", "novo"};
    Known made;
    made.row.id = ClientId::make(kNow);
    made.row.name = std::string(kFirst[below(7)]) + " " + kLast[below(4)];
    made.row.phone = "55119" + std::to_string(10'000'000 + number * 7919);
    made.row.created_at = made.row.updated_at = kNow + std::chrono::seconds(below(20));
    if (below(5) == 0) made.row.archived_at = kNow;
    for (const char* tag : kTags) {
      if (below(3) == 0) made.tags.push_back(tag);
    }
    made.row.tags = tags_to_json(made.tags);
    for (int n = below(4); n > 0; --n) made.subscriptions.push_back(invent_subscription(made.row.id));
    return made;
  }

  static result<void> store(storage::TenantTransaction& tx, const Known& made) {
    TRY_DO(storage::insert_client(tx, made.row, made.tags));
    TRY_DO(storage::set_client_tags(tx, made.row.id, made.tags, kNow));
    for (const auto& each : made.subscriptions) TRY_DO(storage::insert_subscription(tx, each));
    if (made.row.archived_at) TRY_DO(storage::update_client(tx, made.row, made.tags, kNow));
    return storage::summarise_client(tx, made.row.id, kNow);
  }

  // The oracle.
  static domain::PaymentStatus worst(const Known& client, Date today) {
    auto worst = domain::PaymentStatus::paid;
    for (const auto& each : client.subscriptions) {
      worst = std::max(worst, domain::payment_status(account_of(each), today, kWindow));
    }
    return worst;
  }

  static std::int64_t earliest(const Known& client) {
    std::int64_t day = storage::kNoDay;
    for (const auto& each : client.subscriptions) day = std::min<std::int64_t>(day, each.expires_on.days);
    return day;
  }

  bool matches(const Known& client, const clients::ListFilter& filter) const {
    using Which = ClientFilter::Which;
    const bool archived = client.row.archived_at.has_value();
    if (filter.which != Which::both && archived != (filter.which == Which::archived)) return false;
    const bool has_days = !client.subscriptions.empty();
    if ((filter.standing || filter.payment_status || filter.due_from || filter.due_to) && !has_days)
      return false;
    const Date due{static_cast<std::int32_t>(has_days ? earliest(client) : 0)};
    if (filter.standing && domain::standing(due, today_, 3) != *filter.standing) return false;
    if (filter.payment_status && worst(client, today_) != *filter.payment_status) return false;
    if (filter.due_from && due < *filter.due_from) return false;
    if (filter.due_to && due > *filter.due_to) return false;
    if (filter.plan_type && std::none_of(client.subscriptions.begin(), client.subscriptions.end(),
                                         [&](const auto& s) { return s.plan_type == *filter.plan_type; }))
      return false;
    if (filter.tag && std::none_of(client.tags.begin(), client.tags.end(),
                                   [&](const auto& t) { return fold(t) == fold(*filter.tag); }))
      return false;
    return filter.q.empty() || found_by(client, filter.q);
  }

  static bool found_by(const Known& client, const std::string& q) {
    const std::string wanted = fold(q);
    const std::string digits = digits_of(q);
    const bool is_phone = q.find_first_not_of("0123456789+-(). ") == std::string::npos;
    if (is_phone && digits.size() >= 3) return client.row.phone->find(digits) != std::string::npos;
    if (count_code_points(wanted) < 3) return fold(client.row.name).starts_with(wanted);
    if (fold(client.row.name).find(wanted) != std::string::npos) return true;
    return std::any_of(client.tags.begin(), client.tags.end(),
                       [&](const auto& tag) { return fold(tag).find(wanted) != std::string::npos; });
  }

  static storage::SortKey key_of(const Known& client, ClientSort sort) {
    if (sort == ClientSort::name) return fold(client.row.name);
    if (sort == ClientSort::created_at) return client.row.created_at.us;
    if (sort == ClientSort::expires_on) return earliest(client);
    std::int64_t price = 0;
    for (const auto& each : client.subscriptions) price += each.price_amount;
    return price;
  }

  std::vector<ClientId> expected(const clients::ListFilter& filter, ClientSort sort, bool descending) const {
    std::vector<std::pair<storage::SortKey, ClientId>> found;
    for (const Known& client : known_) {
      if (matches(client, filter)) found.emplace_back(key_of(client, sort), client.row.id);
    }
    std::sort(found.begin(), found.end());
    if (descending) std::reverse(found.begin(), found.end());
    std::vector<ClientId> ids;
    for (const auto& each : found) ids.push_back(each.second);
    return ids;
  }

  std::vector<ClientId> listed(const clients::ListFilter& filter, ClientSort sort, bool descending,
                               int limit) {
    storage::ClientListQuery query;
    query.sort = sort;
    query.descending = descending;
    query.limit = limit;
    std::vector<ClientId> ids;
    while (true) {
      auto page = test::must(db_->read_now(
          [&](storage::Transaction& tx) { return clients::list(tx_for(tx, tenant_), filter, query, kNow); }));
      for (const auto& each : page) ids.push_back(each.client.id);
      if (static_cast<int>(page.size()) < limit || ids.size() > 10'000) return ids;
      query.after = {page.back().key, page.back().client.id};
    }
  }

  void check(const clients::ListFilter& filter, const std::string& label) {
    for (ClientSort sort :
         {ClientSort::name, ClientSort::expires_on, ClientSort::created_at, ClientSort::price}) {
      for (bool descending : {false, true}) {
        ASSERT_EQ(listed(filter, sort, descending, 13), expected(filter, sort, descending))
            << label << ", sort " << static_cast<int>(sort) << (descending ? " desc" : " asc");
      }
    }
    auto total = test::must(db_->read_now(
        [&](storage::Transaction& tx) { return clients::count(tx_for(tx, tenant_), filter, kNow); }));
    EXPECT_EQ(total, static_cast<std::int64_t>(expected(filter, ClientSort::name, false).size())) << label;
  }

  test::TestDatabase db_{GetParam()};
  TenantId tenant_, other_;
  Date today_;
  std::mt19937 random_{7};
  std::vector<Known> known_;
};
INSTANTIATE_TEST_SUITE_P(Engines, ClientList, test::kBothEngines, test::engine_name);

TEST_P(ClientList, AgreesWithTheOracleForSingleFilters) {
  fill();
  check({}, "no filter");
  using Which = ClientFilter::Which;
  check({.which = Which::archived}, "archived");
  check({.which = Which::both}, "all");
  for (auto standing : {domain::Standing::active, domain::Standing::expiring, domain::Standing::expired}) {
    check({.standing = standing}, "standing " + std::string(to_text(standing)));
  }
  for (auto status :
       {domain::PaymentStatus::paid, domain::PaymentStatus::pending, domain::PaymentStatus::overdue}) {
    check({.payment_status = status}, "status " + std::string(to_text(status)));
    check({.payment_status = status, .which = Which::both},
          "all with status " + std::string(to_text(status)));
  }
  check({.plan_type = "VPN"}, "plan type");
  check({.plan_type = "NONE"}, "a plan type that nobody has");
  check({.tag = "vip"}, "tag in another case");
  check({.due_from = today_, .due_to = today_ + 5}, "due range");
  check({.due_from = today_ + 5, .due_to = today_}, "empty due range");
}

TEST_P(ClientList, AgreesWithTheOracleForSearches) {
  fill();
  for (const char* q : {"jose", "JOSÉ", "conceicao", "a", "an", "silva", "D'Áv", "zé", "vip", "familia",
                        "55119", "(11) 9", "+55 11 9100", "12673", "%", "\"", "nobody at all", "ia s"}) {
    check({.q = q}, std::string("q ") + q);
  }
}

TEST_P(ClientList, AgreesWithTheOracleForCombinations) {
  fill();
  std::mt19937 dice(11);
  const auto pick = [&](int bound) { return static_cast<int>(dice() % static_cast<unsigned>(bound)); };
  for (int i = 0; i < 60; ++i) {
    clients::ListFilter filter;
    if (pick(2)) filter.standing = static_cast<domain::Standing>(pick(3));
    if (pick(2)) filter.payment_status = static_cast<domain::PaymentStatus>(pick(3));
    if (pick(3) == 0) filter.plan_type = pick(2) ? "IPTV" : "VPN";
    if (pick(3) == 0) filter.tag = pick(2) ? "VIP" : "familia";
    if (pick(3) == 0) filter.due_from = today_ + (pick(10) - 5);
    if (pick(3) == 0) filter.due_to = today_ + (pick(10) - 2);
    if (pick(3) == 0) filter.q = pick(2) ? "silva" : "an";
    filter.which = static_cast<ClientFilter::Which>(pick(3));
    check(filter, "combination " + std::to_string(i));
  }
}

TEST_P(ClientList, EmbedsEachClientsOwnSubscriptions) {
  fill();
  storage::ClientListQuery query;
  query.limit = 100;
  auto page = test::must(db_->read_now(
      [&](storage::Transaction& tx) { return clients::list(tx_for(tx, tenant_), {}, query, kNow); }));
  for (const auto& item : page) {
    auto known = std::find_if(known_.begin(), known_.end(),
                              [&](const Known& each) { return each.row.id == item.client.id; });
    ASSERT_NE(known, known_.end());
    EXPECT_EQ(item.client.subscriptions.size(), known->subscriptions.size());
    EXPECT_EQ(item.client.tags, known->tags);
  }
}

} // namespace
} // namespace renova::services

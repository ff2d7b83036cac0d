// A tenant and a clock for tests of the client services, on either engine.
#pragma once

#include "domain/locale.hpp"
#include "services/clients.hpp"
#include "services/onboarding.hpp"
#include "services/renewals.hpp"
#include "services/subscriptions.hpp"
#include "storage/message_store.hpp"
#include "tests/support/test_database.hpp"

namespace renova::services {

class ClientTest : public testing::TestWithParam<storage::Engine> {
 protected:
  ClientTest() { tenant = new_tenant("Loja da Ana"); }

  TenantId new_tenant(std::string_view name) {
    return test::must(db->write_now([&](storage::Transaction& tx) {
      return onboarding::new_tenant(tx, name, domain::Locale::pt_br, now);
    }));
  }

  // Runs `work` in a transaction of the tenant. F: result<T>(TenantTransaction&).
  template <class F>
  std::invoke_result_t<F, storage::TenantTransaction&> in(F work) {
    return db->write_now([&](storage::Transaction& tx) {
      auto scoped = tx.tenant(storage::TenantScope(tenant));
      return work(scoped);
    });
  }

  static NewClient person(std::string name, std::string phone) {
    NewClient input;
    input.name = std::move(name);
    input.phone = std::move(phone);
    return input;
  }
  static SubscriptionInput monthly(std::string_view date, std::int64_t amount = 5000) {
    SubscriptionInput input;
    input.plan_type = "IPTV";
    input.price = PriceInput{amount, "BRL", {}};
    input.expires_on = *parse_date(date);
    return input;
  }
  static renewals::Request by_months(int months) {
    renewals::Request request;
    request.months = months;
    return request;
  }

  result<Client> create(const NewClient& input) {
    return in([&](storage::TenantTransaction& tx) { return clients::create(tx, actor, input, now); });
  }
  Client with_subscription(std::string phone, std::string_view date) {
    NewClient input = person("Maria da Silva", std::move(phone));
    input.subscription = monthly(date);
    return test::must(create(input));
  }
  Client get(ClientId id) {
    return test::must(in([&](storage::TenantTransaction& tx) { return clients::get(tx, id, now); }));
  }
  result<renewals::Renewed> renew(SubscriptionId id, const renewals::Request& request,
                                  std::optional<std::int64_t> version = {}) {
    return in([&](storage::TenantTransaction& tx) {
      return renewals::renew(tx, actor, id, request, version, now);
    });
  }

  test::TestDatabase db{GetParam()};
  Instant now = *parse_instant("2026-11-23T12:00:00Z");
  Actor actor{Actor::Kind::user, {}, "owner@example.com", {}, {}};
  TenantId tenant;
};

} // namespace renova::services

// What the scenarios of templates, rules and channels share.
#pragma once

#include "api/channels_api.hpp"
#include "api/messages_api.hpp"
#include "api/queue_api.hpp"
#include "api/rules_api.hpp"
#include "api/templates_api.hpp"
#include "services/clients.hpp"
#include "tests/support/api_harness.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace renova {

using services::Role;
using test::ApiHarness;
using test::ApiResponse;
using test::expect_problem;
using test::expect_status;

inline ApiHarness::Options catalogue() {
  ApiHarness::Options options;
  options.routes = [](ApiHarness& api) -> std::vector<ApiHarness::RouteAdder> {
    api::ChannelDependencies channels{*api.secrets, true, "https://renova.example", {}};
    return {[](api::RouteTable& routes) { api::add_template_routes(routes); },
            [](api::RouteTable& routes) { api::add_rule_routes(routes, {}); },
            [channels](api::RouteTable& routes) { api::add_channel_routes(routes, channels); },
            [](api::RouteTable& routes) { api::add_message_routes(routes); },
            [](api::RouteTable& routes) { api::add_queue_routes(routes); }};
  };
  return options;
}

class CatalogueScenario : public testing::TestWithParam<storage::Engine> {
 protected:
  struct Case {
    std::string body;
    std::string pointer;
    int status = 422;
    std::string code = "validation_failed";
  };

  // Each body is refused, and the list afterwards is what it was before.
  void expect_refused(const std::string& method, const std::string& path, const std::string& list,
                      const std::vector<Case>& cases) {
    std::string before = api.get(list).body;
    for (const Case& each : cases) {
      SCOPED_TRACE(each.body);
      expect_problem(api.call(method, path, each.body), each.status, each.code, each.pointer);
    }
    EXPECT_EQ(api.get(list).body, before);
  }

  std::string make(const std::string& path, const std::string& body) {
    ApiResponse made = api.post(path, body);
    expect_status(made, 201);
    EXPECT_EQ(made.header("location"), path + "/" + made.text("id"));
    return made.text("id");
  }

  services::Client make_client(const std::string& name, const std::string& phone) {
    services::NewClient input;
    input.name = name;
    input.phone = phone;
    input.subscription.emplace();
    input.subscription->plan_type = "VPN";
    input.subscription->price = services::PriceInput{123'450, "BRL", {}};
    input.subscription->expires_on = Date::of(2026, 12, 31);
    return test::must(api.database->write_now([&](storage::Transaction& tx) {
      storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(api.tenant));
      return services::clients::create(scoped, services::Actor::system(), input, api.clock.now());
    }));
  }

  // As another role, or as another tenant's owner.
  test::ApiHeaders as(std::string authorization) { return {{"Authorization", std::move(authorization)}}; }

  ApiHarness api{GetParam(), catalogue()};
};

inline constexpr const char* kTemplate =
    R"({"name":"Lembrete","kind":"reminder","plan_type":null,"locale":"pt-BR","body":"Olá {nome}, {valor}.",)"
    R"("variants":["Oi {nome}"],"cloud_template":{"name":"vencimento","language":"pt_BR","parameters":["nome","valor"]}})";

} // namespace renova

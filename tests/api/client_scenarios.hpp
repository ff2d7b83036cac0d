// What the scenarios of clients share.
#pragma once

#include "api/clients_api.hpp"
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

inline ApiHarness::Options with_clients() {
  ApiHarness::Options options;
  options.routes = [](ApiHarness& api) -> std::vector<ApiHarness::RouteAdder> {
    return {[&api](api::RouteTable& routes) { api::add_client_routes(routes, *api.database); }};
  };
  return options;
}

inline constexpr const char* kMaria =
    R"({"name":"Maria da Silva","phone":"(11) 98765-4321","tags":["vip"],"custom":{"mac":"00:11"},"notes":"ligou",
        "subscription":{"plan_type":"iptv","price":"50.00","expires_on":"2026-12-31"}})";

class ClientScenario : public testing::TestWithParam<storage::Engine> {
 protected:
  struct Case {
    std::string body;
    std::string pointer;
    int status = 422;
    std::string code = "validation_failed";
  };

  // Each body is refused, and what `watched` shows afterwards is what it showed before.
  void expect_refused(const std::string& method, const std::string& path, const std::string& watched,
                      const std::vector<Case>& cases) {
    const std::string before = api.get(watched).body;
    for (const Case& each : cases) {
      SCOPED_TRACE(each.body.substr(0, 200));
      expect_problem(api.call(method, path, each.body), each.status, each.code, each.pointer);
    }
    EXPECT_EQ(api.get(watched).body, before);
  }

  ApiResponse maria() {
    ApiResponse made = api.post("/api/v1/clients", kMaria);
    expect_status(made, 201);
    return made;
  }

  std::string make(const std::string& name, const std::string& phone, const std::string& rest = "") {
    ApiResponse made =
        api.post("/api/v1/clients", R"({"name":")" + name + R"(","phone":")" + phone + "\"" + rest + "}");
    expect_status(made, 201);
    return made.text("id");
  }

  std::vector<std::string> names(const std::string& query) {
    ApiResponse page = api.get("/api/v1/clients" + query);
    expect_status(page, 200);
    std::vector<std::string> out;
    const boost::json::value body = page.json();
    for (const auto& each : body.at("data").as_array()) out.emplace_back(each.at("name").as_string());
    return out;
  }

  ApiHarness api{GetParam(), with_clients()};
};

} // namespace renova

// Messages and the queue over a real socket, bad input first.
#include "api/channels_api.hpp"
#include "api/messages_api.hpp"
#include "api/queue_api.hpp"
#include "api/templates_api.hpp"
#include "services/clients.hpp"
#include "storage/message_store.hpp"
#include "tests/support/api_harness.hpp"

#include <gtest/gtest.h>

#include <set>

namespace renova {
namespace {

using domain::MessageState;
using services::Role;
using test::ApiHarness;
using test::ApiResponse;
using test::expect_problem;
using test::expect_status;

ApiHarness::Options with_messages(std::function<void(api::Options&)> adjust = {}) {
  ApiHarness::Options options;
  options.adjust = std::move(adjust);
  options.routes = [](ApiHarness& api) -> std::vector<ApiHarness::RouteAdder> {
    api::ChannelDependencies channels{*api.secrets, true, {}, {}};
    return {[](api::RouteTable& routes) { api::add_template_routes(routes); },
            [channels](api::RouteTable& routes) { api::add_channel_routes(routes, channels); },
            [](api::RouteTable& routes) { api::add_message_routes(routes); },
            [](api::RouteTable& routes) { api::add_queue_routes(routes); }};
  };
  return options;
}

// Remembers the types of the live events of one tenant.
class Listener : public messaging::LiveHub::Sink {
 public:
  void event(const std::shared_ptr<const std::string>& json) override {
    std::lock_guard lock(mutex_);
    boost::json::value value = boost::json::parse(*json);
    types_.emplace_back(value.at("type").as_string());
  }
  int count(std::string_view type) const {
    std::lock_guard lock(mutex_);
    return static_cast<int>(std::count(types_.begin(), types_.end(), type));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> types_;
};

class MessageScenario : public testing::TestWithParam<storage::Engine> {
 protected:
  explicit MessageScenario(std::function<void(api::Options&)> adjust = {})
      : api(GetParam(), with_messages(std::move(adjust))) {
    channel = api.post("/api/v1/channels", R"({"name":"c","type":"simulator"})").text("id");
    client = make_client("Ana Aurora", "+55 11 90000-0001");
  }

  template <class F>
  auto in_tenant(F work) {
    return test::must(api.database->write_now([&](storage::Transaction& tx) {
      storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(api.tenant));
      return work(scoped);
    }));
  }

  services::Client make_client(const std::string& name, const std::string& phone) {
    services::NewClient input;
    input.name = name;
    input.phone = phone;
    input.subscription.emplace();
    input.subscription->plan_type = "IPTV";
    input.subscription->price = services::PriceInput{3500, "BRL", {}};
    input.subscription->expires_on = Date::of(2026, 12, 31);
    return in_tenant([&](storage::TenantTransaction& tx) {
      return services::clients::create(tx, services::Actor::system(), input, api.clock.now());
    });
  }

  std::string send(const services::Client& to, const std::string& body = R"({"body":"Olá"})") {
    ApiResponse sent = api.post("/api/v1/clients/" + to.id.str() + "/messages", body);
    expect_status(sent, 202);
    return sent.text("id");
  }

  // As if the sender had done it.
  void put_into(const std::string& message, MessageState state, domain::MessageReason reason) {
    in_tenant([&](storage::TenantTransaction& tx) -> result<bool> {
      TRY(auto row, storage::message_store::get(tx, *MessageId::parse(message)));
      return storage::message_store::move(tx, *row, {state, reason, {}, {}}, api.clock.now());
    });
  }

  std::int64_t messages() { return api.get("/api/v1/messages?with_total=true").number("total"); }
  std::string path() const { return "/api/v1/clients/" + client.id.str() + "/messages"; }

  ApiHarness api;
  std::string channel;
  services::Client client;
};

class MessagesApi : public MessageScenario {};
INSTANTIATE_TEST_SUITE_P(Engines, MessagesApi, test::kBothEngines, test::engine_name);

TEST_P(MessagesApi, RefuseWhatIsWrongAndQueueNothing) {
  services::Client other = make_client("Bruno Bonfim", "+55 11 90000-0002");
  std::string foreign_subscription = other.subscriptions[0].id.str();
  std::string nowhere = ClientId::make(api.clock.now()).str();
  struct Case {
    std::string body;
    std::string pointer;
    int status = 422;
    std::string code = "validation_failed";
  };
  const std::vector<Case> cases{
      {"", "", 415, "unsupported_media_type"},
      {"{}", "/body"},
      {R"({"body":"a","template_id":")" + nowhere + "\"}", "/body"},
      {R"({"body":"   "})", "/body"},
      {R"({"body":")" + std::string(4097, 'x') + "\"}", "/body"},
      {R"({"template_id":")" + nowhere + "\"}", "/template_id"},
      {R"({"body":"a","channel_id":")" + nowhere + "\"}", "/channel_id"},
      {R"({"body":"a","subscription_id":")" + nowhere + "\"}", "/subscription_id"},
      {R"({"body":"a","subscription_id":")" + foreign_subscription + "\"}", "/subscription_id"},
      {R"({"body":"a","not_before":"tomorrow"})", "/not_before"},
      {R"({"body":"a","not_before":"2029-01-01T00:00:00Z"})", "/not_before"},
      {R"({"body":"a","priority":-1})", "/priority"},
      {R"({"body":"a","priority":10})", "/priority"},
      {R"({"body":"a","priority":1.5})", "/priority"},
      {R"({"body":"a","urgent":true})", "/urgent"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.body);
    expect_problem(api.post(path(), each.body), each.status, each.code, each.pointer);
  }
  expect_problem(api.post("/api/v1/clients/" + nowhere + "/messages", R"({"body":"a"})"), 404, "not_found");
  expect_problem(api.post(path(), R"({"body":"a"})", {{"Authorization", api.foreign_owner()}}), 404,
                 "not_found");
  expect_problem(api.post(path(), R"({"body":"a"})", {{"Authorization", api.token_of(Role::viewer)}}), 403,
                 "forbidden");
  EXPECT_EQ(messages(), 0);
}

TEST_P(MessagesApi, RespectWhoWantsNone) {
  in_tenant([&](storage::TenantTransaction& tx) {
    services::ClientPatch patch;
    patch.opt_out = true;
    return services::clients::update(tx, services::Actor::system(), client.id, patch, std::nullopt,
                                     api.clock.now());
  });
  expect_problem(api.post(path(), R"({"body":"a"})"), 409, "conflict");
  EXPECT_EQ(messages(), 0);
}

TEST_P(MessagesApi, HaveTheShapeOfTheContract) {
  ApiResponse sent = api.post(path(), R"({"body":"Olá <b>Ana</b>","priority":3})");
  expect_status(sent, 202);
  std::set<std::string> members;
  boost::json::value json = sent.json();
  for (const auto& member : json.as_object()) members.emplace(member.key());
  EXPECT_EQ(
      members,
      (std::set<std::string>{
          "id",         "client_id",  "subscription_id", "rule_id",      "kind",    "channel_id", "to",
          "body",       "state",      "reason",          "priority",     "due_on",  "not_before", "attempts",
          "gateway_id", "created_at", "sent_at",         "delivered_at", "read_at", "failed_at"}));
  EXPECT_EQ(sent.text("to"), "5511900000001");
  EXPECT_EQ(sent.text("body"), "Olá Ana");
  EXPECT_EQ(sent.text("kind"), "manual");
  EXPECT_EQ(sent.text("state"), "queued");
  EXPECT_EQ(sent.text("channel_id"), channel);
  EXPECT_EQ(sent.number("priority"), 3);
  ApiResponse found = api.get("/api/v1/messages/" + sent.text("id"));
  expect_status(found, 200);
  EXPECT_EQ(found.text("events.0.to"), "queued");
  EXPECT_TRUE(found.json().at("events").at(0).at("from").is_null());
  expect_problem(api.get("/api/v1/messages/" + sent.text("id"), {{"Authorization", api.foreign_owner()}}),
                 404, "not_found");
}

TEST_P(MessagesApi, ByTemplateAreRenderedLater) {
  std::string made =
      api.post("/api/v1/templates", R"({"name":"t","kind":"promo","body":"Olá {nome}"})").text("id");
  ApiResponse sent =
      api.post(path(), R"({"template_id":")" + made + R"(","not_before":"2026-11-24T15:00:00Z"})");
  expect_status(sent, 202);
  EXPECT_TRUE(sent.json().at("body").is_null());
  EXPECT_EQ(sent.text("kind"), "promo");
  EXPECT_EQ(sent.text("state"), "planned");
  EXPECT_EQ(sent.text("not_before"), "2026-11-24T15:00:00.000000Z");
  EXPECT_EQ(sent.text("subscription_id"), client.subscriptions[0].id.str());
  expect_problem(api.del("/api/v1/templates/" + made), 409, "conflict"); // it waits for it
}

TEST_P(MessagesApi, ListByStatesClientKindChannelAndTime) {
  services::Client other = make_client("Bruno Bonfim", "+55 11 90000-0002");
  std::string first = send(client);
  api.clock.advance(std::chrono::hours(24));
  api.token = api.sign_in(test::kOwnerEmail, test::kOwnerPassword); // the first one has run out
  std::string second = send(other);
  std::string third = send(client, R"({"body":"b","not_before":"2026-11-30T15:00:00Z"})");
  put_into(second, MessageState::unknown, domain::MessageReason::answer_lost);

  auto ids = [&](const std::string& query) {
    std::vector<std::string> out;
    boost::json::value json = api.get("/api/v1/messages?" + query).json();
    for (const auto& item : json.at("data").as_array()) out.emplace_back(item.at("id").as_string());
    return out;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids("").size(), 3U);
  EXPECT_EQ(ids("state=queued"), Ids{first});
  EXPECT_EQ(ids("state=unknown,queued"), (Ids{second, first})); // newest first
  EXPECT_EQ(ids("state=unknown,queued&sort=created_at"), (Ids{first, second}));
  EXPECT_EQ(ids("state=planned"), Ids{third});
  EXPECT_EQ(ids("state=read"), Ids{});
  EXPECT_EQ(ids("client=" + other.id.str()), Ids{second});
  EXPECT_EQ(ids("kind=promo"), Ids{});
  EXPECT_EQ(ids("channel=" + channel).size(), 3U);
  EXPECT_EQ(ids("channel=" + ChannelId::make(api.clock.now()).str()), Ids{});
  EXPECT_EQ(ids("to=2026-11-23"), Ids{first}); // the tenant's day, included
  EXPECT_EQ(ids("from=2026-11-24").size(), 2U);
  EXPECT_EQ(ids("to=2026-11-23T12:00:00Z"), Ids{}); // an instant is not
  EXPECT_EQ(ids("from=2026-11-23T12:00:00Z").size(), 3U);
  EXPECT_EQ(api.get("/api/v1/messages?state=unknown,queued&with_total=true").number("total"), 2);

  for (const char* wrong :
       {"state=sent2", "state=queued,", "kind=x", "from=yesterday", "client=1", "sort=to"}) {
    EXPECT_EQ(api.get(std::string("/api/v1/messages?") + wrong).status, 422) << wrong;
  }
}

TEST_P(MessagesApi, PagesOverSeveralStatesMeetEveryMessageOnce) {
  std::set<std::string> made;
  for (int i = 0; i < 7; ++i) {
    std::string id = send(client);
    made.insert(id);
    if (i % 2 == 0) put_into(id, MessageState::unknown, domain::MessageReason::answer_lost);
  }
  std::set<std::string> seen;
  std::string next;
  std::size_t rows = 0;
  do {
    ApiResponse page =
        api.get("/api/v1/messages?state=queued,unknown&limit=2" + (next.empty() ? "" : "&cursor=" + next));
    ASSERT_EQ(page.status, 200);
    boost::json::value json = page.json();
    for (const auto& item : json.at("data").as_array()) {
      seen.emplace(item.at("id").as_string());
      ++rows;
    }
    next = json.at("next_cursor").is_null() ? "" : page.text("next_cursor");
  } while (!next.empty() && rows < 20);
  EXPECT_EQ(seen, made);
  EXPECT_EQ(rows, made.size());
}

TEST_P(MessagesApi, ObeyTheOwnerOnlyInTheRightState) {
  std::string id = send(client);
  std::string message = "/api/v1/messages/" + id;
  expect_problem(api.post(message + "/retry"), 409, "conflict");
  expect_problem(api.post(message + "/resolve", R"({"as":"sent"})"), 409, "conflict");
  expect_problem(api.post(message + "/resolve", R"({"as":"maybe"})"), 422, "validation_failed", "/as");
  expect_problem(api.post(message + "/resolve", "{}"), 422, "validation_failed", "/as");
  expect_problem(api.post(message + "/cancel", R"({"why":"x"})"), 422, "validation_failed", "/why");
  test::ApiHeaders foreign{{"Authorization", api.foreign_owner()}};
  expect_problem(api.post(message + "/cancel", "", foreign), 404, "not_found");
  EXPECT_EQ(api.get(message).text("state"), "queued");

  ApiResponse cancelled = api.post(message + "/cancel");
  expect_status(cancelled, 200);
  EXPECT_EQ(cancelled.text("state"), "cancelled");
  EXPECT_EQ(cancelled.text("reason"), "by_user");
  expect_problem(api.post(message + "/cancel"), 409, "conflict");

  for (auto [as, state] : {std::pair{"sent", "sent"}, {"resend", "queued"}, {"drop", "cancelled"}}) {
    SCOPED_TRACE(as);
    std::string lost = send(client);
    put_into(lost, MessageState::unknown, domain::MessageReason::answer_lost);
    ApiResponse resolved =
        api.post("/api/v1/messages/" + lost + "/resolve", std::string(R"({"as":")") + as + "\"}");
    expect_status(resolved, 200);
    EXPECT_EQ(api.get("/api/v1/messages/" + lost).text("state"), resolved.text("state"));
    EXPECT_EQ(resolved.text("state"), state);
  }

  std::string failed = send(client);
  put_into(failed, MessageState::failed, domain::MessageReason::attempts_exhausted);
  EXPECT_EQ(api.post("/api/v1/messages/" + failed + "/retry").text("state"), "queued");
}

TEST_P(MessagesApi, AnnounceWhatHappensAndNothingElse) {
  auto listener = std::make_shared<Listener>();
  ASSERT_TRUE(api.live->subscribe(api.tenant, listener, std::nullopt));
  expect_problem(api.post(path(), "{}"), 422, "validation_failed");
  expect_problem(api.patch("/api/v1/channels/" + channel, R"({"name":""})"), 422, "validation_failed");
  EXPECT_EQ(listener->count("message_queued") + listener->count("channel_updated"), 0);
  send(client);
  EXPECT_GE(listener->count("message_queued"), 1);
  api.patch("/api/v1/channels/" + channel, R"({"name":"new"})");
  EXPECT_GE(listener->count("channel_updated"), 1);
  api.post("/api/v1/queue/pause");
  EXPECT_GE(listener->count("queue_updated"), 1);
}

TEST_P(MessagesApi, SayWhy) {
  expect_problem(api.get("/api/v1/messages/why"), 422, "validation_failed", "subscription");
  expect_problem(api.get("/api/v1/messages/why?subscription=" + SubscriptionId::make(api.clock.now()).str()),
                 404, "not_found");
  std::string subscription = client.subscriptions[0].id.str();
  expect_problem(api.get("/api/v1/messages/why?subscription=" + subscription + "&date=x"), 422,
                 "validation_failed", "date");
  ApiResponse why = api.get("/api/v1/messages/why?subscription=" + subscription + "&date=2026-12-28");
  expect_status(why, 200);
  EXPECT_EQ(why.text("due_on"), "2026-12-31");
  EXPECT_EQ(why.text("data.0.verdict"), "not_due") << why; // its time has not come
  expect_problem(
      api.get("/api/v1/messages/why?subscription=" + subscription, {{"Authorization", api.foreign_owner()}}),
      404, "not_found");
}

class QueueApi : public MessageScenario {};
INSTANTIATE_TEST_SUITE_P(Engines, QueueApi, test::kBothEngines, test::engine_name);

TEST_P(QueueApi, CountsByStateAndChannel) {
  EXPECT_EQ(api.get("/api/v1/queue").number("states.queued"), 0);
  send(client);
  send(client, R"({"body":"b","not_before":"2026-11-30T15:00:00Z"})");
  std::string lost = send(client);
  put_into(lost, MessageState::unknown, domain::MessageReason::answer_lost);
  api.clock.advance(std::chrono::seconds(90));
  ApiResponse queue = api.get("/api/v1/queue");
  expect_status(queue, 200);
  EXPECT_EQ(queue.number("states.queued"), 1);
  EXPECT_EQ(queue.number("states.planned"), 1);
  EXPECT_EQ(queue.number("states.unknown"), 1);
  EXPECT_EQ(queue.text("channels.0.channel_id"), channel);
  EXPECT_EQ(queue.number("channels.0.states.queued"), 1);
  EXPECT_EQ(queue.number("oldest_age_s"), 90);
  EXPECT_EQ(api.get("/api/v1/queue", {{"Authorization", api.foreign_owner()}}).number("states.queued"), 0);
}

TEST_P(QueueApi, PausesAndResumes) {
  expect_problem(api.post("/api/v1/queue/pause", "", {{"Authorization", api.token_of(Role::viewer)}}), 403,
                 "forbidden");
  expect_problem(api.post("/api/v1/queue/pause", R"({"x":1})"), 422, "validation_failed", "/x");
  EXPECT_FALSE(api.get("/api/v1/queue").json().at("paused").as_bool());
  EXPECT_TRUE(api.post("/api/v1/queue/pause").json().at("paused").as_bool());
  EXPECT_TRUE(api.get("/api/v1/queue").json().at("paused").as_bool());
  EXPECT_FALSE(
      api.get("/api/v1/queue", {{"Authorization", api.foreign_owner()}}).json().at("paused").as_bool());
  EXPECT_FALSE(api.post("/api/v1/queue/resume").json().at("paused").as_bool());
}

class MessageLimits : public MessageScenario {
 protected:
  MessageLimits()
      : MessageScenario([](api::Options& options) {
          options.limits.messages = {5, std::chrono::minutes(1)};
        }) {}
};
INSTANTIATE_TEST_SUITE_P(Engines, MessageLimits, test::kBothEngines, test::engine_name);

TEST_P(MessageLimits, HoldForMessagesAndTestsTogether) {
  for (int i = 0; i < 4; ++i) send(client);
  expect_status(api.post("/api/v1/channels/" + channel + "/test", R"({"phone":"+5511900000009"})"), 202);
  ApiResponse refused = api.post(path(), R"({"body":"a"})");
  expect_problem(refused, 429, "rate_limited");
  EXPECT_FALSE(refused.header("retry-after").empty());
  expect_problem(api.post("/api/v1/channels/" + channel + "/test", R"({"phone":"+5511900000009"})"), 429,
                 "rate_limited");
  EXPECT_EQ(messages(), 5);
  api.clock.advance(std::chrono::seconds(61));
  send(client);
}

} // namespace
} // namespace renova

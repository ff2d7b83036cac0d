// Webhooks: stored first, understood later, in any order, any number of times (RELIABILITY.md §7, case 19).
#include "messaging/hooks.hpp"
#include "tests/messaging/fixture.hpp"

#include <algorithm>

namespace renova::test {
namespace {

using namespace std::chrono_literals;

class Receipts : public Flow {
 protected:
  MessageId sent() {
    auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
    world.start();
    EXPECT_TRUE(world.reaches(id, MessageState::accepted));
    return id;
  }
  std::string gateway_id(MessageId id) { return "wamid." + id.str() + ".1"; }
  ChannelId cloud_channel() {
    return world.write([&](storage::TenantTransaction& tx) -> result<ChannelId> {
      services::channels::NewChannel wanted;
      wanted.name = "Cloud";
      wanted.type = "cloud_api";
      wanted.config = {{"base_url", "https://graph.example"},
                       {"phone_number_id", "1065"},
                       {"access_token", "token"},
                       {"app_secret", "app_secret_example"},
                       {"verify_token", "hello"}};
      services::channels::Context context{world.secrets, {}};
      TRY(auto made,
          services::channels::create(tx, world.clock.now(), services::Actor::system(), context, wanted));
      return made.id;
    });
  }
  messaging::hooks::Dependencies hooks() {
    return {*world.db, world.clock, world.metrics, world.secrets, [this] {
              if (world.running) world.running->inbox_arrived();
            }};
  }
  result<void> post(ChannelId channel, std::string body, std::string signature) {
    std::promise<result<void>> answer;
    messaging::hooks::verify_and_store(hooks(), channel, std::move(body), std::move(signature),
                                       [&](result<void> done) { answer.set_value(std::move(done)); });
    return answer.get_future().get();
  }
  result<void> post_signed(ChannelId channel, const std::string& body) {
    return post(channel, body, "sha256=" + to_hex(hmac_sha256("app_secret_example", body)));
  }
  result<std::string> challenge(ChannelId channel, std::map<std::string, std::string> query) {
    std::promise<result<std::string>> answer;
    messaging::hooks::answer_challenge(
        hooks(), channel,
        [&](std::string_view name) -> std::optional<std::string> {
          auto found = query.find(std::string(name));
          if (found == query.end()) return std::nullopt;
          return found->second;
        },
        [&](result<std::string> done) { answer.set_value(std::move(done)); });
    return answer.get_future().get();
  }
  storage::ClientRow client_of(MessageId id) {
    auto client = world.message(id).client_id;
    return world.read([&](storage::TenantTransaction& tx) { return storage::get_client(tx, client); }).client;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Receipts, kBothEngines, engine_name);

TEST_P(Receipts, MoveAMessageForward) {
  auto id = sent();
  for (auto [status, state] : {std::pair("sent", MessageState::sent),
                               {"delivered", MessageState::delivered},
                               {"read", MessageState::read}}) {
    world.receipt(id, 1, status, gateway_id(id));
    ASSERT_TRUE(world.reaches(id, state)) << status;
  }
  auto row = world.message(id);
  EXPECT_TRUE(row.delivered_at && row.read_at);
  EXPECT_EQ(world.states(id),
            (std::vector<std::string>{"queued", "sending", "accepted", "sent", "delivered", "read"}));
}

TEST_P(Receipts, NeverMoveItBackAndCountOnlyOnce) {
  auto id = sent();
  world.receipt(id, 1, "read", gateway_id(id));
  ASSERT_TRUE(world.reaches(id, MessageState::read));
  for (int i = 0; i < 5; ++i) {
    for (auto status : {"read", "delivered", "sent", "failed"}) world.receipt(id, 1, status, gateway_id(id));
  }
  auto other = world.send(world.add_client("Bruno Lima", "11 96123-0002"));
  ASSERT_TRUE(world.reaches(other, MessageState::accepted));
  world.receipt(other, 1, "sent", gateway_id(other));
  ASSERT_TRUE(world.reaches(other, MessageState::sent)); // everything before it was processed
  EXPECT_EQ(world.message(id).state, MessageState::read);
  EXPECT_EQ(world.states(id), (std::vector<std::string>{"queued", "sending", "accepted", "read"}));
}

TEST_P(Receipts, FailAMessageWithItsReason) {
  auto id = sent();
  world.receipt(id, 1, "failed", gateway_id(id));
  ASSERT_TRUE(world.reaches(id, MessageState::failed));
  EXPECT_EQ(world.message(id).reason, "recipient_problem");
  EXPECT_EQ(world.message(id).detail, "131026: Message undeliverable");
  world.receipt(id, 1, "delivered", gateway_id(id)); // delivered after all
  ASSERT_TRUE(world.reaches(id, MessageState::delivered));
}

TEST_P(Receipts, ThatComeBeforeTheAnswerAreKept) {
  world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
  world.start();
  ASSERT_TRUE(eventually([&] { return world.gateway.held() == 1; }));
  world.receipt(id, 1, "delivered", gateway_id(id));
  ASSERT_TRUE(world.reaches(id, MessageState::delivered));
  world.gateway.answer_all();
  auto other = world.send(world.add_client("Bruno Lima", "11 96123-0002"));
  ASSERT_TRUE(eventually([&] { return world.gateway.held() == 1; }));
  world.gateway.answer_all();
  ASSERT_TRUE(world.reaches(other, MessageState::accepted));
  EXPECT_EQ(world.message(id).state, MessageState::delivered);
  EXPECT_EQ(world.message(id).gateway_id, gateway_id(id));
}

TEST_P(Receipts, WithoutOurKeyWaitForTheMessage) {
  world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
  world.start();
  ASSERT_TRUE(eventually([&] { return world.gateway.held() == 1; }));
  world.receipt(id, 0, "delivered", gateway_id(id)); // nothing says whose it is
  world.gateway.answer_all();
  // The receipt may be matched at once, or when it is looked at again.
  ASSERT_TRUE(eventually([&] { return world.message(id).state != MessageState::sending; }));
  world.move_to(kMorning + 10s);
  ASSERT_TRUE(world.reaches(id, MessageState::delivered));
}

TEST_P(Receipts, OfAnEarlierAttemptAreNotHidden) {
  world.gateway.respond_with([](const HandOver&) { return std::nullopt; });
  auto id = world.send(world.add_client("Ana Souza", "11 96123-4567"));
  world.start();
  ASSERT_TRUE(eventually([&] { return world.gateway.held() == 1; }));
  world.gateway.answer(answered(domain::Unknown{}));
  ASSERT_TRUE(world.reaches(id, MessageState::unknown));
  world.write([&](storage::TenantTransaction& tx) {
    return services::messages::resolve(tx, services::Actor::system(), id,
                                       services::messages::Resolution::resend, world.clock.now());
  });
  ASSERT_TRUE(eventually([&] { return world.gateway.held() == 1; }));
  world.gateway.answer_all();
  ASSERT_TRUE(world.reaches(id, MessageState::accepted));
  world.receipt(id, 1, "failed", "wamid.first"); // says nothing about the second
  world.receipt(id, 1, "delivered", "wamid.first");
  ASSERT_TRUE(world.reaches(id, MessageState::delivered));
  auto events =
      world.read([&](storage::TenantTransaction& tx) { return storage::message_store::events(tx, id); });
  EXPECT_EQ(events.back().detail, "attempt 1 had arrived too");
}

TEST_P(Receipts, AForeignKeyIsIgnored) {
  auto id = sent();
  messaging::InboxItem item{messaging::InboxItem::Kind::status, "wamid.x:read",
                            R"({"id":"wamid.x","status":"read","timestamp":"1764072000",)"
                            R"("biz_opaque_callback_data":"v1:)" +
                                world.tenant.str() + ":" + id.str() + R"(:1:0123456789abcdef"})"};
  world.write([&](storage::TenantTransaction& tx) {
    return messaging::hooks::store_items(tx, world.channel, std::span(&item, 1), world.clock.now());
  });
  world.running->inbox_arrived();
  auto other = world.send(world.add_client("Bruno Lima", "11 96123-0002"));
  ASSERT_TRUE(world.reaches(other, MessageState::accepted));
  world.receipt(other, 1, "sent", gateway_id(other));
  ASSERT_TRUE(world.reaches(other, MessageState::sent));
  EXPECT_EQ(world.message(id).state, MessageState::accepted);
}

TEST_P(Receipts, TheHandshakeNeedsTheVerifyToken) {
  auto channel = cloud_channel();
  EXPECT_EQ(challenge(channel,
                      {{"hub.mode", "subscribe"}, {"hub.challenge", "1158201444"}, {"hub.verify_token", "x"}})
                .error()
                .code,
            ErrorCode::forbidden);
  EXPECT_EQ(challenge(channel, {{"hub.mode", "other"}, {"hub.challenge", "1"}, {"hub.verify_token", "hello"}})
                .error()
                .code,
            ErrorCode::forbidden);
  EXPECT_EQ(challenge(ChannelId::make(kMorning), {}).error().code, ErrorCode::not_found);
  EXPECT_EQ(
      *challenge(channel,
                 {{"hub.mode", "subscribe"}, {"hub.challenge", "1158201444"}, {"hub.verify_token", "hello"}}),
      "1158201444");
}

TEST_P(Receipts, AWrongSignatureStoresNothing) {
  auto channel = cloud_channel();
  std::string body = R"({"object":"whatsapp_business_account","entry":[]})";
  EXPECT_EQ(post(channel, body, "").error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(post(channel, body, "sha256=00").error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(post(world.channel, body, "").error().code, ErrorCode::not_found); // a simulator has no webhooks
  EXPECT_EQ(post_signed(channel, "{").error().code, ErrorCode::malformed);
  EXPECT_EQ(post(channel, std::string(4 * 1024 * 1024 + 1, 'x'), "").error().code,
            ErrorCode::payload_too_large);
  // PROTOCOLS.md §1.7
  EXPECT_TRUE(post(channel, body, "sha256=6eb10e0bc4192e9206e3de93178e66ea9eb262e9ea07bb66abdc83dcf8d3abf3")
                  .has_value());
}

TEST_P(Receipts, AnOptOutWordStopsEverything) {
  auto id = sent();
  auto channel = cloud_channel();
  auto reply = [&](std::string_view text, std::string_view wamid) {
    return R"({"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":"messages","value":{)"
           R"("messaging_product":"whatsapp","contacts":[{"wa_id":"5511961234567"}],"messages":[{"from":)"
           R"("5511961234567","id":")" +
           std::string(wamid) + R"(","timestamp":"1764072000","type":"text","text":{"body":")" +
           std::string(text) + R"("}}]}}]}]})";
  };
  must(post_signed(channel, reply("Posso parar quando quiser?", "wamid.1")));
  must(post_signed(channel, reply(" Parar! ", "wamid.2")));
  ASSERT_TRUE(eventually([&] { return client_of(id).opted_out_at.has_value(); }));
  auto later = world.db->write_now([&](storage::Transaction& tx) {
    auto scoped = tx.tenant(storage::TenantScope(world.tenant));
    services::messages::NewMessage wanted;
    wanted.client = world.message(id).client_id;
    wanted.body = "mais um";
    return services::messages::create(scoped, services::Actor::system(), wanted, world.clock.now());
  });
  EXPECT_EQ(later.error().code, ErrorCode::conflict);
}

TEST_P(Receipts, AChangedNumberIsFollowed) {
  auto id = sent();
  auto channel = cloud_channel();
  must(post_signed(
      channel,
      R"({"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":"messages","value":{)"
      R"("messages":[{"from":"551161234567","id":"wamid.s","timestamp":"1764072000","type":"system","system":)"
      R"({"type":"user_changed_number","wa_id":"5511971112222","body":"…"}}]}}]}]})"));
  // WhatsApp knows the old number without the ninth digit.
  ASSERT_TRUE(eventually([&] { return client_of(id).phone == "5511971112222"; }));
}

TEST_P(Receipts, WarningsPauseTheChannelAndTemplatesStop) {
  auto channel = cloud_channel();
  world.start();
  auto templ = world.write([&](storage::TenantTransaction& tx) -> result<TemplateId> {
    services::TemplateContent content;
    content.name = "Vencimento";
    content.kind = domain::MessageKind::custom;
    content.body = "Olá {nome}";
    content.cloud_template = services::CloudTemplate{"vencimento_plano", "pt_BR", {"nome"}};
    TRY(auto made, services::templates::create(tx, world.clock.now(), services::Actor::system(), content));
    return made.id;
  });
  auto status = [&](std::string_view event) {
    return R"({"object":"whatsapp_business_account","entry":[{"id":"W","time":)" +
           std::to_string(event.size()) +
           R"(,"changes":[{"field":"message_template_status_update","value":{"event":")" +
           std::string(event) +
           R"(","message_template_name":"vencimento_plano","message_template_language":"pt_BR","reason":"NONE"}}]}]})";
  };
  auto stopped = [&] {
    return world
        .read([&](storage::TenantTransaction& tx) { return storage::template_store::get(tx, templ); })
        ->stopped_reason;
  };
  must(post_signed(channel, status("PAUSED")));
  ASSERT_TRUE(eventually([&] { return stopped() == "PAUSED"; }));
  must(post_signed(channel, status("APPROVED")));
  ASSERT_TRUE(eventually([&] { return !stopped(); }));
  must(post_signed(
      channel,
      R"({"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":)"
      R"("phone_number_quality_update","value":{"event":"FLAGGED","current_limit":"TIER_250"}}]}]})"));
  ASSERT_TRUE(eventually([&] {
    return world
        .read([&](storage::TenantTransaction& tx) { return storage::channel_store::get(tx, channel); })
        ->paused;
  }));
}

} // namespace
} // namespace renova::test

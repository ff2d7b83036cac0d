#include "messaging/gateway/cloud_api.hpp"

#include "base/crypto.hpp"
#include "messaging/gateway/cloud_api_errors.hpp"
#include "messaging/gateway/cloud_api_json.hpp"

#include <gtest/gtest.h>

namespace renova::messaging::cloud_api {
namespace {

using namespace std::chrono_literals;
using Kind = http::OutgoingFailure::Kind;

std::string outcome(int code, int attempt = 1) {
  auto made = classify(code, attempt, {});
  std::string name(domain::outcome_name(made));
  if (const auto* retry = std::get_if<domain::Retry>(&made)) {
    if (retry->hold_channel) name += " channel";
    if (retry->max_attempts) name += " max " + std::to_string(*retry->max_attempts);
  }
  if (const auto* refused = std::get_if<domain::FailRecipient>(&made); refused && refused->opt_out)
    name += " opt_out";
  if (const auto* pause = std::get_if<domain::PauseChannel>(&made); pause && pause->pause) {
    name += " " + std::to_string(*pause->pause / 1s) + " s";
  }
  return name;
}

TEST(CloudApiErrors, EveryCodeHasItsClass) {
  // PROTOCOLS.md §1.4, in its order.
  const std::pair<int, const char*> expected[] = {
      {1, "retry max 5"},          {2, "retry"},
      {131016, "retry"},           {4, "retry channel"},
      {80007, "retry channel"},    {130429, "retry channel"},
      {131056, "retry_recipient"}, {131057, "pause_channel 60 s"},
      {131000, "retry max 3"},     {135000, "retry max 2"},
      {133004, "retry"},           {133016, "pause_channel 259200 s"},
      {131049, "retry_recipient"}, {130472, "fail_recipient"},
      {131026, "fail_recipient"},  {131021, "fail_recipient"},
      {131030, "fail_recipient"},  {131050, "fail_recipient opt_out"},
      {131062, "fail_recipient"},  {130497, "fail_recipient"},
      {137000, "fail_recipient"},  {131047, "needs_template"},
      {131051, "fail_message"},    {131052, "fail_message"},
      {131053, "fail_message"},    {100, "fail_message"},
      {131008, "fail_message"},    {131009, "fail_message"},
      {132000, "fail_template"},   {132001, "fail_template"},
      {132005, "fail_message"},    {132007, "fail_template"},
      {132008, "fail_template"},   {132012, "fail_template"},
      {132015, "fail_template"},   {132016, "fail_template"},
      {132068, "fail_template"},   {132069, "retry"},
      {131063, "fail_template"},   {131048, "pause_channel 14400 s"},
      {131064, "pause_channel"},   {368, "pause_channel"},
      {131031, "pause_channel"},   {131037, "pause_channel"},
      {131042, "pause_channel"},   {131045, "pause_channel"},
      {133010, "pause_channel"},   {33, "pause_channel"},
      {0, "pause_channel"},        {190, "pause_channel"},
      {104, "pause_channel"},      {3, "pause_channel"},
      {10, "pause_channel"},       {200, "pause_channel"},
      {299, "pause_channel"},      {131005, "pause_channel"},
      {131043, "fail_message"},
  };
  for (const auto& [code, name] : expected) {
    EXPECT_EQ(outcome(code), name) << code;
    EXPECT_TRUE(is_known(code)) << code;
  }
  for (int code : {-1, 5, 199, 300, 131001, 999999}) {
    EXPECT_EQ(outcome(code), "retry max 2") << code;
    EXPECT_FALSE(is_known(code)) << code;
  }
  EXPECT_EQ(outcome(135000, 2), "fail_template"); // once more, then the template is to blame
}

TEST(CloudApiErrors, TheHealthyEcosystemWaitsLongerEachTime) {
  for (int attempt : {1, 2, 3}) {
    auto made = classify(131049, attempt, {});
    EXPECT_EQ(std::get<domain::RetryRecipient>(made).after, Duration(24h * attempt));
  }
}

HandOver message() {
  HandOver out;
  out.to = "5511961234567";
  out.text = "Olá!";
  out.opaque = "outbox:8123";
  return out;
}

TEST(CloudApiBody, Text) {
  EXPECT_EQ(
      request_body(message()),
      R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"5511961234567","type":"text",)"
      R"("text":{"body":"Olá!","preview_url":false},"biz_opaque_callback_data":"outbox:8123"})");
}

TEST(CloudApiBody, Template) {
  HandOver given = message();
  given.use_template = TemplateUse{"vencimento_plano", "pt_BR", {"Maria", "25/11/2026"}};
  EXPECT_EQ(
      request_body(given),
      R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"5511961234567","type":"template",)"
      R"("template":{"name":"vencimento_plano","language":{"code":"pt_BR"},"components":[{"type":"body",)"
      R"("parameters":[{"type":"text","text":"Maria"},{"type":"text","text":"25/11/2026"}]}]},)"
      R"("biz_opaque_callback_data":"outbox:8123"})");
  given.use_template->parameters.clear();
  EXPECT_NE(request_body(given).find(R"("language":{"code":"pt_BR"}},)"), std::string::npos); // no components
  given.media = Media{"document", "https://files.example/fatura.pdf", "fatura.pdf"};
  EXPECT_NE(request_body(given).find(
                R"("components":[{"type":"header","parameters":[{"type":"document","document":)"
                R"({"link":"https://files.example/fatura.pdf","filename":"fatura.pdf"}}]}])"),
            std::string::npos);
}

TEST(CloudApiBody, Media) {
  HandOver given = message();
  given.text = "Pix";
  given.media = Media{"image", "https://files.example/qr.png", ""};
  EXPECT_NE(request_body(given).find(
                R"("type":"image","image":{"link":"https://files.example/qr.png","caption":"Pix"})"),
            std::string::npos);
  given.media = Media{"document", "https://files.example/a.pdf", "a.pdf"};
  EXPECT_NE(request_body(given).find(
                R"("document":{"link":"https://files.example/a.pdf","filename":"a.pdf","caption":"Pix"})"),
            std::string::npos);
}

TEST(CloudApiBody, ParametersHaveNoLineEndsAndNoLongBlanks) {
  EXPECT_EQ(template_parameter("a\nb\tc"), "a b c");
  EXPECT_EQ(template_parameter("a        b"), "a    b");
}

http::Response response(int status, std::string body) {
  http::Response out;
  out.status = status;
  out.body = std::move(body);
  return out;
}
std::string name_of(const Answer& answer) {
  return std::string(domain::outcome_name(answer.outcome)) + (answer.party_failed ? " party" : "");
}

TEST(CloudApiAnswer, Success) {
  auto answer = read_answer(
      response(
          200,
          R"({"messaging_product":"whatsapp","contacts":[{"input":"5511961234567","wa_id":"551161234567"}],)"
          R"("messages":[{"id":"wamid.HBg","message_status":"accepted"}]})"),
      1);
  const auto& accepted = std::get<domain::Accepted>(answer.outcome);
  EXPECT_EQ(accepted.gateway_id, "wamid.HBg");
  EXPECT_EQ(accepted.canonical_address, "551161234567");
  // Taken, as far as the status says; by which name nobody knows.
  for (auto body : {"", "{}", "[]", R"({"messages":[]})", R"({"messages":[{"id":7}]})", "<html>"}) {
    EXPECT_EQ(name_of(read_answer(response(200, body), 1)), "unknown") << body;
  }
}

TEST(CloudApiAnswer, DecidesByTheCodeAndNotByTheStatus) {
  auto error = [](int code) {
    return R"({"error":{"message":"(#1) x","code":)" + std::to_string(code) +
           R"(,"error_data":{"details":"número 5511961234567 inválido"},"fbtrace_id":"A"}})";
  };
  EXPECT_EQ(name_of(read_answer(response(400, error(131026)), 1)), "fail_recipient");
  EXPECT_EQ(name_of(read_answer(response(401, error(131026)), 1)), "fail_recipient");
  EXPECT_EQ(name_of(read_answer(response(500, error(131000)), 1)), "retry party");
  EXPECT_EQ(name_of(read_answer(response(400, error(777777)), 1)), "retry");
  EXPECT_EQ(name_of(read_answer(response(503, error(777777)), 1)), "unknown party");
  auto answer = read_answer(response(400, error(131026)), 1);
  EXPECT_EQ(domain::note_of(answer.outcome)->code, "131026");
  EXPECT_EQ(domain::note_of(answer.outcome)->detail,
            "número …4567 inválido"); // no phone number in the ledger
}

TEST(CloudApiAnswer, WithoutACode) {
  EXPECT_EQ(name_of(read_answer(response(502, "<html>bad gateway</html>"), 1)), "unknown party");
  EXPECT_EQ(name_of(read_answer(response(404, "<html>"), 1)), "retry");
  EXPECT_EQ(name_of(read_answer(response(401, ""), 1)), "pause_channel");
  auto limited = response(429, "");
  limited.headers.add("Retry-After", "7");
  auto answer = read_answer(limited, 1);
  const auto& retry = std::get<domain::Retry>(answer.outcome);
  EXPECT_TRUE(retry.hold_channel);
  EXPECT_EQ(retry.after, Duration(7s));
  for (auto body :
       {R"({"error":[]})", R"({"error":{"code":"1"}})", R"({"error":{"code":-5}})", R"({"error":null})"}) {
    EXPECT_EQ(name_of(read_answer(response(500, body), 1)), "unknown party") << body;
  }
}

TEST(CloudApiAnswer, OfALostConnection) {
  auto failed = [](Kind kind, bool sent) {
    return name_of(read_answer(http::OutgoingFailure{kind, sent, "x"}, 1));
  };
  for (auto kind : {Kind::resolve, Kind::connect, Kind::tls, Kind::timeout, Kind::broken}) {
    EXPECT_EQ(failed(kind, false), "retry party");
  }
  for (auto kind : {Kind::timeout, Kind::broken, Kind::too_large})
    EXPECT_EQ(failed(kind, true), "unknown party");
  EXPECT_EQ(failed(Kind::stopped, false), "retry");
  EXPECT_EQ(failed(Kind::refused_address, false), "pause_channel");
  EXPECT_EQ(failed(Kind::bad_url, false), "pause_channel");
}

ChannelConfig config() {
  ChannelConfig out;
  out.settings = {{"app_secret", "app_secret_example"}};
  return out;
}

TEST(CloudApiWebhook, Signature) {
  // PROTOCOLS.md §1.7
  constexpr std::string_view kBody = R"({"object":"whatsapp_business_account","entry":[]})";
  constexpr std::string_view kHex = "6eb10e0bc4192e9206e3de93178e66ea9eb262e9ea07bb66abdc83dcf8d3abf3";
  EXPECT_TRUE(verify(config(), kBody, "sha256=" + std::string(kHex)).has_value());
  EXPECT_TRUE(verify(config(), kBody, kHex).has_error());
  EXPECT_TRUE(verify(config(), kBody, "sha1=" + std::string(kHex)).has_error());
  EXPECT_TRUE(verify(config(), std::string(kBody) + " ", "sha256=" + std::string(kHex)).has_error());
  EXPECT_TRUE(verify(config(), kBody, "").has_error());
  ChannelConfig none;
  EXPECT_TRUE(
      verify(none, kBody, "sha256=" + to_hex(hmac_sha256("", kBody))).has_error()); // no secret, no trust
}

std::string entry(std::string_view field, std::string_view value) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":")" +
         std::string(field) + R"(","value":)" + std::string(value) + "}]}]}";
}

TEST(CloudApiWebhook, ItemsOfEveryArray) {
  auto items = parse_webhook(
      config(),
      entry(
          "messages",
          R"({"statuses":[{"id":"wamid.1","status":"sent","timestamp":"1767225600"},{"id":"wamid.1","status":"read"},)"
          R"({"id":"wamid.2","status":"warned"},{"status":"read"}],"messages":[{"from":"5511961234567","id":"wamid.3",)"
          R"("timestamp":"1767225600","type":"text","text":{"body":"PARAR"}}],"errors":[{"code":190}]})"));
  ASSERT_TRUE(items.has_value());
  ASSERT_EQ(items->size(), 4u);
  EXPECT_EQ((*items)[0].key, "wamid.1:sent");
  EXPECT_EQ((*items)[1].key, "wamid.1:read");
  EXPECT_EQ((*items)[2].kind, InboxItem::Kind::message);
  EXPECT_EQ((*items)[2].key, "wamid.3");
  EXPECT_EQ((*items)[3].kind, InboxItem::Kind::account);
  EXPECT_TRUE(parse_webhook(config(), entry("unheard_of", "{}"))->empty());
  EXPECT_TRUE(parse_webhook(config(), R"({"object":"page","entry":[]})")->empty());
  for (auto body : {"", "[]", "{", "null", "\"x\""})
    EXPECT_TRUE(parse_webhook(config(), body).has_error()) << body;
  std::string deep(1000, '[');
  EXPECT_TRUE(parse_webhook(config(), deep + std::string(1000, ']')).has_error());
}

News news_of(std::string_view field, std::string_view value) {
  auto items = parse_webhook(config(), entry(field, value));
  auto news = understand(items->at(0).kind, items->at(0).body);
  return *news;
}

TEST(CloudApiWebhook, Status) {
  auto news = std::get<StatusNews>(
      news_of("messages", R"({"statuses":[{"id":"wamid.1","status":"delivered","timestamp":"1767225600",)"
                          R"("recipient_id":"5511961234567","biz_opaque_callback_data":"outbox:8123",)"
                          R"("pricing":{"billable":true}}]})"));
  EXPECT_EQ(news.gateway_id, "wamid.1");
  EXPECT_EQ(news.opaque, "outbox:8123");
  EXPECT_EQ(news.event, domain::MessageEvent::receipt_delivered);
  EXPECT_EQ(news.at, Instant{1767225600'000'000});
  auto failed = std::get<StatusNews>(news_of(
      "messages",
      R"({"statuses":[{"id":"w","status":"failed","timestamp":"x","errors":[{"code":131050,"title":"t"}]}]})"));
  EXPECT_FALSE(failed.at);
  EXPECT_TRUE(std::get<domain::FailRecipient>(*failed.failure).opt_out);
  auto played = std::get<StatusNews>(news_of("messages", R"({"statuses":[{"id":"w","status":"played"}]})"));
  EXPECT_EQ(played.event, domain::MessageEvent::receipt_read);
}

TEST(CloudApiWebhook, Inbound) {
  auto inbound = [](std::string_view message) {
    return std::get<InboundNews>(
        news_of("messages", R"({"contacts":[{"wa_id":"5511961234567","user_id":"BR.1"}],)"
                            R"("messages":[)" +
                                std::string(message) + "]}"));
  };
  auto text = inbound(R"({"from":"5511961234567","id":"w","type":"text","text":{"body":"PARAR"}})");
  EXPECT_EQ(text.from, "5511961234567");
  EXPECT_EQ(text.user_id, "BR.1");
  EXPECT_EQ(text.text, "PARAR");
  EXPECT_EQ(inbound(R"({"id":"w","type":"button","button":{"payload":"p","text":"Parar avisos"}})").text,
            "Parar avisos");
  EXPECT_EQ(inbound(R"({"id":"w","type":"interactive","interactive":{"type":"button_reply","button_reply":)"
                    R"({"id":"stop:77","title":"Parar avisos"}}})")
                .text,
            "Parar avisos");
  EXPECT_EQ(inbound(R"({"id":"w","type":"image","image":{"id":"1"}})").text, "");
  EXPECT_EQ(
      inbound(R"({"id":"w","type":"system","system":{"type":"user_changed_number","wa_id":"5511971112222"}})")
          .new_number,
      "5511971112222");
  EXPECT_EQ(
      std::get<InboundNews>(news_of("messages", R"({"messages":[{"id":"w","type":"unsupported"}]})")).from,
      "");
}

TEST(CloudApiWebhook, AccountAndTemplate) {
  auto pauses = [](std::string_view field, std::string_view value) {
    return std::get<AccountNews>(news_of(field, value)).pause;
  };
  EXPECT_TRUE(pauses("account_update",
                     R"({"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":)"
                     R"("RESTRICTED_BIZ_INITIATED_MESSAGING","expiration":"1767312000"}]})"));
  EXPECT_FALSE(
      pauses("account_update",
             R"({"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"OTHER"}]})"));
  EXPECT_TRUE(
      pauses("account_update", R"({"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE"}})"));
  EXPECT_FALSE(pauses("account_update", R"({"event":"VERIFIED_ACCOUNT"})"));
  EXPECT_TRUE(pauses("phone_number_quality_update", R"({"event":"FLAGGED"})"));
  EXPECT_FALSE(pauses("phone_number_quality_update", R"({"event":"UPGRADE"})"));
  auto stopped = std::get<TemplateNews>(
      news_of("message_template_status_update",
              R"({"event":"REJECTED","message_template_name":"a",)"
              R"("message_template_language":"pt_BR","reason":"TAG_CONTENT_MISMATCH"})"));
  EXPECT_FALSE(stopped.usable);
  EXPECT_EQ(stopped.reason, "REJECTED: TAG_CONTENT_MISMATCH");
}

} // namespace
} // namespace renova::messaging::cloud_api

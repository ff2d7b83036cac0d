// Meta's webhooks: signature, items, and what each says (PROTOCOLS.md §1.5–1.8).
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "messaging/gateway/cloud_api.hpp"
#include "messaging/gateway/cloud_api_errors.hpp"
#include "messaging/gateway/cloud_api_json.hpp"

#include <charconv>

namespace renova::messaging::cloud_api {
namespace {

using boost::json::value;
using domain::MessageEvent;

constexpr std::size_t kMaxItems = 2000; // of one body
constexpr std::size_t kMaxKey = 600;    // bytes
constexpr std::size_t kMaxText = 1000;  // code points of an inbound text that is kept

std::optional<MessageEvent> event_of(std::string_view status) {
  if (status == "sent") return MessageEvent::receipt_sent;
  if (status == "delivered") return MessageEvent::receipt_delivered;
  if (status == "read" || status == "played") return MessageEvent::receipt_read;
  if (status == "failed") return MessageEvent::receipt_failed;
  return std::nullopt;
}

std::optional<Instant> seconds_of(const value* timestamp) {
  std::int64_t seconds = 0;
  std::string text = text_of(timestamp);
  if (timestamp != nullptr && timestamp->is_int64()) text = std::to_string(timestamp->get_int64());
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (seconds < 0 || seconds > 253'402'300'799) return std::nullopt; // year 9999
  return Instant{seconds * 1'000'000};
}

std::string hashed_key(std::string_view field, const value* entry, const value* body) {
  std::string text(field);
  text += '\n' + text_of(member(entry, "id")) + '\n';
  if (const auto* time = member(entry, "time")) text += json_text(*time);
  if (body != nullptr) text += json_text(*body);
  return std::string(field) + ":" + to_hex(sha256(text)).substr(0, 40);
}

class Collector {
 public:
  void add(InboxItem::Kind kind, std::string key, const boost::json::object& body) {
    if (key.empty() || key.size() > kMaxKey || items.size() >= kMaxItems || !is_utf8(key)) return;
    std::string text = boost::json::serialize(body);
    if (text.find('\0') != std::string::npos) return;
    items.push_back({kind, std::move(key), std::move(text)});
  }

  void messages_field(const value* entry, const value* body) {
    for (const auto& status : elements(member(body, "statuses"))) {
      std::string id = text_of(member(&status, "id"));
      std::string name = text_of(member(&status, "status"));
      if (id.empty() || !event_of(name)) continue;
      add(InboxItem::Kind::status, id + ":" + name, status.get_object());
    }
    const auto* contact = first(member(body, "contacts"));
    for (const auto& message : elements(member(body, "messages"))) {
      if (!message.is_object()) continue;
      boost::json::object kept{{"message", message}};
      if (contact != nullptr) kept.emplace("contact", *contact);
      add(InboxItem::Kind::message, text_of(member(&message, "id")), kept);
    }
    for (const auto& error : elements(member(body, "errors"))) {
      add(InboxItem::Kind::account, hashed_key("errors", entry, &error),
          {{"field", "errors"}, {"value", error}});
    }
  }

  void change(const value* entry, const value* one) {
    std::string field = text_of(member(one, "field"));
    const auto* body = member(one, "value");
    if (body == nullptr) return;
    if (field == "messages") return messages_field(entry, body);
    boost::json::object kept{{"field", field}, {"value", *body}};
    if (field == "account_update" || field == "phone_number_quality_update" ||
        field == "business_capability_update") {
      add(InboxItem::Kind::account, hashed_key(field, entry, body), kept);
    }
    if (field == "message_template_status_update" || field == "message_template_quality_update") {
      add(InboxItem::Kind::template_, hashed_key(field, entry, body), kept);
    }
  }

  std::vector<InboxItem> items;
};

result<News> understand_status(const value& status) {
  StatusNews news;
  news.gateway_id = text_of(member(&status, "id"));
  news.opaque = text_of(member(&status, "biz_opaque_callback_data"));
  auto event = event_of(text_of(member(&status, "status")));
  if (!event) return Error(ErrorCode::malformed, "a status of an unknown kind");
  news.event = *event;
  news.at = seconds_of(member(&status, "timestamp"));
  if (*event == MessageEvent::receipt_failed) {
    const auto* error = first(member(&status, "errors"));
    // A webhook's failure is the last word on this attempt, so it is classified as if no further one were
    // left.
    news.failure = classify(code_of(error).value_or(-1), 99, note_of(error));
  }
  return News(std::move(news));
}

std::string reply_text(const value* message) {
  std::string type = text_of(member(message, "type"));
  if (type == "text") return text_of(member(member(message, "text"), "body"));
  if (type == "button") return text_of(member(member(message, "button"), "text"));
  if (type == "interactive") {
    const auto* interactive = member(message, "interactive");
    std::string kind = text_of(member(interactive, "type"));
    return text_of(member(member(interactive, kind), "title"));
  }
  return {};
}

result<News> understand_message(const value& item) {
  const auto* message = member(&item, "message");
  const auto* contact = member(&item, "contact");
  InboundNews news;
  news.from = digits_of(text_of(member(message, "from")));
  if (news.from.empty()) news.from = digits_of(text_of(member(contact, "wa_id")));
  news.user_id = text_of(member(message, "from_user_id"));
  if (news.user_id.empty()) news.user_id = text_of(member(contact, "user_id"));
  news.text = std::string(prefix(reply_text(message), kMaxText));
  const auto* system = member(message, "system");
  if (text_of(member(system, "type")) == "user_changed_number") {
    news.new_number = digits_of(text_of(member(system, "wa_id")));
    if (news.new_number.empty()) news.new_number = digits_of(text_of(member(system, "new_wa_id")));
  }
  return News(std::move(news));
}

AccountNews understand_account_update(const value* body) {
  AccountNews news;
  std::string event = text_of(member(body, "event"));
  news.note = {event, ""};
  if (event == "ACCOUNT_RESTRICTION") {
    for (const auto& one : elements(member(body, "restriction_info"))) {
      if (text_of(member(&one, "restriction_type")) != "RESTRICTED_BIZ_INITIATED_MESSAGING") continue;
      news.pause = true;
    }
  }
  if (event == "ACCOUNT_VIOLATION") {
    news.pause = true;
    news.note.detail = text_of(member(member(body, "violation_info"), "violation_type"));
  }
  if (event == "DISABLED_UPDATE") {
    news.note.detail = text_of(member(member(body, "ban_info"), "waba_ban_state"));
    news.pause = news.note.detail != "REINSTATE";
  }
  return news;
}

result<News> understand_account(const value& item) {
  std::string field = text_of(member(&item, "field"));
  const auto* body = member(&item, "value");
  AccountNews news;
  if (field == "account_update") news = understand_account_update(body);
  if (field == "phone_number_quality_update") {
    news.note = {text_of(member(body, "event")), text_of(member(body, "current_limit"))};
    news.pause = news.note.code == "FLAGGED";
  }
  if (field == "errors") {
    auto outcome = classify(code_of(body).value_or(-1), 1, note_of(body));
    if (const auto* pause = std::get_if<domain::PauseChannel>(&outcome)) {
      news.pause = true;
      news.pause_for = pause->pause;
      news.note = pause->note;
    }
  }
  news.note.code = std::string(prefix(news.note.code, 60));
  news.note.detail = mask_digits(prefix(news.note.detail, 200));
  return News(std::move(news));
}

result<News> understand_template(const value& item) {
  const auto* body = member(&item, "value");
  TemplateNews news;
  news.name = text_of(member(body, "message_template_name"));
  news.language = text_of(member(body, "message_template_language"));
  if (text_of(member(&item, "field")) != "message_template_status_update") return News(std::move(news));
  std::string event = text_of(member(body, "event"));
  news.usable = event == "APPROVED" || event == "REINSTATED" || event == "FLAGGED" || event == "UNPAUSED";
  news.reason = event;
  std::string reason = text_of(member(body, "reason"));
  if (!reason.empty() && reason != "NONE") news.reason += ": " + reason;
  news.reason = mask_digits(prefix(news.reason, 200));
  return News(std::move(news));
}

} // namespace

result<void> verify(const ChannelConfig& config, std::string_view body, std::string_view signature) {
  constexpr std::string_view kScheme = "sha256=";
  std::string secret = config.text("app_secret");
  if (!secret.empty() && signature.starts_with(kScheme)) {
    std::string expected = to_hex(hmac_sha256(secret, body));
    if (constant_time_equal(expected, signature.substr(kScheme.size()))) return {};
  }
  return Error(ErrorCode::unauthenticated, "the signature does not fit the body");
}

result<std::vector<InboxItem>> parse_webhook(const ChannelConfig&, std::string_view body) {
  TRY(auto parsed, parse(body));
  if (!parsed.is_object()) return Error(ErrorCode::malformed, "the body is not an object");
  Collector collector;
  if (text_of(member(&parsed, "object")) == "whatsapp_business_account") {
    for (const auto& entry : elements(member(&parsed, "entry"))) {
      for (const auto& change : elements(member(&entry, "changes"))) collector.change(&entry, &change);
    }
  }
  return std::move(collector.items);
}

result<News> understand(InboxItem::Kind kind, std::string_view body) {
  TRY(auto item, parse(body));
  switch (kind) {
    case InboxItem::Kind::status:
      return understand_status(item);
    case InboxItem::Kind::message:
      return understand_message(item);
    case InboxItem::Kind::account:
      return understand_account(item);
    case InboxItem::Kind::template_:
      return understand_template(item);
  }
  return Error(ErrorCode::malformed, "an item of an unknown kind");
}

} // namespace renova::messaging::cloud_api

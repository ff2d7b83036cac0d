#include "messaging/gateway/cloud_api.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "messaging/gateway/cloud_api_errors.hpp"
#include "messaging/gateway/cloud_api_json.hpp"
#include "services/channel_config.hpp"

#include <charconv>

namespace renova::messaging::cloud_api {
namespace {

using domain::MessageReason;
using domain::VendorNote;

constexpr int kPairGapMs = 6000;        // one message per 6 s to the same user (PROTOCOLS.md §1.5)
constexpr std::size_t kMaxBlanks = 4;   // in a row, in a template's parameter
constexpr std::size_t kMaxOpaque = 512; // bytes of biz_opaque_callback_data
constexpr std::size_t kMaxGatewayId = 512;
constexpr auto kThrottled = std::chrono::seconds(30); // a 429 that says neither code nor how long

void write_media(JsonWriter& writer, const Media& media, std::string_view caption) {
  writer.begin_object();
  writer.field("link", media.link);
  if (media.type == "document" && !media.filename.empty()) writer.field("filename", media.filename);
  if (!caption.empty()) writer.field("caption", caption);
  writer.end_object();
}

void write_template(JsonWriter& writer, const TemplateUse& use, const std::optional<Media>& media) {
  writer.begin_object();
  writer.field("name", use.name);
  writer.key("language");
  writer.begin_object();
  writer.field("code", use.language);
  writer.end_object();
  if (media || !use.parameters.empty()) {
    writer.key("components");
    writer.begin_array();
    if (media) {
      writer.begin_object();
      writer.field("type", "header");
      writer.key("parameters");
      writer.begin_array();
      writer.begin_object();
      writer.field("type", media->type);
      writer.key(media->type);
      write_media(writer, *media, {});
      writer.end_object();
      writer.end_array();
      writer.end_object();
    }
    if (!use.parameters.empty()) {
      writer.begin_object();
      writer.field("type", "body");
      writer.key("parameters");
      writer.begin_array();
      for (const auto& value : use.parameters) {
        writer.begin_object();
        writer.field("type", "text");
        writer.field("text", template_parameter(value));
        writer.end_object();
      }
      writer.end_array();
      writer.end_object();
    }
    writer.end_array();
  }
  writer.end_object();
}

std::optional<Duration> retry_after(const http::Response& response) {
  auto text = response.headers.get("Retry-After");
  int seconds = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (ec != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > 86'400) return {};
  return std::chrono::seconds(seconds);
}

Answer read_success(const boost::json::value& body) {
  std::string id = text_of(member(first(member(&body, "messages")), "id"));
  if (id.empty() || id.size() > kMaxGatewayId) {
    return {domain::Unknown{VendorNote{"200", "the answer names no message"}}, false};
  }
  return {domain::Accepted{std::move(id), text_of(member(first(member(&body, "contacts")), "wa_id"))}, false};
}

Answer read_error(const http::Response& response, const boost::json::value* error, int attempt) {
  bool party_failed = response.status >= 500;
  VendorNote note = note_of(error);
  auto code = code_of(error);
  if (code && (is_known(*code) || !party_failed)) {
    domain::Outcome outcome = classify(*code, attempt, std::move(note));
    auto wished = retry_after(response);
    if (auto* retry = std::get_if<domain::Retry>(&outcome); retry != nullptr && wished) {
      retry->after = std::max(retry->after.value_or(Duration(0)), *wished);
    }
    return {std::move(outcome), party_failed};
  }
  if (note.code.empty()) note.code = std::to_string(response.status);
  if (party_failed) return {domain::Unknown{std::move(note)}, true};
  if (response.status == 401 || response.status == 403) {
    return {domain::PauseChannel{{}, std::move(note)}, false};
  }
  domain::Retry retry;
  retry.note = std::move(note);
  if (response.status == 429) {
    retry.after = retry_after(response).value_or(kThrottled);
    retry.hold_channel = true;
    retry.reason = MessageReason::rate_limited;
  } else {
    retry.max_attempts = 2;
    retry.reason = MessageReason::message_problem;
  }
  return {std::move(retry), false};
}

Answer read_failure(const http::OutgoingFailure& failure) {
  using Kind = http::OutgoingFailure::Kind;
  VendorNote note{"", mask_digits(failure.detail)};
  if (failure.kind == Kind::bad_url || failure.kind == Kind::refused_address) {
    note.code = failure.kind == Kind::bad_url ? "bad_url" : "refused_address";
    return {domain::PauseChannel{{}, std::move(note)}, false};
  }
  switch (failure.kind) {
    case Kind::resolve:
      note.code = "resolve";
      break;
    case Kind::connect:
      note.code = "connect";
      break;
    case Kind::tls:
      note.code = "tls";
      break;
    case Kind::timeout:
      note.code = "timeout";
      break;
    case Kind::too_large:
      note.code = "too_large";
      break;
    case Kind::stopped:
      note.code = "stopped";
      break;
    default:
      note.code = "broken";
      break;
  }
  bool party_failed = failure.kind != Kind::stopped;
  if (failure.sent) return {domain::Unknown{std::move(note)}, party_failed};
  domain::Retry retry;
  retry.note = std::move(note);
  return {std::move(retry), party_failed};
}

class CloudGateway final : public Gateway {
 public:
  CloudGateway(const ChannelConfig& config, http::OutgoingClient& client)
      : client_(client),
        party_(services::channel_config::party_of(config.text("base_url"))),
        url_(config.text("base_url") + "/" + config.text("api_version", "v23.0") + "/" +
             config.text("phone_number_id") + "/messages"),
        authorization_("Bearer " + config.text("access_token")) {}

  void hand_over(const HandOver& message, OnAnswer done) override {
    http::OutgoingRequest request;
    request.url = url_;
    request.headers.add("Authorization", authorization_);
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Accept", "application/json");
    request.body = request_body(message);
    client_.send(std::move(request),
                 [done = std::move(done), attempt = message.attempt](const http::OutgoingResult& outcome) {
                   done(read_answer(outcome, attempt));
                 });
  }
  std::string party() const override { return party_; }
  int pair_gap_ms() const override { return kPairGapMs; }

 private:
  http::OutgoingClient& client_;
  std::string party_;
  std::string url_;
  std::string authorization_;
};

} // namespace

std::shared_ptr<Gateway> make(const ChannelConfig& config, http::OutgoingClient& client) {
  for (auto needed : {"base_url", "phone_number_id", "access_token"}) {
    if (config.text(needed).empty()) return nullptr;
  }
  return std::make_shared<CloudGateway>(config, client);
}

std::string template_parameter(std::string_view value) {
  std::string out;
  std::size_t blanks = 0;
  for (char c : value) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    blanks = c == ' ' ? blanks + 1 : 0;
    if (blanks <= kMaxBlanks) out += c;
  }
  return out;
}

std::string request_body(const HandOver& message) {
  std::string out;
  out.reserve(512 + message.text.size());
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("messaging_product", "whatsapp");
  writer.field("recipient_type", "individual");
  writer.field("to", message.to);
  if (message.use_template) {
    writer.field("type", "template");
    writer.key("template");
    write_template(writer, *message.use_template, message.media);
  } else if (message.media) {
    writer.field("type", message.media->type);
    writer.key(message.media->type);
    write_media(writer, *message.media, message.text);
  } else {
    writer.field("type", "text");
    writer.key("text");
    writer.begin_object();
    writer.field("body", message.text);
    writer.field("preview_url", false);
    writer.end_object();
  }
  if (!message.opaque.empty() && message.opaque.size() <= kMaxOpaque) {
    writer.field("biz_opaque_callback_data", message.opaque);
  }
  writer.end_object();
  return out;
}

Answer read_answer(const http::OutgoingResult& outcome, int attempt) {
  if (const auto* failure = std::get_if<http::OutgoingFailure>(&outcome)) return read_failure(*failure);
  const auto& response = std::get<http::Response>(outcome);
  auto body = parse(response.body);
  if (response.status >= 200 && response.status < 300) {
    if (body.has_value()) return read_success(*body);
    return {domain::Unknown{VendorNote{std::to_string(response.status), "the answer is not JSON"}}, false};
  }
  const boost::json::value* error = body.has_value() ? member(&*body, "error") : nullptr;
  return read_error(response, error, attempt);
}

} // namespace renova::messaging::cloud_api

#include "messaging/receipts.hpp"

#include "base/json.hpp"
#include "base/log.hpp"
#include "domain/phone.hpp"
#include "messaging/gateway/gateway.hpp"
#include "messaging/opaque_key.hpp"
#include "messaging/opt_out.hpp"
#include "messaging/outcome_batch.hpp"
#include "services/clients.hpp"
#include "services/live.hpp"
#include "services/templates.hpp"

namespace renova::messaging {
namespace {

using domain::MessageEvent;
using domain::MessageReason;
using domain::MessageState;
using storage::InboxRow;
using storage::MessageRow;
using storage::TenantTransaction;
namespace inbox = storage::inbox_store;

constexpr int kBatchMax = 200;
constexpr Duration kOrphansEvery = std::chrono::seconds(5);
constexpr Duration kDatabasePause = std::chrono::seconds(1);
// Newer ones of a vendor's clock than this are not believed.
constexpr Duration kClockLead = std::chrono::minutes(5);

struct Match {
  std::optional<MessageRow> message;
  std::optional<int> attempt; // that the receipt speaks of
};

result<Match> find_message(TenantTransaction& tx, const StatusNews& news, const std::string& opaque_secret) {
  Match match;
  auto key = read_opaque_key(news.opaque, opaque_secret);
  if (key && key->tenant == tx.tenant()) {
    TRY(match.message, storage::message_store::get(tx, key->message));
    match.attempt = key->attempt;
  }
  if (!match.message) {
    TRY(match.message, inbox::message_by_gateway_id(tx, news.gateway_id));
    if (match.message) match.attempt.reset();
  }
  return match;
}

MessageReason reason_of(const domain::Outcome& failure) {
  if (const auto* refused = std::get_if<domain::FailRecipient>(&failure)) {
    return refused->opt_out ? MessageReason::opted_out : MessageReason::recipient_problem;
  }
  if (const auto* refused = std::get_if<domain::FailMessage>(&failure)) return refused->reason;
  if (std::holds_alternative<domain::FailTemplate>(failure)) return MessageReason::template_problem;
  if (std::holds_alternative<domain::NeedsTemplate>(failure)) return MessageReason::needs_template;
  if (std::holds_alternative<domain::RetryRecipient>(failure)) return MessageReason::recipient_limited;
  if (std::holds_alternative<domain::PauseChannel>(failure)) return MessageReason::channel_problem;
  if (const auto* retry = std::get_if<domain::Retry>(&failure); retry != nullptr && retry->hold_channel) {
    return MessageReason::rate_limited;
  }
  return MessageReason::message_problem;
}

std::string note_text(const domain::Outcome& failure) {
  const auto* note = domain::note_of(failure);
  if (note == nullptr) return {};
  return note->detail.empty() ? note->code : note->code + ": " + note->detail;
}

std::string_view live_event(MessageState state) {
  switch (state) {
    case MessageState::delivered:
      return "message_delivered";
    case MessageState::read:
      return "message_read";
    case MessageState::failed:
      return "message_failed";
    default:
      return "message_sent";
  }
}

void tell(TenantTransaction& tx, const MessageRow& message, MessageState state) {
  std::string data;
  JsonWriter writer(data);
  writer.begin_object();
  writer.field("id", message.id);
  if (!message.client_id.is_nil()) writer.field("client_id", message.client_id);
  writer.field("state", to_text(state));
  writer.end_object();
  services::announce(tx, std::string(live_event(state)), std::move(data));
}

result<void> follow_failure(TenantTransaction& tx, const InboxRow& row, const MessageRow& message,
                            const domain::Outcome& failure, Instant now) {
  if (const auto* refused = std::get_if<domain::FailRecipient>(&failure);
      refused != nullptr && refused->opt_out) {
    if (!message.client_id.is_nil()) TRY_DO(opt_out(tx, message.client_id, "gateway", now));
  }
  if (std::holds_alternative<domain::FailTemplate>(failure) && message.template_id) {
    TRY_DO(storage::sender_store::stop_template(tx, *message.template_id, note_text(failure), now));
  }
  if (const auto* pause = std::get_if<domain::PauseChannel>(&failure)) {
    std::optional<Instant> until;
    if (pause->pause) until = now + *pause->pause;
    TRY_DO(pause_channel(tx, row.channel_id, note_text(failure), until, now));
  }
  return {};
}

result<void> apply_status(TenantTransaction& tx, const InboxRow& row, const StatusNews& news,
                          const std::string& opaque_secret, Instant now) {
  TRY(auto match, find_message(tx, news, opaque_secret));
  if (!match.message) {
    bool patient = now - row.received_at < kOrphanPatience;
    return patient ? inbox::wait(tx, row, "no_message_yet") : inbox::done(tx, row, "no_message", now);
  }
  const MessageRow& message = *match.message;
  bool of_earlier = match.attempt && *match.attempt < message.attempt;
  auto to = domain::next(message.state, news.event);
  // That an earlier attempt failed says nothing about the present one.
  if (of_earlier && news.event == MessageEvent::receipt_failed) to.reset();
  if (!to) return inbox::done(tx, row, {}, now);
  Instant at = news.at && *news.at < now + kClockLead ? *news.at : now;
  storage::ReceiptRow receipt;
  receipt.to = *to;
  receipt.gateway_id = news.gateway_id;
  std::string detail;
  if (of_earlier) detail = "attempt " + std::to_string(*match.attempt) + " had arrived too";
  if (*to == MessageState::failed) {
    receipt.failed_at = at;
    if (news.failure) {
      receipt.reason = reason_of(*news.failure);
      detail = note_text(*news.failure);
    } else {
      receipt.reason = MessageReason::message_problem;
    }
  } else {
    receipt.sent_at = at;
    if (*to != MessageState::sent) receipt.delivered_at = at;
    if (*to == MessageState::read) receipt.read_at = at;
  }
  receipt.detail = detail;
  TRY(bool moved, inbox::apply(tx, message, receipt, now));
  if (moved) tell(tx, message, *to);
  if (moved && *to == MessageState::failed && news.failure) {
    TRY_DO(follow_failure(tx, row, message, *news.failure, now));
  }
  return inbox::done(tx, row, {}, now);
}

result<void> apply_inbound(TenantTransaction& tx, const InboxRow& row, const InboundNews& news, Instant now) {
  if (news.from.size() < 8 || news.from.size() > 15) return inbox::done(tx, row, "no_sender", now);
  TRY(auto client, inbox::client_by_phone(tx, news.from, domain::match_key(news.from)));
  if (!client) return inbox::done(tx, row, "no_client", now);
  if (is_opt_out(news.text)) TRY_DO(opt_out(tx, *client, "reply", now));
  if (!news.new_number.empty()) {
    services::Actor actor = services::Actor::system();
    actor.name = "renova: number changed";
    services::ClientPatch patch;
    patch.phone = "+" + news.new_number;
    // Taken by another client, or no number: the old one stays.
    auto changed = tx.savepoint([&]() -> result<void> {
      TRY_DO(services::clients::update(tx, actor, *client, patch, std::nullopt, now));
      return {};
    });
    if (changed.has_error()) return inbox::done(tx, row, "number_not_changed", now);
  }
  return inbox::done(tx, row, {}, now);
}

result<void> apply_account(TenantTransaction& tx, const InboxRow& row, const AccountNews& news, Instant now) {
  if (news.pause) {
    std::optional<Instant> until;
    if (news.pause_for) until = now + *news.pause_for;
    std::string reason = news.note.code;
    if (!news.note.detail.empty()) reason += ": " + news.note.detail;
    TRY_DO(pause_channel(tx, row.channel_id, reason, until, now));
  }
  return inbox::done(tx, row, {}, now);
}

result<void> apply_template(TenantTransaction& tx, const InboxRow& row, const TemplateNews& news,
                            Instant now) {
  if (news.reason.empty()) return inbox::done(tx, row, {}, now); // a change of quality only
  TRY(auto templates, storage::sender_store::templates(tx));
  for (const auto& one : templates) {
    auto content = services::templates::from_row(one);
    if (content.has_error() || !content->content.cloud_template) continue;
    const auto& mapping = *content->content.cloud_template;
    if (mapping.name != news.name || mapping.language != news.language) continue;
    std::optional<std::string> reason;
    if (!news.usable) reason = news.reason;
    TRY_DO(storage::sender_store::set_template_stopped(tx, one.id, reason, now));
    services::announce(tx, "queue_updated", R"({"template":")" + one.id.str() + R"("})");
  }
  return inbox::done(tx, row, {}, now);
}

} // namespace

result<void> process_item(TenantTransaction& tx, const InboxRow& row, const std::string& opaque_secret,
                          Instant now) {
  const GatewayShapes* shapes = shapes_of(row.type);
  InboxItem::Kind kind;
  if (shapes == nullptr || !shapes->understand || !from_text(row.kind, kind)) {
    return inbox::done(tx, row, "not_understood", now);
  }
  auto news = shapes->understand(kind, row.body);
  if (news.has_error()) return inbox::done(tx, row, "not_understood", now);
  if (const auto* status = std::get_if<StatusNews>(&*news)) {
    return apply_status(tx, row, *status, opaque_secret, now);
  }
  if (const auto* inbound = std::get_if<InboundNews>(&*news)) return apply_inbound(tx, row, *inbound, now);
  if (const auto* account = std::get_if<AccountNews>(&*news)) return apply_account(tx, row, *account, now);
  return apply_template(tx, row, std::get<TemplateNews>(*news), now);
}

result<int> process_inbox(storage::Transaction& tx, bool orphans, int limit, const std::string& opaque_secret,
                          Instant now) {
  TRY(auto rows, orphans ? inbox::orphans(tx, limit) : inbox::waiting(tx, limit));
  for (const auto& row : rows) {
    TenantTransaction tenant = tx.tenant(storage::TenantScope(row.tenant_id)); // whose channel it is
    auto processed = tx.savepoint([&] { return process_item(tenant, row, opaque_secret, now); });
    if (!processed.has_error()) continue;
    if (processed.error().code == ErrorCode::unavailable) return processed.error();
    log::error("inbox_item_failed", {{"channel", row.channel_id}, {"error", processed.error().detail}});
    TRY_DO(inbox::done(tenant, row, "failed", now));
  }
  return static_cast<int>(rows.size());
}

Receipts::Receipts(storage::Database& database, Clock& clock, Metrics& metrics,
                   std::shared_ptr<EventLoop> loop, std::string opaque_secret)
    : database_(database),
      clock_(clock),
      loop_(std::move(loop)),
      opaque_secret_(std::move(opaque_secret)),
      processed_(metrics.counter("inbox_items_total", "Webhook items that were processed")) {}

void Receipts::arrived() {
  if (running_) {
    again_ = true;
    return;
  }
  run(false);
}

void Receipts::retry_orphans() {
  if (running_) {
    orphans_again_ = true;
  } else {
    run(true);
  }
  Instant next = clock_.now() + kOrphansEvery;
  next_orphans_ = next;
  loop_->at(next, [this, next] {
    if (next_orphans_ == next) retry_orphans();
  });
}

void Receipts::run(bool orphans) {
  running_ = true;
  if (orphans) {
    orphans_again_ = false;
  } else {
    again_ = false;
  }
  auto count = std::make_shared<int>(0);
  Instant now = clock_.now();
  database_.write(
      [count, orphans, secret = opaque_secret_, now](storage::Transaction& tx) -> result<void> {
        TRY(*count, process_inbox(tx, orphans, kBatchMax, secret, now));
        return {};
      },
      [this, loop = loop_, count, orphans](result<void> done) {
        loop->post([this, loop, count, orphans, done = std::move(done)] {
          running_ = false;
          if (done.has_error()) {
            log::warning("inbox_database", {{"error", done.error().detail}});
            loop->at(clock_.now() + kDatabasePause, [this] { arrived(); });
            return;
          }
          if (!orphans) processed_.add(*count);
          if (again_ || (!orphans && *count == kBatchMax)) return run(false);
          if (orphans_again_) run(true);
        });
      });
}

} // namespace renova::messaging

#include "services/channels.hpp"

#include "domain/field_errors.hpp"
#include "domain/phone.hpp"
#include "domain/text_rules.hpp"
#include "services/channel_rows.hpp"
#include "services/json_text.hpp"
#include "services/live.hpp"
#include "services/message_service.hpp"
#include "storage/onboarding_store.hpp"
#include "storage/rule_store.hpp"

#include <algorithm>

namespace renova::services::channels {
namespace {

Error no_such_channel() { return Error(ErrorCode::not_found, "there is no such channel"); }

result<storage::ChannelRow> load(storage::TenantTransaction& tx, ChannelId id,
                                 std::optional<std::int64_t> expected = {}) {
  TRY(auto row, storage::channel_store::get(tx, id));
  if (!row) return no_such_channel();
  if (expected && *expected != row->version) {
    return Error(ErrorCode::version_mismatch, "the channel has been changed since that version");
  }
  return std::move(*row);
}

// Writes the audit record and tells whoever watches.
result<Channel> changed(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                        const Context& context, std::string_view action, ChannelId id, std::string before) {
  TRY(Channel channel, get(tx, context, id));
  TRY_DO(record(tx, now, actor, {action, "channel", id.str(), std::move(before), describe(channel)}));
  announce(tx, "channel_updated", id);
  return channel;
}

result<Channel> set_paused(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                           const Context& context, ChannelId id, bool paused) {
  TRY(auto row, load(tx, id));
  TRY(Channel before, from_row(row, context.secrets));
  // A pause of the owner's outlasts one that the sender had set for a time.
  bool same = paused ? row.paused && row.pause_reason == kPausedByUser && !row.paused_until : !row.paused;
  if (same) return before;
  TRY_DO(storage::channel_store::set_paused(
      tx, id, paused, paused ? std::optional(std::string(kPausedByUser)) : std::nullopt, now));
  return changed(tx, now, actor, context, paused ? "channel_paused" : "channel_resumed", id,
                 describe(before));
}

// Puts `to` into the place of `from` in every rule that names it.
result<void> replace_in_rules(storage::TenantTransaction& tx, std::span<const storage::RuleRow> rules,
                              ChannelId from, ChannelId to, Instant now) {
  for (storage::RuleRow rule : rules) {
    TRY(auto ids, json_text::read<std::vector<ChannelId>>(rule.channel_ids, "list of channels"));
    if (std::find(ids.begin(), ids.end(), to) != ids.end()) {
      std::erase(ids, from);
    } else {
      std::replace(ids.begin(), ids.end(), from, to);
    }
    rule.channel_ids = json_text::write(ids);
    TRY_DO(storage::rule_store::update(tx, rule, now));
  }
  return {};
}

result<void> cancel_waiting(storage::TenantTransaction& tx, Instant now, const Actor& actor, ChannelId id) {
  TRY(auto ids, storage::channel_store::waiting_ids(tx, id, kCancelMax + 1));
  if (ids.size() > static_cast<std::size_t>(kCancelMax)) {
    return Error(ErrorCode::conflict,
                 "more than 10000 messages wait in this channel: move them to another one");
  }
  for (MessageId message : ids) TRY_DO(messages::cancel(tx, actor, message, now));
  return {};
}

Error refused(std::string detail, std::string about = {}) {
  Error error(ErrorCode::conflict, std::move(detail));
  error.about = std::move(about);
  return error;
}

// Sees to the messages and rules of a channel that goes away.
result<void> say_farewell(storage::TenantTransaction& tx, Instant now, const Actor& actor, ChannelId id,
                          const Farewell& farewell) {
  if (farewell.move_to) {
    TRY(auto target, storage::channel_store::get(tx, *farewell.move_to));
    if (!target || *farewell.move_to == id) {
      return field_error("move_to", "not_found", "must be another channel");
    }
  }
  TRY(auto rules, storage::channel_store::rules_naming(tx, id));
  if (!rules.empty() && !farewell.move_to) {
    return refused("a reminder rule sends by this channel: change the rule, or give move_to",
                   rules[0].id.str());
  }
  TRY(std::int64_t open, storage::channel_store::open_messages(tx, id));
  if (open > 0 && !farewell.move_to && !farewell.cancel) {
    return refused(std::to_string(open) +
                   " messages are open in this channel: give move_to=<channel> or cancel=true");
  }
  TRY(std::int64_t sending, storage::channel_store::messages_sending(tx, id));
  if (sending > 0) return refused("a message of this channel is being handed over: pause it, then try again");
  if (farewell.move_to) {
    TRY_DO(replace_in_rules(tx, rules, id, *farewell.move_to, now));
    TRY_DO(storage::channel_store::move_waiting(tx, id, *farewell.move_to, now));
  } else if (farewell.cancel) {
    TRY_DO(cancel_waiting(tx, now, actor, id));
  }
  return {};
}

} // namespace

result<Channel> create(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                       const Context& context, const NewChannel& given) {
  domain::ChannelType type{};
  if (!domain::from_text(given.type, type)) {
    return field_error("/type", "unsupported",
                       "must be simulator or cloud_api: this version sends by no other");
  }
  domain::FieldErrors errors;
  auto name = errors.take("/name", domain::parse_label(given.name));
  auto config = errors.take("/config", channel_config::merge(type, {}, given.config, context.rules));
  auto pacing =
      errors.take("/pacing", channel_config::merge_pacing(type, domain::default_pacing(type), given.pacing));
  auto breaker = errors.take("/breaker", channel_config::merge_breaker({}, given.breaker));
  TRY_DO(errors.finish());
  TRY(std::int64_t present, storage::channel_store::count(tx, {}));
  if (present >= kMaxChannels) {
    return Error(ErrorCode::limit_exceeded, "there are 50 channels already, as many as there may be");
  }
  storage::ChannelRow row;
  row.id = ChannelId::make(now);
  row.name = std::move(*name);
  row.type = type;
  row.enabled = given.enabled;
  put_config(row, *config, context.secrets);
  row.pacing = boost::json::serialize(channel_config::to_json(*pacing));
  row.breaker = boost::json::serialize(channel_config::to_json(*breaker));
  TRY_DO(storage::channel_store::insert(tx, row, now));
  return changed(tx, now, actor, context, "channel_created", row.id, {});
}

result<Channel> get(storage::TenantTransaction& tx, const Context& context, ChannelId id) {
  TRY(auto row, load(tx, id));
  return from_row(row, context.secrets);
}

result<std::vector<Channel>> list(storage::TenantTransaction& tx, const Context& context,
                                  const storage::ChannelPageQuery& query) {
  TRY(auto rows, storage::channel_store::page(tx, query));
  std::vector<Channel> out;
  for (const auto& row : rows) {
    TRY(out.emplace_back(), from_row(row, context.secrets));
  }
  return out;
}

result<std::int64_t> count(storage::TenantTransaction& tx, const storage::ChannelPageQuery& query) {
  return storage::channel_store::count(tx, query);
}

result<Channel> update(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                       const Context& context, ChannelId id, std::optional<std::int64_t> expected,
                       const ChannelPatch& patch) {
  TRY(auto row, load(tx, id, expected));
  TRY(Channel before, from_row(row, context.secrets));
  TRY(channel_config::Config config, open_config(row, context.secrets));
  domain::FieldErrors errors;
  if (patch.name) {
    if (auto name = errors.take("/name", domain::parse_label(*patch.name))) row.name = std::move(*name);
  }
  if (patch.type && *patch.type != row.type) {
    errors.add("/type", "not_changeable", "a channel keeps its type: make another channel");
  }
  if (patch.enabled) row.enabled = *patch.enabled;
  if (patch.config) {
    auto merged =
        errors.take("/config", channel_config::merge(row.type, config, *patch.config, context.rules));
    if (merged) put_config(row, *merged, context.secrets);
  }
  if (patch.pacing) {
    domain::PacingPolicy base = *patch.pacing ? before.pacing : domain::default_pacing(row.type);
    boost::json::object given = patch.pacing->value_or(boost::json::object());
    auto merged = errors.take("/pacing", channel_config::merge_pacing(row.type, base, given));
    if (merged) row.pacing = boost::json::serialize(channel_config::to_json(*merged));
  }
  if (patch.breaker) {
    domain::BreakerPolicy base = *patch.breaker ? before.breaker : domain::BreakerPolicy();
    boost::json::object given = patch.breaker->value_or(boost::json::object());
    auto merged = errors.take("/breaker", channel_config::merge_breaker(base, given));
    if (merged) row.breaker = boost::json::serialize(channel_config::to_json(*merged));
  }
  TRY_DO(errors.finish());
  TRY_DO(storage::channel_store::update(tx, row, now));
  return changed(tx, now, actor, context, "channel_updated", id, describe(before));
}

result<void> remove(storage::TenantTransaction& tx, Instant now, const Actor& actor, ChannelId id,
                    std::optional<std::int64_t> expected, const Farewell& farewell) {
  TRY(auto row, load(tx, id, expected));
  TRY_DO(say_farewell(tx, now, actor, id, farewell));
  TRY_DO(storage::channel_store::remove(tx, id, row.version));
  TRY_DO(record(tx, now, actor,
                {"channel_deleted", "channel", id.str(), R"({"name":)" + json_quoted(row.name) + "}", {}}));
  announce(tx, "channel_updated", id);
  return {};
}

result<Channel> pause(storage::TenantTransaction& tx, Instant now, const Actor& actor, const Context& context,
                      ChannelId id) {
  return set_paused(tx, now, actor, context, id, true);
}

result<Channel> resume(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                       const Context& context, ChannelId id) {
  return set_paused(tx, now, actor, context, id, false);
}

result<Channel> connect(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                        const Context& context, ChannelId id) {
  TRY(auto row, load(tx, id));
  if (!row.enabled) {
    row.enabled = true;
    TRY(Channel before, from_row(row, context.secrets));
    TRY_DO(storage::channel_store::update(tx, row, now));
    TRY_DO(changed(tx, now, actor, context, "channel_connected", id, describe(before)));
  }
  return set_paused(tx, now, actor, context, id, false);
}

result<storage::MessageRow> send_test(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                                      ChannelId id, std::string_view phone, std::optional<std::string> body) {
  TRY(auto row, load(tx, id));
  TRY(auto tenant, storage::onboarding_store::tenant_brief(tx));
  TRY(domain::Country country, domain::Country::parse(tenant.country));
  domain::FieldErrors errors;
  auto number = errors.take("/phone", domain::parse_phone(phone, country));
  if (body) {
    if (auto text = errors.take("/body", domain::parse_body(*body))) body = std::move(*text);
  }
  TRY_DO(errors.finish());
  if (!row.enabled) return refused("this channel is disabled");
  if (row.paused) return refused("this channel is paused");

  storage::MessageRow message;
  message.id = MessageId::make(now);
  TRY(auto client, storage::channel_store::client_of_phone(tx, number->digits));
  message.client_id = client.value_or(ClientId());
  message.kind = domain::MessageKind::test;
  message.channel_id = id;
  message.recipient = number->digits;
  message.body = body ? *body : test_text(tenant.locale, tenant.name);
  message.state = domain::MessageState::queued;
  message.priority = 0; // whoever tests is looking at the phone
  message.not_before = now;
  message.created_at = now;
  message.updated_at = now;
  TRY_DO(storage::message_store::insert(tx, message));
  TRY_DO(record(tx, now, actor, {"channel_tested", "channel", id.str(), {}, {}}));
  announce(tx, "message_queued", message.id);
  return message;
}

} // namespace renova::services::channels

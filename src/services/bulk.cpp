#include "services/bulk.hpp"

#include "base/text.hpp"
#include "domain/enum_text.hpp"
#include "domain/text_rules.hpp"
#include "services/message_service.hpp"
#include "services/subscriptions.hpp"

#include <algorithm>
#include <array>

namespace renova::services::bulk {
namespace {

constexpr std::array<std::string_view, 10> kActions{
    "renew", "message", "tag", "untag", "mute", "unmute", "archive", "restore", "payment-status", "opt-out"};
constexpr int kSelectPage = 1000;

std::string_view code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::validation_failed:
      return "validation_failed";
    case ErrorCode::limit_exceeded:
      return "limit_exceeded";
    default:
      return "failed";
  }
}

// Errors that end the whole chunk: the storage itself is in trouble.
bool is_fatal(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::storage_full || code == ErrorCode::internal;
}

result<std::vector<Subscription>> live_subscriptions(storage::TenantTransaction& tx, ClientId id,
                                                     Instant now) {
  TRY(Client client, clients::get(tx, id, now));
  if (client.subscriptions.empty()) return Error(ErrorCode::conflict, "the client has no subscription");
  return std::move(client.subscriptions);
}

result<bool> renew_all(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                       const Command& command, Instant now) {
  TRY(auto subscriptions, live_subscriptions(tx, id, now));
  for (const Subscription& each : subscriptions) {
    TRY_DO(renewals::renew(tx, actor, each.id, command.renewal, std::nullopt, now));
  }
  return true;
}

result<bool> send(storage::TenantTransaction& tx, const Actor& actor, ClientId id, const Command& command,
                  Instant now) {
  messages::NewMessage message;
  message.client = id;
  message.body = command.body;
  message.template_id = command.template_id;
  message.channel = command.channel_id;
  message.not_before = command.not_before;
  TRY_DO(messages::create(tx, actor, message, now));
  return true;
}

result<bool> change_tags(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                         const Command& command, Instant now) {
  TRY(Client client, clients::get(tx, id, now));
  std::vector<std::string> tags = client.tags;
  for (const std::string& tag : command.tags) {
    const std::string key = fold(tag);
    const auto same = [&](const std::string& present) { return fold(present) == key; };
    if (command.action == Action::untag) {
      std::erase_if(tags, same);
    } else if (std::none_of(tags.begin(), tags.end(), same)) {
      tags.push_back(tag);
    }
  }
  if (tags == client.tags) return false;
  ClientPatch patch;
  patch.tags = {true, tags};
  TRY_DO(clients::update(tx, actor, id, patch, std::nullopt, now));
  return true;
}

result<bool> mute_all(storage::TenantTransaction& tx, const Actor& actor, ClientId id, bool muted,
                      Instant now) {
  TRY(auto subscriptions, live_subscriptions(tx, id, now));
  bool changed = false;
  for (const Subscription& each : subscriptions) {
    if (each.reminders_muted == muted) continue;
    SubscriptionPatch patch;
    patch.reminders_muted = muted;
    TRY_DO(subscriptions::update(tx, actor, each.id, patch, std::nullopt, now));
    changed = true;
  }
  return changed;
}

result<bool> archive(storage::TenantTransaction& tx, const Actor& actor, ClientId id, bool archived,
                     Instant now) {
  TRY(Client client, clients::get(tx, id, now));
  if (client.archived == archived) return false;
  ClientPatch patch;
  patch.archived = archived;
  TRY_DO(clients::update(tx, actor, id, patch, std::nullopt, now));
  return true;
}

result<bool> declare_all(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                         const Command& command, Instant now) {
  TRY(auto subscriptions, live_subscriptions(tx, id, now));
  bool changed = false;
  for (const Subscription& each : subscriptions) {
    if (each.payment_status == command.status) continue;
    TRY_DO(subscriptions::set_payment_status(tx, actor, each.id, command.status, now));
    changed = true;
  }
  return changed;
}

result<bool> opt_out(storage::TenantTransaction& tx, const Actor& actor, ClientId id, bool wanted,
                     Instant now) {
  TRY(Client client, clients::get(tx, id, now));
  if (client.opt_out == wanted) return false;
  ClientPatch patch;
  patch.opt_out = wanted;
  TRY_DO(clients::update(tx, actor, id, patch, std::nullopt, now));
  return true;
}

// True when something changed.
result<bool> apply_one(storage::TenantTransaction& tx, const Actor& actor, ClientId id,
                       const Command& command, Instant now) {
  switch (command.action) {
    case Action::renew:
      return renew_all(tx, actor, id, command, now);
    case Action::message:
      return send(tx, actor, id, command, now);
    case Action::tag:
    case Action::untag:
      return change_tags(tx, actor, id, command, now);
    case Action::mute:
    case Action::unmute:
      return mute_all(tx, actor, id, command.action == Action::mute, now);
    case Action::archive:
    case Action::restore:
      return archive(tx, actor, id, command.action == Action::archive, now);
    case Action::payment_status:
      return declare_all(tx, actor, id, command, now);
    case Action::opt_out:
      break;
  }
  return opt_out(tx, actor, id, command.opt_out, now);
}

} // namespace

std::string_view to_text(Action action) { return domain::enum_to_text(kActions, action); }
bool from_text(std::string_view text, Action& out) { return domain::enum_from_text(kActions, text, out); }

result<void> check(const Command& command) {
  domain::FieldErrors errors;
  const bool tags = command.action == Action::tag || command.action == Action::untag;
  if (tags && command.tags.empty()) errors.add("/tags", "required", "names at least one tag");
  if (tags) errors.take("/tags", domain::parse_tags(command.tags));
  if (command.action == Action::message && command.body.has_value() == command.template_id.has_value()) {
    errors.add("/body", "required", "takes exactly one of body and template_id");
  }
  return errors.finish();
}

result<std::vector<Item>> apply(storage::TenantTransaction& tx, const Actor& actor,
                                std::span<const ClientId> ids, const Command& command, bool dry_run,
                                Instant now) {
  std::vector<Item> items;
  items.reserve(ids.size());
  const Error undo(ErrorCode::conflict, "tried only");
  for (ClientId id : ids) {
    bool changed = false;
    std::optional<Error> failed;
    auto outcome = tx.savepoint([&]() -> result<void> {
      auto done = apply_one(tx, actor, id, command, now);
      if (done.has_error()) failed = done.error();
      if (failed) return *failed;
      changed = *done;
      if (dry_run) return undo;
      return {};
    });
    if (outcome.has_error() && !failed && !dry_run) failed = outcome.error();
    if (failed && is_fatal(failed->code)) return *failed;
    if (failed) {
      items.push_back({id, "error", std::string(code_of(failed->code)), failed->detail});
    } else {
      items.push_back({id, changed ? "done" : "unchanged", std::nullopt, std::nullopt});
    }
  }
  return items;
}

result<std::vector<ClientId>> select(storage::TenantTransaction& tx, const clients::ListFilter& filter,
                                     Instant now) {
  TRY(Terms terms, terms_at(tx, now));
  storage::ClientListQuery query;
  query.filter = clients::resolve(filter, terms);
  query.sort = storage::ClientSort::created_at;
  query.limit = kSelectPage;
  std::vector<ClientId> ids;
  while (true) {
    TRY(auto page, storage::list_clients(tx, query));
    for (const auto& item : page) ids.push_back(item.entry.client.id);
    if (ids.size() > kMaxItems) {
      return Error(ErrorCode::limit_exceeded, "the filter names more than 10000 clients");
    }
    if (page.size() < static_cast<std::size_t>(kSelectPage)) return ids;
    query.after = {page.back().key, page.back().entry.client.id};
  }
}

} // namespace renova::services::bulk

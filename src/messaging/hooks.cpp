#include "messaging/hooks.hpp"

#include "base/log.hpp"
#include "services/channels.hpp"
#include "storage/inbox_store.hpp"
#include "storage/sender_store.hpp"

#include <memory>

namespace renova::messaging::hooks {
namespace {

struct Found {
  std::optional<ChannelConfig> config;
  std::string type;
};

using OnFound = std::function<void(result<Found>)>;

void find_channel(const Dependencies& dependencies, ChannelId channel, OnFound done) {
  auto row = std::make_shared<std::optional<storage::SenderChannelRow>>();
  dependencies.database.read(
      storage::Database::Cost::point,
      [row, channel](storage::Transaction& tx) -> result<void> {
        TRY(*row, storage::sender_store::channel(tx, channel));
        return {};
      },
      [row, secrets = &dependencies.secrets, done = std::move(done)](const result<void>& read) {
        if (read.has_error()) return done(read.error());
        if (!*row) return done(Error(ErrorCode::not_found, "no such channel"));
        const auto& found = **row;
        auto opened = services::channels::open_config(found.channel, *secrets);
        if (opened.has_error()) return done(opened.error());
        ChannelConfig config{found.channel.id, found.tenant_id, opened->plain};
        for (const auto& [name, secret] : opened->secrets) config.settings[name] = secret;
        done(Found{std::move(config), std::string(to_text(found.channel.type))});
      });
}

} // namespace

void answer_challenge(const Dependencies& dependencies, ChannelId channel, const QueryValue& query_value,
                      Challenge done) {
  std::string mode = query_value("hub.mode").value_or("");
  std::string token = query_value("hub.verify_token").value_or("");
  std::string challenge = query_value("hub.challenge").value_or("");
  find_channel(dependencies, channel, [=, done = std::move(done)](result<Found> found) {
    if (found.has_error()) return done(found.error());
    const GatewayShapes* shapes = shapes_of(found->type);
    if (shapes == nullptr || !shapes->verify) return done(Error(ErrorCode::not_found, "no webhooks here"));
    std::string expected = found->config->text("verify_token");
    bool fits = mode == "subscribe" && !expected.empty() && constant_time_equal(expected, token);
    if (!fits || challenge.empty() || challenge.size() > 1000) {
      return done(Error(ErrorCode::forbidden, "the verify token does not fit"));
    }
    done(challenge);
  });
}

void verify_and_store(const Dependencies& dependencies, ChannelId channel, std::string body,
                      std::string signature, std::function<void(result<void>)> done) {
  if (body.size() > kBodyMax) return done(Error(ErrorCode::payload_too_large, "the body is over 4 MiB"));
  auto shared = std::make_shared<std::string>(std::move(body));
  auto* metrics = &dependencies.metrics;
  auto* database = &dependencies.database;
  Instant now = dependencies.clock.now();
  find_channel(
      dependencies, channel,
      [=, stored = dependencies.stored, signature = std::move(signature),
       done = std::move(done)](result<Found> found) {
        if (found.has_error()) return done(found.error());
        const GatewayShapes* shapes = shapes_of(found->type);
        if (shapes == nullptr || !shapes->verify)
          return done(Error(ErrorCode::not_found, "no webhooks here"));
        auto refuse = [&](const Error& error, std::string_view why) {
          metrics->counter("webhooks_refused_total", "Webhooks that were not accepted", {{"reason", why}})
              .add();
          log::warning("webhook_refused", {{"channel", channel}, {"reason", why}});
          done(error);
        };
        auto verified = shapes->verify(*found->config, *shared, signature);
        if (verified.has_error()) return refuse(verified.error(), "signature");
        auto items = shapes->parse(*found->config, *shared);
        if (items.has_error()) return refuse(items.error(), "malformed");
        metrics->counter("webhooks_total", "Webhooks that were accepted").add();
        if (items->empty()) return done({});
        auto kept = std::make_shared<std::vector<InboxItem>>(std::move(*items));
        database->write(
            [kept, channel, tenant = found->config->tenant, now](storage::Transaction& tx) -> result<void> {
              auto scoped =
                  tx.tenant(storage::TenantScope(tenant)); // the channel's own, proven by its signature
              TRY_DO(store_items(scoped, channel, *kept, now));
              return {};
            },
            [stored, done](const result<void>& written) {
              if (written.has_value() && stored) stored();
              done(written);
            });
      });
}

result<int> store_items(storage::TenantTransaction& tx, ChannelId channel, std::span<const InboxItem> items,
                        Instant now) {
  int stored = 0;
  for (const auto& item : items) {
    TRY(bool fresh, storage::inbox_store::insert(tx, channel, to_text(item.kind), item.key, item.body, now));
    if (fresh) ++stored;
  }
  return stored;
}

} // namespace renova::messaging::hooks

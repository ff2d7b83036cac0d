#include "api/hooks_api.hpp"

#include "api/route.hpp"

namespace renova::api {
namespace {

namespace hooks = messaging::hooks;

http::Response plain(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff"); // the challenge is the caller's own text
  response.body = std::move(body);
  return response;
}

// Meta's names hold dots ("hub.mode"): decoded by the exact name, never normalised (PROTOCOLS.md §1.6).
void answer_challenge(const hooks::Dependencies& dependencies, const Call& call, Respond respond) {
  auto channel = call.id<ChannelId>("channel_id");
  if (channel.has_error()) return respond(channel.error());
  auto pairs = http::parse_query(call.request().query);
  if (pairs.has_error()) return respond(pairs.error());
  auto query_value = [pairs = *pairs](std::string_view name) -> std::optional<std::string> {
    for (const auto& pair : pairs) {
      if (pair.name == name) return pair.value;
    }
    return std::nullopt;
  };
  hooks::answer_challenge(dependencies, *channel, query_value, [respond](result<std::string> challenge) {
    if (challenge.has_error()) return respond(challenge.error());
    respond.raw(plain(200, std::move(*challenge)));
  });
}

void take_news(const hooks::Dependencies& dependencies, const Call& call, Respond respond) {
  auto channel = call.id<ChannelId>("channel_id");
  if (channel.has_error()) return respond(channel.error());
  std::string signature(call.request().headers.get("X-Hub-Signature-256"));
  hooks::verify_and_store(dependencies, *channel, call.request().body, std::move(signature),
                          [respond](result<void> stored) {
                            if (stored.has_error()) return respond(stored.error());
                            respond.raw(plain(200, "stored"));
                          });
}

} // namespace

void add_hook_routes(RouteTable& routes, const hooks::Dependencies& dependencies) {
  routes
      .get(
          "/hooks/channels/{channel_id}", Access::anyone(), RateClass::none, "verifyChannelHook",
          "The gateway checks that the address is ours: answers hub.challenge when hub.verify_token is right")
      .tag("hooks")
      .answers_raw("text/plain")
      .custom([dependencies](std::shared_ptr<const Call> call, Respond respond) {
        answer_challenge(dependencies, *call, std::move(respond));
      });
  routes
      .post("/hooks/channels/{channel_id}", Access::anyone(), RateClass::none, "takeChannelHook",
            "Receipts and messages from a gateway: verified on the raw body, stored, then answered")
      .tag("hooks")
      .takes_raw("application/json", hooks::kBodyMax)
      .answers_raw("text/plain")
      .custom([dependencies](std::shared_ptr<const Call> call, Respond respond) {
        take_news(dependencies, *call, std::move(respond));
      });
}

} // namespace renova::api

#include "api/channels_api.hpp"

#include "api/channel_views.hpp"
#include "api/lists.hpp"
#include "api/message_views.hpp"
#include "api/route.hpp"

namespace renova::api {
namespace {

using services::Channel;
namespace channels = services::channels;

result<storage::ChannelPageQuery> store_query(const ChannelsQuery& query, const Paging& page) {
  storage::ChannelPageQuery out;
  out.by_name = page.sort_field == "name";
  out.descending = page.descending;
  out.limit = page.limit + 1;
  out.type = query.type;
  out.enabled = query.enabled;
  if (!page.after) return out;
  out.after_id = ChannelId(page.after->id);
  if (out.by_name) {
    TRY(out.after_name, cursor_text(*page.after));
  } else {
    TRY(std::int64_t at, cursor_number(*page.after));
    out.after_created = Instant{at};
  }
  return out;
}

// The endpoints; copies of it live in the route table.
class ChannelEndpoints {
 public:
  explicit ChannelEndpoints(const ChannelDependencies& dependencies)
      : context_{dependencies.secrets, {dependencies.allow_http}},
        public_url_(dependencies.public_url),
        circuit_of_(dependencies.circuit_of) {}

  result<Unit> list(const Call& call) const {
    TRY(ChannelsQuery query, call.query<ChannelsQuery>());
    TRY(Paging page, paging(query, {"name", "created_at"}, "name"));
    TRY(storage::ChannelPageQuery wanted, store_query(query, page));
    auto work = [page, wanted, context = context_,
                 url = public_url_](storage::TenantTransaction& tx) -> result<Reply> {
      TRY(auto rows, channels::list(tx, context, wanted));
      auto key = [&](const Channel& row) -> Cursor::Value {
        if (wanted.by_name) return row.name;
        return row.created_at.us;
      };
      auto shown = cut_page<ChannelView>(page, std::move(rows), key,
                                         [&](const Channel& row) { return view_of(row, url); });
      if (page.with_total) {
        TRY(shown.total, channels::count(tx, wanted));
      }
      return ok(shown);
    };
    return Unit(work);
  }

  result<Unit> create(const Call& call) const {
    TRY(ChannelInput input, call.body<ChannelInput>());
    TRY(channels::NewChannel wanted, new_channel_of(input));
    auto work = [wanted, now = call.now(), actor = call.actor(), context = context_,
                 url = public_url_](storage::TenantTransaction& tx) -> result<Reply> {
      TRY(Channel made, channels::create(tx, now, actor, context, wanted));
      return created(view_of(made, url), "/api/v1/channels/" + made.id.str(), made.version);
    };
    return Unit(work);
  }

  result<Unit> get(const Call& call) const {
    TRY(ChannelId id, call.id<ChannelId>());
    return Unit([id, context = context_, url = public_url_](storage::TenantTransaction& tx) -> result<Reply> {
      TRY(Channel found, channels::get(tx, context, id));
      return ok(view_of(found, url), found.version);
    });
  }

  result<Unit> update(const Call& call) const {
    TRY(ChannelId id, call.id<ChannelId>());
    TRY(ChannelPatchInput input, call.body<ChannelPatchInput>());
    TRY(channels::ChannelPatch patch, patch_of(input));
    auto work = [id, patch, now = call.now(), actor = call.actor(), expected = call.if_match(),
                 context = context_, url = public_url_](storage::TenantTransaction& tx) -> result<Reply> {
      TRY(Channel changed, channels::update(tx, now, actor, context, id, expected, patch));
      return ok(view_of(changed, url), changed.version);
    };
    return Unit(work);
  }

  result<Unit> remove(const Call& call) const {
    TRY(ChannelId id, call.id<ChannelId>());
    TRY(DeleteChannelQuery query, call.query<DeleteChannelQuery>());
    if (query.move_to && query.cancel.value_or(false)) {
      return field_error("cancel", "conflict", "move_to and cancel exclude each other");
    }
    channels::Farewell farewell{query.move_to, query.cancel.value_or(false)};
    auto work = [id, farewell, now = call.now(), actor = call.actor(),
                 expected = call.if_match()](storage::TenantTransaction& tx) -> result<Reply> {
      TRY_DO(channels::remove(tx, now, actor, id, expected, farewell));
      return no_content();
    };
    return Unit(work);
  }

  using Action = result<Channel> (*)(storage::TenantTransaction&, Instant, const services::Actor&,
                                     const channels::Context&, ChannelId);
  // connect, pause and resume: no parameters, and the channel as it is now for an answer.
  result<Unit> act(const Call& call, Action action) const {
    TRY(ChannelId id, call.id<ChannelId>());
    TRY_DO(call.body_or_empty<NoBody>());
    auto work = [id, action, now = call.now(), actor = call.actor(), context = context_,
                 url = public_url_](storage::TenantTransaction& tx) -> result<Reply> {
      TRY(Channel channel, action(tx, now, actor, context, id));
      return ok(view_of(channel, url), channel.version);
    };
    return Unit(work);
  }

  result<Unit> test(const Call& call) const {
    TRY(ChannelId id, call.id<ChannelId>());
    TRY(TestInput input, call.body<TestInput>());
    if (input.phone.has_value() == input.to.has_value()) {
      return field_error("/phone", "required", "the number to send to is required, once");
    }
    std::string phone = input.phone ? *input.phone : *input.to;
    auto work = [id, phone, body = input.body, now = call.now(),
                 actor = call.actor()](storage::TenantTransaction& tx) -> result<Reply> {
      TRY(auto message, channels::send_test(tx, now, actor, id, phone, body));
      return accepted(view_of(message));
    };
    return Unit(work);
  }

  result<Unit> qr(const Call& call) const {
    TRY(ChannelId id, call.id<ChannelId>());
    return Unit([id, context = context_](storage::TenantTransaction& tx) -> result<Reply> {
      TRY_DO(channels::get(tx, context, id));
      return ok(QrView{}); // none of this program's types is paired by a code
    });
  }

  result<Unit> health(const Call& call) const {
    TRY(ChannelId id, call.id<ChannelId>());
    auto work = [id, now = call.now(), context = context_,
                 circuit_of = circuit_of_](storage::TenantTransaction& tx) -> result<Reply> {
      TRY(auto found, channels::health(tx, now, context, id, circuit_of));
      return ok(view_of(found));
    };
    return Unit(work);
  }

 private:
  struct NoBody {};
  BOOST_DESCRIBE_CLASS(NoBody, (), (), (), ())

  channels::Context context_;
  std::string public_url_;
  channels::CircuitOf circuit_of_;
};

constexpr std::string_view kChannelExample =
    R"({"name":"WhatsApp","type":"cloud_api","enabled":true,"config":{"base_url":"https://graph.facebook.com",)"
    R"("api_version":"v23.0","phone_number_id":"106540352242922","access_token":"EAAG…","app_secret":"…",)"
    R"("verify_token":"…"},"pacing":{"per_minute":60},"breaker":{"failures":5,"recovery_s":60}})";

void add_actions(RouteTable& routes, const ChannelEndpoints& endpoints) {
  constexpr auto normal = RateClass::normal;
  routes
      .post("/api/v1/channels/{id}/connect", Role::admin, normal, "connectChannel",
            "Brings a channel into use: switched on and not paused")
      .answers<ChannelView>()
      .write([endpoints](const Call& call) { return endpoints.act(call, channels::connect); });
  routes
      .post("/api/v1/channels/{id}/pause", Role::operator_, normal, "pauseChannel",
            "Stops handing over by this channel; what waits stays")
      .answers<ChannelView>()
      .write([endpoints](const Call& call) { return endpoints.act(call, channels::pause); });
  routes
      .post("/api/v1/channels/{id}/resume", Role::operator_, normal, "resumeChannel", "Goes on after a pause")
      .answers<ChannelView>()
      .write([endpoints](const Call& call) { return endpoints.act(call, channels::resume); });
  routes
      .post("/api/v1/channels/{id}/test", Role::operator_, RateClass::messages, "testChannel",
            "Sends a test message to a phone through the queue")
      .takes<TestInput>(R"({"phone":"+55 11 98765-4321"})")
      .answers<MessageView>(202)
      .write([endpoints](const Call& call) { return endpoints.test(call); });
  routes
      .get("/api/v1/channels/{id}/qr", Role::admin, normal, "getChannelQr",
           "The code that pairs a channel's session, for types that have one")
      .answers<QrView>()
      .read([endpoints](const Call& call) { return endpoints.qr(call); });
  routes
      .get("/api/v1/channels/{id}/health", Role::viewer, normal, "getChannelHealth",
           "Whether a channel can send, and if not, why")
      .answers<ChannelHealthView>()
      .read([endpoints](const Call& call) { return endpoints.health(call); }, storage::Database::Cost::scan);
}

} // namespace

void add_channel_routes(RouteTable& routes, const ChannelDependencies& dependencies) {
  constexpr auto normal = RateClass::normal;
  ChannelEndpoints endpoints(dependencies);
  routes.get("/api/v1/channels", Role::viewer, normal, "listChannels", "Channels, a page at a time")
      .query<ChannelsQuery>()
      .answers<Page<ChannelView>>()
      .read([endpoints](const Call& call) { return endpoints.list(call); });
  routes.post("/api/v1/channels", Role::admin, normal, "createChannel", "A new channel")
      .takes<ChannelInput>(kChannelExample)
      .answers<ChannelView>(201)
      .write([endpoints](const Call& call) { return endpoints.create(call); });
  routes.get("/api/v1/channels/{id}", Role::viewer, normal, "getChannel", "One channel")
      .answers<ChannelView>()
      .read([endpoints](const Call& call) { return endpoints.get(call); });
  routes.patch("/api/v1/channels/{id}", Role::admin, normal, "updateChannel", "Changes a channel")
      .takes<ChannelPatchInput>()
      .answers<ChannelView>()
      .conditional()
      .write([endpoints](const Call& call) { return endpoints.update(call); });
  routes
      .del("/api/v1/channels/{id}", Role::admin, normal, "deleteChannel",
           "Deletes a channel; messages that wait in it are moved (move_to) or cancelled (cancel), or it "
           "stays")
      .query<DeleteChannelQuery>()
      .answers_nothing()
      .conditional()
      .write([endpoints](const Call& call) { return endpoints.remove(call); });
  add_actions(routes, endpoints);
}

} // namespace renova::api

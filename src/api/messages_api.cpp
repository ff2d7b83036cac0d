#include "api/messages_api.hpp"

#include "api/lists.hpp"
#include "api/message_views.hpp"
#include "api/route.hpp"
#include "domain/field_errors.hpp"
#include "services/message_list.hpp"
#include "services/rules.hpp"

#include <algorithm>

namespace renova::api {
namespace {

namespace messages = services::messages;

struct MessagesQuery : PageQuery {
  std::optional<std::string> state; // one, or several with commas: any of them
  std::optional<ClientId> client;
  std::optional<domain::MessageKind> kind;
  std::optional<ChannelId> channel;
  std::optional<std::string> from; // created at or after: an instant, or a date in the tenant's zone
  std::optional<std::string> to;   // created before this instant, or on or before this date
};
BOOST_DESCRIBE_STRUCT(MessagesQuery, (PageQuery), (state, client, kind, channel, from, to))

struct MessageInput {
  std::optional<std::string> body;
  std::optional<TemplateId> template_id;
  std::optional<SubscriptionId> subscription_id; // whose values the template gets; none: what falls due first
  std::optional<ChannelId> channel_id;
  std::optional<Instant> not_before;
  std::optional<int> priority;
};
BOOST_DESCRIBE_STRUCT(MessageInput, (),
                      (body, template_id, subscription_id, channel_id, not_before, priority))

struct ResolveInput {
  messages::Resolution as = messages::Resolution::sent;
};
BOOST_DESCRIBE_STRUCT(ResolveInput, (), (as))

struct WhyQuery {
  SubscriptionId subscription;
  std::optional<Date> date;
};
BOOST_DESCRIBE_STRUCT(WhyQuery, (), (subscription, date))

struct NoBody {};
BOOST_DESCRIBE_STRUCT(NoBody, (), ())

// "queued,unknown": the known names, each once.
result<std::vector<domain::MessageState>> states_of(const std::optional<std::string>& names) {
  std::vector<domain::MessageState> states;
  if (!names) return states;
  for (std::string_view rest = *names;;) {
    auto comma = rest.find(',');
    domain::MessageState state{};
    if (!from_text(rest.substr(0, comma), state)) {
      return field_error("state", "unknown_value", "must be states, with commas between them");
    }
    if (std::find(states.begin(), states.end(), state) == states.end()) states.push_back(state);
    if (comma == std::string_view::npos) return states;
    rest.remove_prefix(comma + 1);
  }
}

struct ListWanted {
  Paging page;
  MessagesQuery query;
  std::vector<domain::MessageState> states;
  storage::MessagePageQuery store; // from and to come later: they need the tenant's zone
};

result<ListWanted> list_wanted(const Call& call) {
  ListWanted out;
  TRY(out.query, call.query<MessagesQuery>());
  TRY(out.page, paging(out.query, {"created_at"}, "-created_at"));
  TRY(out.states, states_of(out.query.state));
  out.store.ascending = !out.page.descending;
  out.store.limit = out.page.limit + 1;
  out.store.client = out.query.client;
  out.store.kind = out.query.kind;
  out.store.channel = out.query.channel;
  if (out.page.after) {
    TRY(std::int64_t at, cursor_number(*out.page.after));
    out.store.after = true;
    out.store.after_created = Instant{at};
    out.store.after_id = MessageId(out.page.after->id);
  }
  return out;
}

result<Unit> list_messages(const Call& call) {
  TRY(ListWanted wanted, list_wanted(call));
  return Unit([wanted](storage::TenantTransaction& tx) -> result<Reply> {
    storage::MessagePageQuery query = wanted.store;
    if (wanted.query.from) {
      TRY(query.from, messages::instant_of(tx, "from", *wanted.query.from, false));
    }
    if (wanted.query.to) {
      TRY(query.to, messages::instant_of(tx, "to", *wanted.query.to, true));
    }
    TRY(auto rows, messages::list(tx, query, wanted.states));
    auto list = cut_page<MessageView>(
        wanted.page, std::move(rows),
        [](const storage::MessageRow& row) -> Cursor::Value { return row.created_at.us; },
        [](const storage::MessageRow& row) { return view_of(row); });
    if (wanted.page.with_total) {
      TRY(list.total, messages::count(tx, query, wanted.states));
    }
    return ok(list);
  });
}

result<Unit> get_message(const Call& call) {
  TRY(MessageId id, call.id<MessageId>());
  return Unit([id](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto found, messages::get(tx, id));
    return ok(view_of(found.message, found.events));
  });
}

result<Unit> create_message(const Call& call) {
  TRY(ClientId client, call.id<ClientId>());
  TRY(MessageInput input, call.body<MessageInput>());
  messages::NewMessage wanted;
  wanted.client = client;
  wanted.subscription = input.subscription_id;
  wanted.body = input.body;
  wanted.template_id = input.template_id;
  wanted.channel = input.channel_id;
  wanted.not_before = input.not_before;
  wanted.priority = input.priority;
  return Unit(
      [wanted, now = call.now(), actor = call.actor()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(auto row, messages::create(tx, actor, wanted, now));
        return accepted(view_of(row));
      });
}

using Act = result<storage::MessageRow> (*)(storage::TenantTransaction&, const services::Actor&, MessageId,
                                            Instant);
result<Unit> act(const Call& call, Act act) {
  TRY(MessageId id, call.id<MessageId>());
  TRY_DO(call.body_or_empty<NoBody>());
  return Unit(
      [id, act, now = call.now(), actor = call.actor()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(auto row, act(tx, actor, id, now));
        return ok(view_of(row));
      });
}

result<Unit> resolve_message(const Call& call) {
  TRY(MessageId id, call.id<MessageId>());
  TRY(ResolveInput input, call.body<ResolveInput>());
  auto work = [id, as = input.as, now = call.now(),
               actor = call.actor()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto row, messages::resolve(tx, actor, id, as, now));
    return ok(view_of(row));
  };
  return Unit(work);
}

result<Unit> why(const Call& call) {
  TRY(WhyQuery query, call.query<WhyQuery>());
  return Unit([query, now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    Date date;
    if (query.date) {
      date = *query.date;
    } else {
      TRY(date, services::rules::today(tx, now));
    }
    TRY(auto found, services::reminders::why(tx, query.subscription, date, now));
    return ok(view_of(found));
  });
}

void add_actions(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  routes
      .post("/api/v1/messages/{id}/cancel", Role::operator_, normal, "cancelMessage",
            "Takes a message that waits out of the queue")
      .answers<MessageView>()
      .write([](const Call& call) { return act(call, messages::cancel); });
  routes
      .post("/api/v1/messages/{id}/retry", Role::operator_, normal, "retryMessage",
            "Queues a failed or held message again")
      .answers<MessageView>()
      .write([](const Call& call) { return act(call, messages::retry); });
  routes
      .post("/api/v1/messages/{id}/resolve", Role::operator_, normal, "resolveMessage",
            "Decides about a message whose answer was lost")
      .takes<ResolveInput>(R"({"as":"sent"})")
      .answers<MessageView>()
      .write(resolve_message);
}

} // namespace

void add_message_routes(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  routes
      .get("/api/v1/messages", Role::viewer, normal, "listMessages",
           "Messages, newest first, a page at a time")
      .query<MessagesQuery>()
      .answers<Page<MessageView>>()
      .read(list_messages);
  routes
      .get("/api/v1/messages/why", Role::viewer, normal, "whyMessages",
           "Why something was, or was not, sent to a subscription on a day")
      .query<WhyQuery>()
      .answers<WhyView>()
      .read(why);
  routes
      .get("/api/v1/messages/{id}", Role::viewer, normal, "getMessage",
           "One message with its events, oldest first")
      .answers<MessageWithEvents>()
      .read(get_message);
  routes
      .post("/api/v1/clients/{id}/messages", Role::operator_, RateClass::messages, "sendMessage",
            "Queues a message to a client")
      .takes<MessageInput>(R"({"body":"Olá! Seu acesso foi renovado."})")
      .answers<MessageView>(202)
      .write(create_message);
  add_actions(routes);
}

} // namespace renova::api

#include "api/clients_api.hpp"

#include "api/client_inputs.hpp"
#include "api/lists.hpp"
#include "services/clients.hpp"

namespace renova::api {
namespace {

using services::Client;
namespace clients = services::clients;

constexpr std::string_view kPath = "/api/v1/clients/";

struct CreateClient {
  std::string name;
  std::string phone;
  std::optional<std::string> email;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::map<std::string, std::string>> custom;
  std::optional<bool> opt_out;
  std::optional<std::string> notes;
  std::optional<SubscriptionBody> subscription;
};
BOOST_DESCRIBE_STRUCT(CreateClient, (), (name, phone, email, tags, custom, opt_out, notes, subscription))

struct UpdateClient {
  PatchRequired<std::string> name;
  PatchRequired<std::string> phone;
  Patch<std::string> email;
  Patch<std::vector<std::string>> tags;
  Patch<std::map<std::string, std::optional<std::string>>> custom;
  PatchRequired<bool> opt_out;
  PatchRequired<bool> archived;
};
BOOST_DESCRIBE_STRUCT(UpdateClient, (), (name, phone, email, tags, custom, opt_out, archived))

struct ClientsQuery : PageQuery, ClientFilterFields {};
BOOST_DESCRIBE_STRUCT(ClientsQuery, (PageQuery, ClientFilterFields), ())

struct DeleteQuery {
  std::optional<bool> erase;
};
BOOST_DESCRIBE_STRUCT(DeleteQuery, (), (erase))

struct OptOutBody {
  std::optional<bool> opt_out;
};
BOOST_DESCRIBE_STRUCT(OptOutBody, (), (opt_out))

services::NewClient to_service(const CreateClient& body) {
  services::NewClient input;
  input.name = body.name;
  input.phone = body.phone;
  input.email = body.email;
  input.tags = body.tags.value_or(std::vector<std::string>());
  input.custom = body.custom.value_or(std::map<std::string, std::string>());
  input.opt_out = body.opt_out.value_or(false);
  input.notes = body.notes;
  if (body.subscription) input.subscription = to_service(*body.subscription);
  return input;
}

services::ClientPatch to_service(const UpdateClient& body) {
  services::ClientPatch patch;
  patch.name = body.name.value;
  patch.phone = body.phone.value;
  patch.email = to_service(body.email);
  patch.tags = to_service(body.tags);
  patch.custom = to_service(body.custom);
  patch.opt_out = body.opt_out.value;
  patch.archived = body.archived.value;
  return patch;
}

storage::ClientSort sort_of(std::string_view field) {
  if (field == "expires_on") return storage::ClientSort::expires_on;
  if (field == "created_at") return storage::ClientSort::created_at;
  if (field == "price") return storage::ClientSort::price;
  return storage::ClientSort::name;
}

result<storage::ClientListQuery> store_query(const Paging& page) {
  storage::ClientListQuery query;
  query.sort = sort_of(page.sort_field);
  query.descending = page.descending;
  query.limit = page.limit + 1;
  if (!page.after) return query;
  storage::ClientListQuery::After after;
  after.id = ClientId(page.after->id);
  if (query.sort == storage::ClientSort::name) {
    TRY(after.key, cursor_text(*page.after));
  } else {
    TRY(after.key, cursor_number(*page.after));
  }
  query.after = after;
  return query;
}

Page<Client> cut(const Paging& paging, std::vector<clients::ListedClient> rows) {
  Page<Client> page;
  const auto limit = static_cast<std::size_t>(paging.limit);
  if (rows.size() > limit) {
    const clients::ListedClient& last = rows[limit - 1];
    Cursor cursor{paging.sort, {}, last.client.id.uuid()};
    std::visit([&](const auto& key) { cursor.values.emplace_back(key); }, last.key);
    page.next_cursor = cursor.encode();
    rows.resize(limit);
  }
  page.data.reserve(rows.size());
  for (clients::ListedClient& row : rows) page.data.push_back(std::move(row.client));
  return page;
}

result<Unit> list_clients(const Call& call) {
  TRY(ClientsQuery query, call.query<ClientsQuery>());
  TRY(Paging page, paging(query, {"name", "expires_on", "created_at", "price"}, "name"));
  TRY(clients::ListFilter filter, to_service(query, ""));
  TRY(storage::ClientListQuery wanted, store_query(page));
  return Unit([page, filter, wanted, now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(auto rows, clients::list(tx, filter, wanted, now));
    Page<Client> list = cut(page, std::move(rows));
    if (page.with_total) {
      TRY(list.total, clients::count(tx, filter, now));
    }
    return ok(list);
  });
}

result<Unit> create_client(const Call& call) {
  TRY(CreateClient body, call.body<CreateClient>());
  return Unit([input = to_service(body), actor = call.actor(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Client made, clients::create(tx, actor, input, now));
    return created(made, std::string(kPath) + made.id.str(), made.version);
  });
}

result<Unit> get_client(const Call& call) {
  TRY(ClientId id, call.id<ClientId>());
  return Unit([id, now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Client found, clients::get(tx, id, now));
    return ok(found, found.version);
  });
}

result<Unit> change(const Call& call, services::ClientPatch patch) {
  TRY(ClientId id, call.id<ClientId>());
  return Unit([id, patch = std::move(patch), actor = call.actor(), version = call.if_match(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Client changed, clients::update(tx, actor, id, patch, version, now));
    return ok(changed, changed.version);
  });
}

result<Unit> update_client(const Call& call) {
  TRY(UpdateClient body, call.body<UpdateClient>());
  return change(call, to_service(body));
}

result<Unit> opt_out(const Call& call) {
  TRY(OptOutBody body, call.body_or_empty<OptOutBody>());
  services::ClientPatch patch;
  patch.opt_out = body.opt_out.value_or(true);
  return change(call, std::move(patch));
}

result<Unit> delete_client(const Call& call) {
  TRY(ClientId id, call.id<ClientId>());
  TRY(DeleteQuery query, call.query<DeleteQuery>());
  const bool erase = query.erase.value_or(false);
  if (erase && call.principal().role != Role::owner) {
    return Error(ErrorCode::forbidden, "only an owner may erase a client");
  }
  return Unit([id, erase, actor = call.actor(), version = call.if_match(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    if (erase) {
      TRY_DO(clients::erase(tx, actor, id, version, now));
    } else {
      TRY_DO(clients::archive(tx, actor, id, version, now));
    }
    return no_content();
  });
}

constexpr std::string_view kCreateExample =
    R"({"name":"Maria da Silva","phone":"(11) 98765-4321","tags":["vip"],)"
    R"("subscription":{"plan_type":"IPTV","price":"50.00","expires_on":"2026-12-31"}})";

} // namespace

void add_clients_api(RouteTable& routes) {
  constexpr auto normal = RateClass::normal;
  routes
      .get(
          "/api/v1/clients", Role::viewer, normal, "listClients",
          "Clients, a page at a time; standing and due dates are those of the earliest due date, the payment "
          "status is the worst of all subscriptions")
      .query<ClientsQuery>()
      .answers<Page<Client>>()
      .read(list_clients);
  routes
      .post("/api/v1/clients", Role::operator_, normal, "createClient",
            "A new client, with one subscription if wanted")
      .takes<CreateClient>(kCreateExample)
      .answers<Client>(201)
      .write(create_client);
  routes.get("/api/v1/clients/{id}", Role::viewer, normal, "getClient", "One client")
      .answers<Client>()
      .read(get_client);
  routes
      .patch("/api/v1/clients/{id}", Role::operator_, normal, "updateClient",
             "Changes a client (merge patch); archived false brings it back")
      .takes<UpdateClient>(R"({"email":null,"tags":["vip","novo"]})")
      .answers<Client>()
      .conditional()
      .write(update_client);
  routes
      .del("/api/v1/clients/{id}", Role::operator_, normal, "deleteClient",
           "Archives a client; with erase=true (owner) removes its personal data for good")
      .query<DeleteQuery>()
      .answers_nothing()
      .conditional()
      .write(delete_client);
  routes
      .post("/api/v1/clients/{id}/opt-out", Role::operator_, normal, "optOutClient",
            "The client wants no messages (or wants them again)")
      .takes<OptOutBody>(R"({"opt_out":true})")
      .answers<Client>()
      .write(opt_out);
}

void add_client_routes(RouteTable& routes, storage::Database& database) {
  add_clients_api(routes);
  add_client_notes_api(routes);
  add_subscriptions_api(routes);
  add_renewals_api(routes);
  add_plans_api(routes);
  add_tags_api(routes);
  add_bulk_api(routes, database);
  add_export_api(routes, database);
}

} // namespace renova::api

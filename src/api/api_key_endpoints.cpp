// /api-keys: keys for programs.

#include "api/core.hpp"
#include "services/api_keys.hpp"

#include <algorithm>

namespace renova::api {
namespace {

using services::ApiKey;

struct NewApiKeyBody {
  std::string name;
  std::optional<Role> role;
  std::optional<std::vector<std::string>> scopes;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(NewApiKeyBody, (), (name, role, scopes, expires_at))

// The only answer that ever holds the key itself.
struct IssuedKeyView : ApiKey {
  std::string key;
};
BOOST_DESCRIBE_STRUCT(IssuedKeyView, (ApiKey), (key))

constexpr std::string_view kExample =
    R"({"id":"01977b3e-0000-7000-8000-000000000003","name":"Site","prefix":"rnv_Ab12Cd","role":"operator",
"scopes":["clients:read"],"created_by":null,"created_at":"2026-11-23T12:00:00.000000Z","expires_at":null,
"last_used_at":null,"revoked_at":null,"key":"rnv_shown-only-once"})";

result<void> check_scopes(const RouteTable& routes, const std::vector<std::string>& scopes) {
  std::vector<FieldError> errors;
  if (scopes.size() > services::kScopesMax)
    errors.push_back({"/scopes", "too_many", "has too many elements"});
  for (std::size_t i = 0; i < scopes.size() && errors.empty(); ++i) {
    bool known = std::any_of(routes.routes().begin(), routes.routes().end(),
                             [&](const auto& route) { return route->scope == scopes[i]; });
    if (!known)
      errors.push_back({"/scopes/" + std::to_string(i), "unknown_value", "is not one of the known scopes"});
  }
  if (errors.empty()) return {};
  return Error(ErrorCode::validation_failed, "some fields are not valid", std::move(errors));
}

result<Unit> list(const Call& call) {
  TRY(PageQuery query, call.query<PageQuery>());
  TRY(Paging page, paging(query, {"created_at"}, "-created_at"));
  services::ApiKeyQuery wanted{page.limit, page.descending, {}};
  if (page.after) wanted.after = ApiKeyId(page.after->id);
  return Unit([wanted, page](storage::TenantTransaction& tx) -> result<Reply> {
    Page<ApiKey> out;
    TRY(out.data, services::list_api_keys(tx, wanted));
    if (static_cast<int>(out.data.size()) > wanted.limit) {
      out.data.pop_back();
      out.next_cursor = Cursor{page.sort, {}, out.data.back().id.uuid()}.encode();
    }
    if (page.with_total) {
      TRY(out.total, services::count_api_keys(tx));
    }
    return ok(out);
  });
}

result<Unit> create(const RouteTable& routes, const Call& call) {
  TRY(NewApiKeyBody body, call.body<NewApiKeyBody>());
  const Principal& who = call.principal();
  services::NewApiKey wanted;
  wanted.name = body.name;
  wanted.role = body.role.value_or(Role::operator_);
  wanted.scopes = body.scopes.value_or(std::vector<std::string>());
  wanted.expires_at = body.expires_at;
  if (!who.is_api_key()) wanted.created_by = who.user;
  TRY_DO(check_scopes(routes, wanted.scopes));
  if (wanted.role > who.role)
    return Error(ErrorCode::forbidden, "a key cannot have a higher role than yours");
  return Unit(
      [wanted, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY(auto issued, services::issue_api_key(tx, wanted, actor, now));
        IssuedKeyView view;
        static_cast<ApiKey&>(view) = issued.key;
        view.key = issued.secret;
        return created(view, "/api/v1/api-keys/" + issued.key.id.str());
      });
}

result<Unit> get(const Call& call) {
  TRY(ApiKeyId id, call.id<ApiKeyId>());
  return Unit([id](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(ApiKey key, services::get_api_key(tx, id));
    return ok(key);
  });
}

result<Unit> revoke(Core& core, const Call& call) {
  TRY(ApiKeyId id, call.id<ApiKeyId>());
  return Unit(
      [&core, id, actor = call.actor(), now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
        TRY_DO(services::revoke_api_key(tx, id, actor, now));
        tx.after_commit([&core, id] { core.guard.forget_api_key(id); });
        return no_content();
      });
}

} // namespace

void add_api_key_routes(RouteTable& routes, Core& core) {
  routes
      .get("/api/v1/api-keys", Role::admin, RateClass::normal, "listApiKeys",
           "API keys, without their secrets")
      .query<PageQuery>()
      .answers<Page<ApiKey>>()
      .read(list);
  routes
      .post("/api/v1/api-keys", Role::admin, RateClass::normal, "createApiKey",
            "Makes an API key and shows it for the only time")
      .takes<NewApiKeyBody>(
          R"({"name":"Site","role":"operator","scopes":["clients:read"],"expires_at":null})")
      .answers<IssuedKeyView>(201, kExample)
      .write([&routes](const Call& call) { return create(routes, call); });
  routes
      .get("/api/v1/api-keys/{id}", Role::admin, RateClass::normal, "getApiKey",
           "One API key, without its secret")
      .answers<ApiKey>()
      .read(get);
  routes
      .del("/api/v1/api-keys/{id}", Role::admin, RateClass::normal, "revokeApiKey",
           "Revokes an API key at once")
      .answers_nothing()
      .write([&core](const Call& call) { return revoke(core, call); });
}

} // namespace renova::api

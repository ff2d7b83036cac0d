// /users: the people of the tenant.

#include "api/core.hpp"
#include "api/idempotency.hpp"
#include "api/sign_in_views.hpp"
#include "base/text.hpp"
#include "services/members.hpp"
#include "services/password_rules.hpp"

namespace renova::api {
namespace {

using services::Member;
using CallPtr = std::shared_ptr<const Call>;

struct NewUserBody {
  std::string email;
  std::optional<std::string> name;
  Role role = Role::viewer;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(NewUserBody, (), (email, name, role, password))

struct RoleBody {
  Role role = Role::viewer;
};
BOOST_DESCRIBE_STRUCT(RoleBody, (), (role))

constexpr std::string_view kCreateUser = "createUser"; // operation id, which Idempotency-Keys are kept under
constexpr std::string_view kExample =
    R"({"id":"01977b3e-0000-7000-8000-000000000001","email":"ajuda@exemplo.com.br","name":"Ajuda Exemplo",
"role":"operator","created_at":"2026-11-23T12:00:00.000000Z"})";

result<Unit> list(const Call& call) {
  TRY(PageQuery query, call.query<PageQuery>());
  TRY(Paging page, paging(query, {"created_at"}, "created_at"));
  services::MemberQuery wanted;
  wanted.limit = page.limit;
  wanted.descending = page.descending;
  if (page.after) {
    const auto* at =
        page.after->values.size() == 1 ? std::get_if<std::int64_t>(&page.after->values[0]) : nullptr;
    if (!at) return Error(ErrorCode::malformed, "the cursor is not one that this list gave");
    wanted.after = {Instant{*at}, UserId(page.after->id)};
  }
  return Unit([wanted, page](storage::TenantTransaction& tx) -> result<Reply> {
    Page<Member> out;
    TRY(out.data, services::list_members(tx, wanted));
    if (static_cast<int>(out.data.size()) > wanted.limit) {
      out.data.pop_back();
      const Member& last = out.data.back();
      out.next_cursor = Cursor{page.sort, {last.created_at.us}, last.id.uuid()}.encode();
    }
    if (page.with_total) {
      TRY(out.total, services::count_members(tx));
    }
    return ok(out);
  });
}

// The name when none is given: what stands before the @.
std::string name_from(const std::string& email) {
  std::string name = email.substr(0, email.find('@'));
  return name.size() < 2 ? name + name : name;
}

void create(Core& core, const CallPtr& call, const Respond& respond) {
  auto body = call->body<NewUserBody>();
  if (body.has_error()) return respond(body.error());
  if (body->role > call->principal().role) {
    return respond(Error(ErrorCode::forbidden, "you cannot give a higher role than yours"));
  }
  auto password = services::check_password(body->password, body->email, "/password");
  if (password.has_error()) return respond(password.error());
  services::NewMember member{body->email, body->name.value_or(name_from(body->email)), {}, body->role};
  auto key = idempotency_key(*call, kCreateUser);
  if (key.has_error()) return respond(key.error());
  auto queued =
      core.passwords.hash(body->password, [&core, call, respond, member, key = *key](std::string hash) {
        services::NewMember complete = member;
        complete.password_hash = std::move(hash);
        Unit unit = [call, complete](storage::TenantTransaction& tx) -> result<Reply> {
          TRY(Member added, services::add_member(tx, complete, call->actor(), call->now()));
          return created(added, "/api/v1/users/" + added.id.str());
        };
        write_then(
            core.database,
            [call, unit, key](storage::Transaction& tx) -> result<Reply> {
              storage::TenantTransaction tenant = tx.tenant(call->tenant());
              return key ? run_once(tenant, *key, unit, call->now()) : unit(tenant);
            },
            [respond](result<Reply> reply) { respond(std::move(reply)); });
      });
  if (queued.has_error()) respond(queued.error());
}

result<Unit> get(const Call& call) {
  TRY(UserId id, call.id<UserId>());
  return Unit([id](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Member member, services::get_member(tx, id));
    return ok(member);
  });
}

result<Unit> change(Core& core, const Call& call) {
  TRY(UserId id, call.id<UserId>());
  TRY(RoleBody body, call.body<RoleBody>());
  return Unit([&core, id, body, by = call.principal().role, actor = call.actor(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY(Member member, services::set_member_role(tx, id, body.role, by, actor, now));
    tx.after_commit([&core, id] { core.guard.forget_user(id); });
    return ok(member);
  });
}

result<Unit> remove(Core& core, const Call& call) {
  TRY(UserId id, call.id<UserId>());
  return Unit([&core, id, by = call.principal().role, actor = call.actor(),
               now = call.now()](storage::TenantTransaction& tx) -> result<Reply> {
    TRY_DO(services::remove_member(tx, id, by, actor, now));
    tx.after_commit([&core, id] { core.guard.forget_user(id); });
    return no_content();
  });
}

} // namespace

void add_member_routes(RouteTable& routes, Core& core) {
  routes.get("/api/v1/users", Role::admin, RateClass::normal, "listUsers", "The people of this business")
      .query<PageQuery>()
      .answers<Page<Member>>()
      .read(list);
  routes
      .post("/api/v1/users", Role::admin, RateClass::normal, kCreateUser,
            "Adds a person with a first password")
      .takes<NewUserBody>(
          R"({"email":"ajuda@exemplo.com.br","name":"Ajuda Exemplo","role":"operator","password":"frase bem comprida"})")
      .answers<Member>(201, kExample)
      .custom([&core](const CallPtr& call, const Respond& respond) { create(core, call, respond); });
  routes.get("/api/v1/users/{id}", Role::admin, RateClass::normal, "getUser", "One person")
      .answers<Member>(200, kExample)
      .read(get);
  routes
      .patch("/api/v1/users/{id}", Role::admin, RateClass::normal, "changeUserRole",
             "Gives a person another role")
      .takes<RoleBody>(R"({"role":"admin"})")
      .answers<Member>(200, kExample)
      .write([&core](const Call& call) { return change(core, call); });
  routes
      .del("/api/v1/users/{id}", Role::admin, RateClass::normal, "removeUser",
           "Takes a person out of this business; the account stays")
      .answers_nothing()
      .write([&core](const Call& call) { return remove(core, call); });
}

} // namespace renova::api

#include "services/members.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"
#include "services/onboarding.hpp"
#include "services/sign_in.hpp"
#include "storage/sql/identity.hpp"

namespace renova::services {

namespace sql = storage::sql;
using storage::TenantTransaction;
using storage::Transaction;

namespace {

std::string member_json(const std::string& email, Role role) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("email", email);
  writer.field("role", to_text(role));
  writer.end_object();
  return out;
}

// A tenant always keeps an owner.
result<void> check_not_last_owner(TenantTransaction& tx, const Member& member) {
  if (member.role != Role::owner) return {};
  TRY(auto owners, tx.first<std::int64_t>(sql::owners_count, {}));
  if (owners.value_or(0) > 1) return {};
  return Error(ErrorCode::conflict, "the last owner can be neither removed nor given another role");
}

result<void> check_rank(const Member& member, Role by) {
  if (member.role <= by) return {};
  return Error(ErrorCode::forbidden, "this member has a higher role than yours");
}

} // namespace

result<Member> add_member(TenantTransaction& tx, const NewMember& wanted, const Actor& actor, Instant now) {
  domain::FieldErrors errors;
  auto email = errors.take("/email", domain::parse_email(wanted.email));
  if (email) *email = to_lower(*email); // people do not mind the case of their address
  auto name = errors.take("/name", domain::parse_name(wanted.name));
  TRY_DO(errors.finish());
  TRY(auto account, tx.system().first<Account>(sql::user_by_email, {{"email", *email}}));
  UserId id = account ? account->id : UserId::make(now);
  if (!account) {
    TRY_DO(tx.system().run(sql::user_insert, {{"id", id},
                                              {"email", *email},
                                              {"name", *name},
                                              {"password_hash", wanted.password_hash},
                                              {"now", now}}));
  } else {
    auto member = get_member(tx, id);
    if (member.has_value()) {
      Error error(ErrorCode::conflict, "this person is a member already");
      error.about = id.str();
      return error;
    }
  }
  TRY_DO(tx.run(sql::membership_insert, {{"user_id", id}, {"role", wanted.role}, {"now", now}}));
  TRY_DO(record(tx, now, actor, {"user_added", "user", id.str(), {}, member_json(*email, wanted.role)}));
  return get_member(tx, id);
}

result<Member> get_member(TenantTransaction& tx, UserId user) {
  TRY(auto member, tx.first<Member>(sql::member_get, {{"user_id", user}}));
  if (!member) return Error(ErrorCode::not_found, "there is no such user");
  return *member;
}

result<std::vector<Member>> list_members(TenantTransaction& tx, const MemberQuery& query) {
  using sql::MembersPage;
  auto dir = query.descending ? MembersPage::Dir::desc : MembersPage::Dir::asc;
  if (!query.after) return tx.all<Member>(sql::members_page.pick(dir, {}), {{"limit", query.limit + 1}});
  return tx.all<Member>(
      sql::members_page.pick(dir, MembersPage::after),
      {{"after_at", query.after->first}, {"after_id", query.after->second}, {"limit", query.limit + 1}});
}

result<std::int64_t> count_members(TenantTransaction& tx) {
  TRY(auto total, tx.first<std::int64_t>(sql::members_count, {}));
  return total.value_or(0);
}

result<Member> set_member_role(TenantTransaction& tx, UserId user, Role role, Role by, const Actor& actor,
                               Instant now) {
  TRY_DO(tx.run(sql::tenant_lock, {}, [](const storage::Row&) {}));
  TRY(Member member, get_member(tx, user));
  TRY_DO(check_rank(member, by));
  if (role > by) return Error(ErrorCode::forbidden, "you cannot give a higher role than yours");
  if (role == member.role) return member;
  TRY_DO(check_not_last_owner(tx, member));
  TRY_DO(tx.run(sql::membership_set_role, {{"user_id", user}, {"role", role}, {"now", now}}));
  TRY_DO(record(tx, now, actor,
                {"user_role_changed", "user", user.str(), member_json(member.email, member.role),
                 member_json(member.email, role)}));
  return get_member(tx, user);
}

result<void> remove_member(TenantTransaction& tx, UserId user, Role by, const Actor& actor, Instant now) {
  TRY_DO(tx.run(sql::tenant_lock, {}, [](const storage::Row&) {}));
  TRY(Member member, get_member(tx, user));
  TRY_DO(check_rank(member, by));
  TRY_DO(check_not_last_owner(tx, member));
  TRY_DO(tx.run(sql::membership_delete, {{"user_id", user}}));
  return record(tx, now, actor,
                {"user_removed", "user", user.str(), member_json(member.email, member.role), {}});
}

result<AddedUser> add_user(Transaction& tx, const std::string& tenant_name, const NewMember& member,
                           Instant now) {
  TRY(auto tenant, onboarding::find_tenant_by_name(tx, tenant_name));
  if (!tenant) {
    TRY(tenant, onboarding::new_tenant(tx, tenant_name, domain::Locale::pt_br, now));
  }
  TenantTransaction scoped = tx.tenant(storage::TenantScope(*tenant));
  TRY(Member added, add_member(scoped, member, Actor::command_line(), now));
  return AddedUser{added.id, *tenant};
}

} // namespace renova::services

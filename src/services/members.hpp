// The people of one tenant and what they may do.
#pragma once

#include "services/audit.hpp"
#include "services/identity_types.hpp"
#include "storage/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace renova::services {

struct Member {
  UserId id;
  std::string email;
  std::string name;
  Role role = Role::viewer;
  Instant created_at; // of the membership
};
BOOST_DESCRIBE_STRUCT(Member, (), (id, email, name, role, created_at))

struct NewMember {
  std::string email;
  std::string name;
  std::string password_hash; // of a new account; an account that exists keeps its own
  Role role = Role::viewer;
};

// Makes the account if there is none with that e-mail, and ties it to the tenant. Errors: validation_failed
// at /email or /name; conflict (about: the user's id) for a member.
result<Member> add_member(storage::TenantTransaction& tx, const NewMember& member, const Actor& actor,
                          Instant now);

result<Member> get_member(storage::TenantTransaction& tx, UserId user); // error: not_found

struct MemberQuery {
  int limit = 20;
  bool descending = false;
  std::optional<std::pair<Instant, UserId>> after; // of the last row of the page before
};
// By time of joining; one row more than `limit` when there are more.
result<std::vector<Member>> list_members(storage::TenantTransaction& tx, const MemberQuery& query);
result<std::int64_t> count_members(storage::TenantTransaction& tx);

// `by` is the role of whoever asks: nobody touches a member above themselves, or makes one. Errors:
// not_found, forbidden; conflict for the last owner.
result<Member> set_member_role(storage::TenantTransaction& tx, UserId user, Role role, Role by,
                               const Actor& actor, Instant now);
result<void> remove_member(storage::TenantTransaction& tx, UserId user, Role by, const Actor& actor,
                           Instant now);

// For the command line: adds a user to the tenant of that name, which is made when there is none.
struct AddedUser {
  UserId user;
  TenantId tenant;
};
result<AddedUser> add_user(storage::Transaction& tx, const std::string& tenant_name, const NewMember& member,
                           Instant now);

} // namespace renova::services

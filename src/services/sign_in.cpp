#include "services/sign_in.hpp"

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"
#include "services/members.hpp"
#include "services/onboarding.hpp"
#include "storage/sql/identity.hpp"

#include <algorithm>

namespace renova::services {

namespace sql = storage::sql;
using storage::Transaction;

namespace {

struct FailureRow {
  std::int64_t failures = 0;
  Instant last_at;
  Instant blocked_until;
};
BOOST_DESCRIBE_STRUCT(FailureRow, (), (failures, last_at, blocked_until))

// The table says nothing about who tries to get in: it holds a hash of the address.
std::string failure_subject(std::string_view email) { return "account:" + to_hex(sha256(email)); }

std::string object_json(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  for (const auto& [name, value] : fields) writer.field(name, value);
  writer.end_object();
  return out;
}

result<void> record_everywhere(Transaction& tx, const std::vector<Membership>& memberships,
                               const Actor& actor, const AuditRecord& entry, Instant now) {
  for (const Membership& membership : memberships) {
    storage::TenantTransaction tenant = tx.tenant(storage::TenantScope(membership.tenant_id));
    TRY_DO(record(tenant, now, actor, entry));
  }
  return {};
}

} // namespace

result<LoginState> begin_login(Transaction& tx, std::string_view email, Instant now) {
  TRY(auto failure, tx.first<FailureRow>(sql::login_failure_get, {{"subject", failure_subject(email)}}));
  // A clock that was set back must not keep anybody out for longer than the longest delay.
  if (failure && failure->blocked_until > now && failure->blocked_until - now <= kLoginDelayMax) {
    Error error(ErrorCode::rate_limited, "too many wrong passwords for this account; try again later");
    error.retry_after_s = static_cast<int>((failure->blocked_until - now).count() / 1'000'000) + 1;
    return error;
  }
  LoginState state;
  TRY(state.account, tx.first<Account>(sql::user_by_email, {{"email", email}}));
  if (state.account && state.account->disabled_at) state.account.reset();
  if (state.account) {
    TRY(state.memberships, memberships_of(tx, state.account->id));
  }
  return state;
}

result<void> note_login_failure(Transaction& tx, std::string_view email, Instant now) {
  std::string subject = failure_subject(email);
  TRY(auto before, tx.first<FailureRow>(sql::login_failure_get, {{"subject", subject}}));
  std::int64_t failures = 1;
  if (before && now - before->last_at < kLoginFailureMemory) failures = before->failures + 1;
  Instant blocked_until = now;
  if (failures > kFreeLoginFailures) {
    std::int64_t exponent = std::min<std::int64_t>(failures - kFreeLoginFailures, 10);
    std::chrono::seconds delay{std::int64_t{1} << exponent};
    blocked_until = now + std::min(delay, kLoginDelayMax);
  }
  TRY_DO(tx.run(
      sql::login_failure_put,
      {{"subject", subject}, {"failures", failures}, {"last_at", now}, {"blocked_until", blocked_until}}));
  return {};
}

result<Session> finish_login(Transaction& tx, const LoginState& state, std::string_view new_hash,
                             const Device& device, const Actor& actor, Instant now) {
  const Account& account = *state.account;
  TRY_DO(tx.run(sql::login_failure_clear, {{"subject", failure_subject(account.email)}}));
  if (!new_hash.empty()) {
    TRY_DO(tx.run(sql::user_rehash,
                  {{"id", account.id}, {"password_hash", new_hash}, {"old_hash", account.password_hash}}));
  }
  Session session;
  session.family = SessionId::make(now);
  session.refresh_token = random_token(32);
  session.expires_at = now + kSessionLifetime;
  std::string hash = sha256(session.refresh_token);
  TRY_DO(tx.run(sql::session_insert, {{"id", session.family},
                                      {"user_id", account.id},
                                      {"family_id", session.family},
                                      {"token_hash", storage::Bytes(hash.begin(), hash.end())},
                                      {"now", now},
                                      {"expires_at", session.expires_at},
                                      {"user_agent", device.user_agent},
                                      {"address", device.address}}));
  AuditRecord entry{
      "signed_in", "user", account.id.str(), {}, object_json({{"session", session.family.str()}})};
  TRY_DO(record_everywhere(tx, state.memberships, actor, entry, now));
  return session;
}

result<void> change_password(storage::TenantTransaction& tx, UserId user, std::string_view new_hash,
                             SessionId keep, const Actor& actor, Instant now) {
  TRY(auto changed,
      tx.system().run(sql::user_set_password, {{"id", user}, {"password_hash", new_hash}, {"now", now}}));
  if (changed == 0) return Error(ErrorCode::not_found, "there is no such user");
  TRY_DO(tx.system().run(sql::sessions_end_others, {{"user_id", user}, {"family_id", keep}, {"now", now}}));
  return record(tx, now, actor, {"password_changed", "user", user.str(), {}, {}});
}

result<std::optional<Account>> find_account(Transaction& tx, UserId user) {
  return tx.first<Account>(sql::user_by_id, {{"id", user}});
}

result<std::vector<Membership>> memberships_of(Transaction& tx, UserId user) {
  return tx.all<Membership>(sql::user_memberships, {{"user_id", user}});
}

result<bool> setup_needed(Transaction& tx) {
  TRY(auto found, tx.first<std::int64_t>(sql::users_any, {}));
  return !found.has_value();
}

result<LoginState> set_up(Transaction& tx, const FirstOwner& owner, const Actor& actor, Instant now) {
  TRY(bool needed, setup_needed(tx));
  if (!needed) return Error(ErrorCode::conflict, "the installation has been set up already");
  domain::FieldErrors errors;
  errors.take("/business", domain::parse_name(owner.business));
  errors.take("/name", domain::parse_name(owner.name));
  errors.take("/email", domain::parse_email(owner.email));
  TRY_DO(errors.finish());
  TRY(TenantId tenant, onboarding::new_tenant(tx, owner.business, owner.locale, now));
  storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(tenant));
  NewMember member{owner.email, owner.name, owner.password_hash, Role::owner};
  TRY(Member added, add_member(scoped, member, actor, now));
  LoginState state;
  TRY(state.account, find_account(tx, added.id));
  TRY(state.memberships, memberships_of(tx, added.id));
  return state;
}

result<void> ping(Transaction& tx) {
  TRY_DO(tx.first<std::int64_t>(sql::ping, {}));
  return {};
}

result<void> purge_identity(Transaction& tx, Instant now) {
  TRY_DO(tx.run(sql::sessions_purge, {{"before", now}}));
  TRY_DO(tx.run(sql::login_failures_purge, {{"before", now - kLoginFailureMemory}}));
  TRY_DO(tx.run(sql::idempotency_purge, {{"before", now - std::chrono::hours(24)}}));
  return {};
}

} // namespace renova::services

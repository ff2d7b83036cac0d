// The refresh tokens of sign_in.hpp: rotation, grace, detection of reuse.

#include "base/crypto.hpp"
#include "services/sign_in.hpp"
#include "storage/sql/identity.hpp"

namespace renova::services {

namespace sql = storage::sql;
using storage::Transaction;

namespace {

struct SessionRow {
  SessionId id;
  UserId user_id;
  SessionId family_id;
  Instant created_at;
  Instant expires_at;
  std::optional<Instant> rotated_at;
  std::optional<Instant> ended_at;
};
BOOST_DESCRIBE_STRUCT(SessionRow, (), (id, user_id, family_id, created_at, expires_at, rotated_at, ended_at))

storage::Bytes hash_of(std::string_view token) {
  std::string hash = sha256(token);
  return {hash.begin(), hash.end()};
}

result<std::optional<SessionRow>> find_session(Transaction& tx, std::string_view token) {
  return tx.first<SessionRow>(sql::session_by_token, {{"token_hash", hash_of(token)}});
}

Error refused() { return Error(ErrorCode::unauthenticated, "the session has ended; sign in again"); }

result<Renewal> describe(Transaction& tx, const SessionRow& row, Session session) {
  Renewal renewal;
  renewal.session = std::move(session);
  TRY(auto account, find_account(tx, row.user_id));
  if (!account) return refused();
  renewal.account = std::move(*account);
  TRY(renewal.memberships, memberships_of(tx, row.user_id));
  return renewal;
}

// The token was rotated before: the same successor within the grace, as long as nobody went on from it;
// otherwise somebody else holds the token too, and the family ends.
result<Renewal> answer_rotated(Transaction& tx, const SessionRow& row, const std::string& successor,
                               Instant now) {
  TRY(auto next, find_session(tx, successor));
  bool in_grace = row.rotated_at && now - *row.rotated_at <= kRotationGrace && now >= *row.rotated_at;
  if (in_grace && next && !next->rotated_at && !next->ended_at) {
    return describe(tx, row, Session{row.family_id, successor, next->expires_at});
  }
  TRY_DO(end_session_family(tx, row.family_id, now));
  TRY(Renewal renewal, describe(tx, row, Session{row.family_id, {}, now}));
  renewal.kind = Renewal::Kind::reused;
  AuditRecord entry{"refresh_token_reused", "user", row.user_id.str(), {}, {}};
  for (const Membership& membership : renewal.memberships) {
    storage::TenantTransaction tenant = tx.tenant(storage::TenantScope(membership.tenant_id));
    TRY_DO(record(tenant, now, Actor::system(), entry));
  }
  return renewal;
}

} // namespace

result<Renewal> renew_session(Transaction& tx, std::string_view token, std::string_view key,
                              const Device& device, Instant now) {
  TRY(auto row, find_session(tx, token));
  if (!row || row->ended_at || row->expires_at <= now) return refused();
  std::string successor = to_base64url(hmac_sha256(key, token));
  if (row->rotated_at) return answer_rotated(tx, *row, successor, now);
  TRY(auto changed,
      tx.run(sql::session_rotate, {{"id", row->id}, {"now", now}, {"successor", hash_of(successor)}}));
  if (changed == 0) {
    // Another replica rotated it between the two statements.
    TRY(auto again, find_session(tx, token));
    if (!again || again->ended_at) return refused();
    return answer_rotated(tx, *again, successor, now);
  }
  Session session{row->family_id, successor, now + kSessionLifetime};
  TRY_DO(tx.run(sql::session_insert, {{"id", SessionId::make(now)},
                                      {"user_id", row->user_id},
                                      {"family_id", row->family_id},
                                      {"token_hash", hash_of(successor)},
                                      {"now", now},
                                      {"expires_at", session.expires_at},
                                      {"user_agent", device.user_agent},
                                      {"address", device.address}}));
  return describe(tx, *row, std::move(session));
}

result<Renewal> peek_session(Transaction& tx, std::string_view token, Instant now) {
  TRY(auto row, find_session(tx, token));
  if (!row || row->ended_at || row->rotated_at || row->expires_at <= now) return refused();
  return describe(tx, *row, Session{row->family_id, std::string(token), row->expires_at});
}

result<std::optional<SessionId>> end_session(Transaction& tx, std::string_view token, Instant now) {
  TRY(auto row, find_session(tx, token));
  if (!row) return std::optional<SessionId>();
  TRY_DO(end_session_family(tx, row->family_id, now));
  return std::optional<SessionId>(row->family_id);
}

result<void> end_session_family(Transaction& tx, SessionId family, Instant now) {
  TRY_DO(tx.run(sql::session_family_end, {{"family_id", family}, {"now", now}}));
  return {};
}

} // namespace renova::services

// Signing in and staying signed in: credentials, throttling, sessions with rotating refresh tokens.
#pragma once

#include "base/result.hpp"
#include "domain/locale.hpp"
#include "services/audit.hpp"
#include "services/identity_types.hpp"
#include "storage/database.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services {

inline constexpr std::chrono::hours kSessionLifetime{24 * 30}; // of a refresh token, from its last rotation
inline constexpr std::chrono::seconds kRotationGrace{20};      // RELIABILITY.md §6: lost answers, two tabs
inline constexpr int kFreeLoginFailures = 5;                   // before delays begin
inline constexpr std::chrono::seconds kLoginDelayMax{15 * 60};
inline constexpr std::chrono::hours kLoginFailureMemory{24};
inline constexpr std::size_t kUserAgentMax = 200; // bytes kept for the list of sessions

struct Account {
  UserId id;
  std::string email;
  std::string name;
  std::string password_hash;
  bool platform_admin = false;
  std::optional<Instant> disabled_at;
};
BOOST_DESCRIBE_STRUCT(Account, (), (id, email, name, password_hash, platform_admin, disabled_at))

// One tenant that a user may work in.
struct Membership {
  TenantId tenant_id;
  std::string tenant_name;
  Role role = Role::viewer;
};
BOOST_DESCRIBE_STRUCT(Membership, (), (tenant_id, tenant_name, role))

// What is known before the password is checked.
struct LoginState {
  std::optional<Account> account; // none for an unknown or disabled one
  std::vector<Membership> memberships;
};

// Looks up an account for a log-in. Error: rate_limited with retry_after_s, while the address is being
// delayed after failures, whether it exists or not.
result<LoginState> begin_login(storage::Transaction& tx, std::string_view email, Instant now);

// Notes a wrong password: after kFreeLoginFailures each failure doubles the delay, up to kLoginDelayMax.
result<void> note_login_failure(storage::Transaction& tx, std::string_view email, Instant now);

// Where a session lives.
struct Device {
  std::string user_agent;
  std::string address;
};

struct Session {
  SessionId family;
  std::string refresh_token; // what the cookie carries; only its hash is stored
  Instant expires_at;
};

// Opens a session after a right password, forgets the failures, and stores `new_hash` (when not empty) in
// place of the account's hash. Audited in each of the user's tenants.
result<Session> finish_login(storage::Transaction& tx, const LoginState& state, std::string_view new_hash,
                             const Device& device, const Actor& actor, Instant now);

// What a presented refresh token led to.
struct Renewal {
  enum class Kind {
    renewed, // here is the successor; the same one again within the grace
    reused   // the token was used before: the whole family has been ended
  };
  Kind kind = Kind::renewed;
  Session session;
  Account account;
  std::vector<Membership> memberships;
};

// Rotates (RFC 9700 §4.14.2). The successor is derived from the token under `key`, so that a repeated call
// within the grace gives the same one and there is never a second branch. Error: unauthenticated for unknown,
// ended or expired tokens.
result<Renewal> renew_session(storage::Transaction& tx, std::string_view refresh_token, std::string_view key,
                              const Device& device, Instant now);

// The session of a refresh token, without rotating it (live sockets). Error: unauthenticated.
result<Renewal> peek_session(storage::Transaction& tx, std::string_view refresh_token, Instant now);

// Ends the family of a refresh token; its id, or none when the token is unknown.
result<std::optional<SessionId>> end_session(storage::Transaction& tx, std::string_view refresh_token,
                                             Instant now);
result<void> end_session_family(storage::Transaction& tx, SessionId family, Instant now);

// Replaces a user's password and ends all the user's other sessions. Audited in `tenant`.
result<void> change_password(storage::TenantTransaction& tx, UserId user, std::string_view new_hash,
                             SessionId keep, const Actor& actor, Instant now);

result<std::optional<Account>> find_account(storage::Transaction& tx, UserId user);
result<std::vector<Membership>> memberships_of(storage::Transaction& tx, UserId user);

// Whether nobody has an account yet.
result<bool> setup_needed(storage::Transaction& tx);

// The first tenant and its owner. Errors: conflict when somebody has an account already; validation_failed.
struct FirstOwner {
  std::string business;
  std::string name;
  std::string email;
  std::string password_hash;
  domain::Locale locale = domain::Locale::pt_br;
};
result<LoginState> set_up(storage::Transaction& tx, const FirstOwner& owner, const Actor& actor, Instant now);

// Proves that the database answers.
result<void> ping(storage::Transaction& tx);

// Deletes what has run out: sessions, failures, idempotency keys. Safe at any time.
result<void> purge_identity(storage::Transaction& tx, Instant now);

} // namespace renova::services

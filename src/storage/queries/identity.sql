-- People, memberships, sessions, API keys, sign-in failures, idempotency keys and the audit record.

-- name: ping
-- system
SELECT 1 AS alive;

-- name: users_any
-- system
SELECT 1 AS found FROM users LIMIT 1;

-- name: user_by_email
-- system
SELECT id, email, name, password_hash, platform_admin, disabled_at FROM users WHERE email = :email;

-- name: user_by_id
-- system
SELECT id, email, name, password_hash, platform_admin, disabled_at FROM users WHERE id = :id;

-- name: user_insert
-- system
INSERT INTO users (id, email, name, password_hash, created_at, updated_at)
VALUES (:id, :email, :name, :password_hash, :now, :now);

-- name: user_set_password
-- system
UPDATE users SET password_hash = :password_hash, token_version = token_version + 1, updated_at = :now WHERE id = :id;

-- name: user_rehash
-- system
UPDATE users SET password_hash = :password_hash WHERE id = :id AND password_hash = :old_hash;

-- Where a user is a member, oldest membership first.
-- name: user_memberships
-- system
SELECT m.tenant_id, t.name AS tenant_name, m.role FROM memberships m JOIN tenants t ON t.tenant_id = m.tenant_id
WHERE m.user_id = :user_id ORDER BY m.created_at, m.tenant_id;

-- All that the guard must know of an access token's bearer.
-- name: access_by_user
-- system
SELECT u.email, m.role,
  CASE WHEN EXISTS (SELECT 1 FROM sessions s WHERE s.family_id = :family_id AND s.ended_at IS NOT NULL)
    THEN 1 ELSE 0 END AS session_ended
FROM memberships m JOIN users u ON u.id = m.user_id
WHERE m.tenant_id = :tenant AND m.user_id = :user_id AND u.disabled_at IS NULL;

-- name: membership_insert
INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at)
VALUES (:tenant_id, :user_id, :role, :now, :now);

-- name: membership_set_role
UPDATE memberships SET role = :role, updated_at = :now WHERE tenant_id = :tenant_id AND user_id = :user_id;

-- name: membership_delete
DELETE FROM memberships WHERE tenant_id = :tenant_id AND user_id = :user_id;

-- name: member_get
SELECT u.id, u.email, u.name, m.role, m.created_at FROM memberships m JOIN users u ON u.id = m.user_id
WHERE m.tenant_id = :tenant_id AND m.user_id = :user_id;

-- name: owners_count
SELECT COUNT(*) AS owners FROM memberships WHERE tenant_id = :tenant_id AND role = 'owner';

-- One change of the owners at a time, so that two owners cannot remove each other at once.
-- name: tenant_lock
SELECT 1 AS found FROM tenants WHERE tenant_id = :tenant_id
-- engine: postgres
FOR UPDATE
-- engine: all
;

-- name: members_page
-- family: dir=asc,desc
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after: AND (m.created_at, m.user_id) {{past}} (:after_at, :after_id)
SELECT u.id, u.email, u.name, m.role, m.created_at FROM memberships m JOIN users u ON u.id = m.user_id
WHERE m.tenant_id = :tenant_id {{filters}}
ORDER BY m.created_at {{dir}}, m.user_id {{dir}} LIMIT :limit;

-- name: members_count
SELECT COUNT(*) AS total FROM memberships WHERE tenant_id = :tenant_id;

-- name: session_insert
-- system
INSERT INTO sessions (id, user_id, family_id, token_hash, created_at, expires_at, user_agent, address)
VALUES (:id, :user_id, :family_id, :token_hash, :now, :expires_at, :user_agent, :address);

-- name: session_by_token
-- system
SELECT s.id, s.user_id, s.family_id, s.created_at, s.expires_at, s.rotated_at, s.ended_at FROM sessions s
JOIN users u ON u.id = s.user_id WHERE s.token_hash = :token_hash AND u.disabled_at IS NULL;

-- Whoever changes the row has rotated it; everybody else gets 0 rows.
-- name: session_rotate
-- system
UPDATE sessions SET rotated_at = :now, successor = :successor
WHERE id = :id AND rotated_at IS NULL AND ended_at IS NULL;

-- name: session_family_end
-- system
UPDATE sessions SET ended_at = :now WHERE family_id = :family_id AND ended_at IS NULL;

-- name: sessions_end_others
-- system
UPDATE sessions SET ended_at = :now WHERE user_id = :user_id AND family_id <> :family_id AND ended_at IS NULL;

-- name: sessions_purge
-- system
DELETE FROM sessions WHERE expires_at < :before;

-- name: login_failure_get
-- system
SELECT failures, last_at, blocked_until FROM login_failures WHERE subject = :subject;

-- name: login_failure_put
-- system
INSERT INTO login_failures (subject, failures, last_at, blocked_until)
VALUES (:subject, :failures, :last_at, :blocked_until)
ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at,
  blocked_until = excluded.blocked_until;

-- name: login_failure_clear
-- system
DELETE FROM login_failures WHERE subject = :subject;

-- name: login_failures_purge
-- system
DELETE FROM login_failures WHERE last_at < :before AND blocked_until < :before;

-- name: api_key_insert
INSERT INTO api_keys (tenant_id, id, name, prefix, key_hash, role, scopes, created_by, created_at, expires_at)
VALUES (:tenant_id, :id, :name, :prefix, :key_hash, :role, :scopes, :created_by, :now, :expires_at);

-- name: api_key_get
SELECT id, name, prefix, role, scopes, created_by, created_at, expires_at, last_used_at, revoked_at FROM api_keys
WHERE tenant_id = :tenant_id AND id = :id;

-- name: api_keys_page
-- family: dir=asc,desc
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after: AND id {{past}} :after_id
SELECT id, name, prefix, role, scopes, created_by, created_at, expires_at, last_used_at, revoked_at FROM api_keys
WHERE tenant_id = :tenant_id {{filters}} ORDER BY id {{dir}} LIMIT :limit;

-- name: api_keys_count
SELECT COUNT(*) AS total FROM api_keys WHERE tenant_id = :tenant_id;

-- name: api_key_by_hash
-- system
SELECT tenant_id, id, name, role, scopes, created_by, expires_at, last_used_at, revoked_at FROM api_keys
WHERE key_hash = :key_hash;

-- name: api_key_revoke
UPDATE api_keys SET revoked_at = :now WHERE tenant_id = :tenant_id AND id = :id AND revoked_at IS NULL;

-- name: api_key_touch
UPDATE api_keys SET last_used_at = :now WHERE tenant_id = :tenant_id AND id = :id;

-- Takes the key for this transaction; no row changed means that somebody else has it or had it.
-- name: idempotency_claim
INSERT INTO idempotency_keys (tenant_id, principal, route, key, fingerprint, status, headers, body, created_at)
VALUES (:tenant_id, :principal, :route, :key, :fingerprint, 0, '', '', :now)
ON CONFLICT (tenant_id, principal, route, key) DO NOTHING;

-- name: idempotency_get
SELECT fingerprint, status, headers, body, created_at FROM idempotency_keys
WHERE tenant_id = :tenant_id AND principal = :principal AND route = :route AND key = :key;

-- name: idempotency_finish
UPDATE idempotency_keys SET fingerprint = :fingerprint, status = :status, headers = :headers, body = :body,
  created_at = :now
WHERE tenant_id = :tenant_id AND principal = :principal AND route = :route AND key = :key;

-- name: idempotency_purge
-- system
DELETE FROM idempotency_keys WHERE created_at < :before;

-- name: audit_insert
INSERT INTO audit_entries (tenant_id, id, at, actor_kind, actor_id, actor_name, action, object_kind, object_id,
  before_json, after_json, address, request_id)
VALUES (:tenant_id, :id, :at, :actor_kind, :actor_id, :actor_name, :action, :object_kind, :object_id,
  :before_json, :after_json, :address, :request_id);

-- name: audit_page
-- family: dir=asc,desc
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after: AND id {{past}} :after_id
-- filter action: AND action = :action
-- filter object_kind: AND object_kind = :object_kind
-- filter object: AND object_id = :object_id
-- filter since: AND at >= :since
-- filter until: AND at < :until
SELECT id, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, before_json, after_json, address,
  request_id
FROM audit_entries WHERE tenant_id = :tenant_id {{filters}} ORDER BY id {{dir}} LIMIT :limit;

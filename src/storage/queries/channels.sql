-- Channels: the sending identities of a tenant. `secrets` never leaves the services.

-- name: channel_insert
INSERT INTO channels (tenant_id, id, name, type, enabled, config, secrets, pacing, breaker, version, created_at,
                      updated_at)
VALUES (:tenant_id, :id, :name, :type, :enabled, :config, :secrets, :pacing, :breaker, 1, :now, :now);

-- name: channel_get
SELECT id, name, type, enabled, config, secrets, pacing, breaker, paused, pause_reason, paused_until, first_sent_at,
       version, created_at, updated_at
FROM channels WHERE tenant_id = :tenant_id AND id = :id;

-- A webhook knows the channel only; the row says whose it is.
-- name: channel_owner
-- system
SELECT tenant_id FROM channels WHERE id = :id;

-- name: channel_page
-- family: sort=name,created_at dir=asc,desc
-- define key sort=name: c.name
-- define key sort=created_at: c.created_at
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after: AND ({{key}}, c.id) {{past}} (:after_key, :after_id)
-- filter type: AND c.type = :type
-- filter enabled: AND c.enabled = :enabled
SELECT c.id, c.name, c.type, c.enabled, c.config, c.secrets, c.pacing, c.breaker, c.paused, c.pause_reason,
       c.paused_until, c.first_sent_at, c.version, c.created_at, c.updated_at
FROM channels c WHERE c.tenant_id = :tenant_id {{filters}}
ORDER BY {{key}} {{dir}}, c.id {{dir}} LIMIT :limit;

-- name: channel_count
-- family: all=yes
-- filter type: AND c.type = :type
-- filter enabled: AND c.enabled = :enabled
SELECT COUNT(*) AS n FROM channels c WHERE c.tenant_id = :tenant_id {{filters}};

-- name: channel_update
UPDATE channels
SET name = :name, enabled = :enabled, config = :config, secrets = :secrets, pacing = :pacing, breaker = :breaker,
    version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND version = :version;

-- name: channel_set_paused
UPDATE channels
SET paused = :paused, pause_reason = :reason, paused_until = NULL, version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id;

-- name: channel_delete
DELETE FROM channels WHERE tenant_id = :tenant_id AND id = :id AND version = :version;

-- Rules that name a channel: their channel_ids is a JSON list of ids, so the text of the id finds it.
-- name: channel_rules_naming
SELECT id, name, offset_days, at_minutes, plan_types, template_id, channel_ids, enabled, enabled_at, version,
       created_at, updated_at
FROM rules WHERE tenant_id = :tenant_id AND channel_ids LIKE '%' || :id_text || '%' ORDER BY id;

-- name: channel_open_messages
SELECT COUNT(*) AS n FROM messages
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state IN ('planned', 'queued', 'sending', 'unknown');

-- name: channel_messages_sending
SELECT COUNT(*) AS n FROM messages
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state = 'sending';

-- name: channel_client_of_phone
SELECT id FROM clients WHERE tenant_id = :tenant_id AND phone = :phone;

-- name: channel_move_waiting
UPDATE messages SET channel_id = :to_channel, updated_at = :now
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state IN ('planned', 'queued');

-- name: channel_waiting_ids
SELECT id FROM messages
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state IN ('planned', 'queued')
ORDER BY id LIMIT :limit;

-- name: channel_lease
SELECT instance, expires_at FROM channel_leases WHERE tenant_id = :tenant_id AND channel_id = :channel_id;

-- name: channel_counts_since
SELECT state, COUNT(*) AS n FROM messages
WHERE tenant_id = :tenant_id AND created_at >= :since AND channel_id = :channel_id
GROUP BY state;

-- name: channel_oldest_queued
SELECT MIN(not_before) AS not_before FROM messages
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state = 'queued' AND not_before <= :now;

-- name: channel_last_error
SELECT m.id, m.state, m.reason, m.detail, m.updated_at FROM messages m
WHERE m.tenant_id = :tenant_id AND m.channel_id = :channel_id AND m.created_at >= :since
  AND m.state IN ('failed', 'unknown')
ORDER BY m.created_at DESC, m.id DESC LIMIT 1;

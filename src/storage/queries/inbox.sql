-- What gateways told us.

-- name: inbox_insert
INSERT INTO inbox (tenant_id, channel_id, id, kind, item_key, body, received_at)
VALUES (:tenant_id, :channel_id, :id, :kind, :item_key, :body, :received_at)
ON CONFLICT (tenant_id, channel_id, kind, item_key) DO NOTHING;

-- New items; those that wait for their message have a problem noted and come round by inbox_orphans.
-- name: inbox_waiting
-- system
SELECT i.tenant_id, i.channel_id, i.id, i.kind, i.body, i.received_at, c.type
FROM inbox i JOIN channels c ON c.tenant_id = i.tenant_id AND c.id = i.channel_id
WHERE i.processed_at IS NULL AND i.problem IS NULL
ORDER BY i.received_at LIMIT :limit
-- engine: postgres
FOR UPDATE OF i SKIP LOCKED
-- engine: all
;

-- name: inbox_orphans
-- system
SELECT i.tenant_id, i.channel_id, i.id, i.kind, i.body, i.received_at, c.type
FROM inbox i JOIN channels c ON c.tenant_id = i.tenant_id AND c.id = i.channel_id
WHERE i.processed_at IS NULL AND i.problem IS NOT NULL
ORDER BY i.received_at LIMIT :limit
-- engine: postgres
FOR UPDATE OF i SKIP LOCKED
-- engine: all
;

-- name: inbox_done
UPDATE inbox SET processed_at = :now, problem = :problem
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND id = :id AND processed_at IS NULL;

-- name: inbox_wait
UPDATE inbox SET problem = :problem
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND id = :id AND processed_at IS NULL;

-- Items are kept for a while after they were understood. Their ids grow with time.
-- name: inbox_purge
DELETE FROM inbox
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND id IN (
  SELECT id FROM inbox
  WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND id < :before AND processed_at IS NOT NULL
  ORDER BY id LIMIT :limit);

-- name: inbox_client_by_phone
SELECT id FROM clients WHERE tenant_id = :tenant_id AND phone = :phone;

-- The number as WhatsApp knows it may lack Brazil's ninth digit; phone_key is the same for both.
-- name: inbox_client_by_key
SELECT id FROM clients WHERE tenant_id = :tenant_id AND phone_key = :phone_key ORDER BY created_at, id LIMIT 1;

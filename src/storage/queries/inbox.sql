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
SELECT id, phone, opted_out_at, version FROM clients WHERE tenant_id = :tenant_id AND phone = :phone;

-- name: inbox_client_by_whatsapp
SELECT id, phone, opted_out_at, version FROM clients
WHERE tenant_id = :tenant_id AND whatsapp_id = :whatsapp_id AND phone IS NOT NULL
ORDER BY created_at LIMIT 1;

-- name: inbox_client_by_key
SELECT id, phone, opted_out_at, version FROM clients WHERE tenant_id = :tenant_id AND phone_key = :phone_key
ORDER BY created_at LIMIT 2;

-- name: inbox_opt_out
UPDATE clients SET opted_out_at = :now, version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND opted_out_at IS NULL;

-- name: inbox_change_phone
UPDATE clients
SET phone = :phone, phone_key = :phone_key, whatsapp_id = NULL, search_text = REPLACE(search_text, :old_phone, :phone),
    version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id
  AND NOT EXISTS (SELECT 1 FROM clients other WHERE other.tenant_id = :tenant_id AND other.phone = :phone);

-- name: inbox_client_event
INSERT INTO client_events (tenant_id, id, client_id, at, kind, actor, data)
VALUES (:tenant_id, :id, :client_id, :at, :kind, :actor, :data);

-- name: inbox_template_stop
UPDATE templates SET stopped_reason = :reason, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id;

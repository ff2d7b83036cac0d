-- Clients, one at a time. What a client's list columns mean stands in migrations/0001_initial.sql.

-- name: client_insert
INSERT INTO clients (tenant_id, id, name, name_key, phone, phone_key, email, custom, opted_out_at, tags, search_text,
                     created_at, updated_at)
VALUES (:tenant_id, :id, :name, :name_key, :phone, :phone_key, :email, :custom, :opted_out_at, :tags, :search_text,
        :created_at, :created_at);

-- SQLite's full-text index: an entry goes before its row changes, and comes back after.
-- name: client_search_remove
-- engine: sqlite
INSERT INTO clients_search (clients_search, rowid, search_text)
SELECT 'delete', search_row, search_text FROM clients WHERE tenant_id = :tenant_id AND id = :id;
-- engine: postgres
SELECT 1 WHERE CAST(:tenant_id AS UUID) = CAST(:id AS UUID);

-- name: client_search_add
-- engine: sqlite
INSERT INTO clients_search (rowid, search_text)
SELECT search_row, search_text FROM clients WHERE tenant_id = :tenant_id AND id = :id;
-- engine: postgres
SELECT 1 WHERE CAST(:tenant_id AS UUID) = CAST(:id AS UUID);

-- One row a live subscription, or one with empty columns.
-- name: client_get
SELECT c.id, c.name, c.phone, c.email, c.tags, c.custom, c.opted_out_at, c.archived_at, c.erased_at, c.version,
       c.created_at, c.updated_at,
       s.id, s.client_id, s.plan_id, s.plan_type, s.price_amount, s.price_currency, s.expires_on, s.anchor_day,
       s.prepaid_until, s.owed_amount, s.owed_on, s.auto_renew, s.muted, s.before_at, s.due_at, s.before_text, s.due_text,
       s.ended_at, s.version, s.created_at, s.updated_at
FROM clients c
LEFT JOIN subscriptions s ON s.tenant_id = c.tenant_id AND s.client_id = c.id AND s.ended_at IS NULL
WHERE c.tenant_id = :tenant_id AND c.id = :id
ORDER BY s.id;

-- Whatever changes a client or its subscriptions begins here, so that changes of one client follow each other.
-- name: client_lock
SELECT id FROM clients WHERE tenant_id = :tenant_id AND id = :id AND erased_at IS NULL
-- engine: postgres
FOR UPDATE
-- engine: all
;

-- name: client_id_by_phone
SELECT id FROM clients WHERE tenant_id = :tenant_id AND phone = :phone;

-- name: client_update
UPDATE clients
SET name = :name, name_key = :name_key, phone = :phone, phone_key = :phone_key, email = :email, custom = :custom,
    opted_out_at = :opted_out_at, archived_at = :archived_at,
    list_state = CASE WHEN erased_at IS NOT NULL THEN 2 WHEN CAST(:archived_at AS BIGINT) IS NOT NULL THEN 1 ELSE 0 END,
    tags = :tags, search_text = :search_text, version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND version = :version;

-- name: client_touch
UPDATE clients SET version = version + 1, updated_at = :now WHERE tenant_id = :tenant_id AND id = :id;

-- Messages that wait go where the client is reached now.
-- name: client_retarget_messages
UPDATE messages SET recipient = :phone, updated_at = :now
WHERE tenant_id = :tenant_id AND client_id = :id AND state IN ('planned', 'queued') AND channel_kind = 'whatsapp';

-- The sums over the live subscriptions. 2932897 is the day after the last one: never.
-- name: client_summarise
UPDATE clients
SET (expires_on, price_amount, late_on, collect_on, pay_class, version, updated_at) = (
  SELECT t.expires_on, t.price_amount, t.late_on, t.collect_on,
         CASE WHEN t.late_on = t.expires_on AND t.collect_on = t.expires_on AND t.expires_on < 2932897 THEN 0
              WHEN t.late_on = 2932897 AND t.collect_on = 2932897 THEN 1
              ELSE 2 END,
         clients.version + CAST(:bump AS BIGINT), CAST(:now AS BIGINT)
  FROM (
    SELECT COALESCE(MIN(u.expires_on), 2932897) AS expires_on, CAST(COALESCE(SUM(u.price_amount), 0) AS BIGINT) AS price_amount,
           COALESCE(MIN(CASE WHEN u.owed_last < u.unpaid THEN u.owed_last ELSE u.unpaid END), 2932897) AS late_on,
           COALESCE(MIN(CASE WHEN u.owed_amount > 0 THEN 0 ELSE u.unpaid END), 2932897) AS collect_on
    FROM (
      SELECT s.expires_on, s.price_amount, s.owed_amount,
             CASE WHEN s.owed_amount > 0 THEN COALESCE(s.owed_on, -719162) ELSE 2932897 END AS owed_last,
             CASE WHEN s.prepaid_until >= s.expires_on THEN 2932897 ELSE s.expires_on END AS unpaid
      FROM subscriptions s
      WHERE s.tenant_id = :tenant_id AND s.client_id = :id AND s.ended_at IS NULL
    ) u
  ) t
)
WHERE tenant_id = :tenant_id AND id = :id;

-- name: client_facets_delete
DELETE FROM client_facets WHERE tenant_id = :tenant_id AND client_id = :id;

-- name: client_facets_insert
INSERT INTO client_facets (tenant_id, client_id, facet, list_state, name_key, expires_on, price_amount, created_at,
                           late_on, collect_on)
SELECT c.tenant_id, c.id, f.facet, c.list_state, c.name_key, c.expires_on, c.price_amount, c.created_at, c.late_on,
       c.collect_on
FROM clients c
CROSS JOIN (
  SELECT '#' || t.name_key AS facet
  FROM client_tags ct
  JOIN tags t ON t.tenant_id = ct.tenant_id AND t.id = ct.tag_id
  WHERE ct.tenant_id = :tenant_id AND ct.client_id = :id
  UNION
  SELECT s.plan_type FROM subscriptions s
  WHERE s.tenant_id = :tenant_id AND s.client_id = :id AND s.ended_at IS NULL
) f
WHERE c.tenant_id = :tenant_id AND c.id = :id AND c.list_state < 2;

-- Anonymises the row for good; the figures stay.
-- name: client_erase
UPDATE clients
SET name = '', name_key = '', phone = NULL, phone_key = NULL, email = NULL, custom = '{}', credentials = NULL,
    whatsapp_id = NULL, opted_out_at = COALESCE(opted_out_at, :now), archived_at = COALESCE(archived_at, :now),
    erased_at = :now, list_state = 2, tags = '[]', search_text = '', version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND erased_at IS NULL;

-- name: client_erase_messages
UPDATE messages SET body = NULL, recipient = '', detail = NULL WHERE tenant_id = :tenant_id AND client_id = :id;

-- name: client_erase_message_events
UPDATE message_events SET detail = NULL
WHERE tenant_id = :tenant_id AND detail IS NOT NULL
  AND message_id IN (SELECT id FROM messages WHERE tenant_id = :tenant_id AND client_id = :id);

-- name: client_erase_events
UPDATE client_events SET data = '{}' WHERE tenant_id = :tenant_id AND client_id = :id;

-- name: client_erase_tags
DELETE FROM client_tags WHERE tenant_id = :tenant_id AND client_id = :id;

-- name: client_erase_notes
DELETE FROM client_notes WHERE tenant_id = :tenant_id AND client_id = :id;

-- name: client_erase_subscriptions
UPDATE subscriptions SET before_text = NULL, due_text = NULL, ended_at = COALESCE(ended_at, :now), auto_renew = 0
WHERE tenant_id = :tenant_id AND client_id = :id;

-- name: client_erase_renewals
UPDATE renewals SET note = NULL WHERE tenant_id = :tenant_id AND client_id = :id;

-- Lines of imports hold the person's data as it came.
-- name: client_erase_import_lines
UPDATE import_lines SET row_json = '{}', before_json = NULL WHERE tenant_id = :tenant_id AND client_id = :id;

-- Deleted rows and the free pages they leave are overwritten with zeros.
-- name: erase_securely
-- system
-- engine: sqlite
PRAGMA secure_delete = ON;
-- engine: postgres
SELECT 1 WHERE FALSE;

-- Deleted entries of the full-text index stay in old segments until these are merged; this merges some (2,000 pages at
-- most, so that the writer is not held up).
-- name: erase_search_traces
-- system
-- engine: sqlite
INSERT INTO clients_search (clients_search, rank) VALUES ('merge', -2000);
-- engine: postgres
SELECT 1 WHERE FALSE;

-- What of a tenant decides about standing, payment status, prices and phones.
-- name: tenant_terms
SELECT t.time_zone, t.currency, t.country, t.locale, t.expiring_days,
       (SELECT MIN(r.offset_days) FROM rules r WHERE r.tenant_id = t.tenant_id AND r.enabled = 1) AS earliest_offset
FROM tenants t
WHERE t.tenant_id = :tenant_id;

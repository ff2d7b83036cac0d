-- Notes, events and the timeline of one client.

-- name: note_insert
INSERT INTO client_notes (tenant_id, id, client_id, text, author, created_at)
VALUES (:tenant_id, :id, :client_id, :text, :author, :created_at);

-- name: note_get
SELECT id, client_id, text, author, created_at FROM client_notes WHERE tenant_id = :tenant_id AND id = :id;

-- name: note_update
UPDATE client_notes SET text = :text WHERE tenant_id = :tenant_id AND id = :id;

-- name: note_delete
DELETE FROM client_notes WHERE tenant_id = :tenant_id AND id = :id;

-- name: notes_of_client
SELECT id, client_id, text, author, created_at FROM client_notes
WHERE tenant_id = :tenant_id AND client_id = :client_id AND (created_at, id) < (:after_at, :after_id)
ORDER BY created_at DESC, id DESC LIMIT :limit;

-- name: client_event_insert
INSERT INTO client_events (tenant_id, id, client_id, at, kind, actor, data)
VALUES (:tenant_id, :id, :client_id, :at, :kind, :actor, :data);

-- Newest first; each branch reads no more than a page from its own index.
-- name: client_timeline
SELECT x.at, x.id, x.source, x.kind, x.actor, x.data, x.number, x.text FROM (
  SELECT * FROM (
    SELECT e.at AS at, e.id AS id, 'event' AS source, e.kind AS kind, e.actor AS actor, e.data AS data,
           CAST(NULL AS BIGINT) AS number, CAST(NULL AS TEXT) AS text
    FROM client_events e
    WHERE e.tenant_id = :tenant_id AND e.client_id = :client_id AND (e.at, e.id) < (:after_at, :after_id)
    ORDER BY e.at DESC, e.id DESC LIMIT :limit) a
  UNION ALL
  SELECT * FROM (
    SELECT n.created_at AS at, n.id AS id, 'note' AS source, 'note' AS kind, n.author AS actor, '{}' AS data,
           CAST(NULL AS BIGINT) AS number, n.text AS text
    FROM client_notes n
    WHERE n.tenant_id = :tenant_id AND n.client_id = :client_id AND (n.created_at, n.id) < (:after_at, :after_id)
    ORDER BY n.created_at DESC, n.id DESC LIMIT :limit) b
  UNION ALL
  SELECT * FROM (
    SELECT m.created_at AS at, m.id AS id, 'message' AS source, m.kind AS kind, m.state AS actor,
           COALESCE(m.reason, '') AS data, m.due_on AS number, m.body AS text
    FROM messages m
    WHERE m.tenant_id = :tenant_id AND m.client_id = :client_id AND (m.created_at, m.id) < (:after_at, :after_id)
    ORDER BY m.created_at DESC, m.id DESC LIMIT :limit) c
) x
ORDER BY x.at DESC, x.id DESC LIMIT :limit;

-- Tags, and which clients carry them. `name_key` is the folded name: "VIP" and "vip" are one tag.

-- name: tag_insert
INSERT INTO tags (tenant_id, id, name, name_key, created_at) VALUES (:tenant_id, :id, :name, :name_key, :now)
ON CONFLICT (tenant_id, name_key) DO NOTHING;

-- name: tag_by_key
SELECT id, name, name_key, created_at FROM tags WHERE tenant_id = :tenant_id AND name_key = :name_key;

-- name: tag_get
SELECT id, name, name_key, created_at FROM tags WHERE tenant_id = :tenant_id AND id = :id;

-- name: tags_page
-- family: dir=asc,desc
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after: AND (t.name_key, t.id) {{past}} (:after_key, :after_id)
SELECT t.id, t.name, t.name_key, t.created_at,
       (SELECT COUNT(*) FROM client_tags ct WHERE ct.tenant_id = t.tenant_id AND ct.tag_id = t.id) AS clients
FROM tags t
WHERE t.tenant_id = :tenant_id {{filters}}
ORDER BY t.name_key {{dir}}, t.id {{dir}} LIMIT :limit;

-- name: tag_clients_count
SELECT COUNT(*) AS clients FROM client_tags WHERE tenant_id = :tenant_id AND tag_id = :id;

-- name: tags_count
SELECT COUNT(*) AS count FROM tags WHERE tenant_id = :tenant_id;

-- name: tag_rename
UPDATE tags SET name = :name, name_key = :name_key WHERE tenant_id = :tenant_id AND id = :id;

-- name: tag_delete
DELETE FROM tags WHERE tenant_id = :tenant_id AND id = :id;

-- name: tag_clients
SELECT client_id FROM client_tags
WHERE tenant_id = :tenant_id AND tag_id = :id AND client_id > :after ORDER BY client_id LIMIT :limit;

-- name: client_tag_insert
INSERT INTO client_tags (tenant_id, client_id, tag_id) VALUES (:tenant_id, :client_id, :tag_id)
ON CONFLICT (tenant_id, client_id, tag_id) DO NOTHING;

-- name: client_tags_delete
DELETE FROM client_tags WHERE tenant_id = :tenant_id AND client_id = :client_id;

-- name: client_tag_delete
DELETE FROM client_tags WHERE tenant_id = :tenant_id AND client_id = :client_id AND tag_id = :tag_id;

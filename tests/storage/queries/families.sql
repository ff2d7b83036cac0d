-- name: things_page
-- family: sort=name,day dir=asc,desc
-- define key sort=name: t.name
-- define key sort=day: t.day
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after: AND ({{key}}, t.id) {{past}} (:after_key, :after_id)
-- filter kind: AND t.kind = :kind
-- filter owned join: JOIN owners o
--     ON o.tenant_id = t.tenant_id AND o.name = :owner
SELECT t.name FROM things t {{join}} WHERE t.tenant_id = :tenant_id {{filters}}
ORDER BY {{key}} {{dir}}, t.id {{dir}} LIMIT :limit;

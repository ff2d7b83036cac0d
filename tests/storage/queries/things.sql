-- name: owner_insert
INSERT INTO owners (tenant_id, name) VALUES (:tenant_id, :name);

-- name: thing_insert
INSERT INTO things (tenant_id, id, name, amount, picture, day, kind, parent_id, label)
VALUES (:tenant_id, :id, :name, :amount, :picture, :day, :kind, :parent_id, :label);

-- name: thing_get
SELECT id, name, amount, picture, day, kind, parent_id, label FROM things WHERE tenant_id = :tenant_id AND id = :id;

-- name: thing_names
SELECT name FROM things WHERE tenant_id = :tenant_id ORDER BY name;

-- name: thing_count
SELECT count(*) AS value FROM things WHERE tenant_id = :tenant_id;

-- name: thing_sum
SELECT sum(amount) AS value FROM things WHERE tenant_id = :tenant_id;

-- name: thing_exists
SELECT EXISTS (SELECT 1 FROM things WHERE tenant_id = :tenant_id AND (:name IS NULL OR name = :name)) AS value;

-- name: thing_update
UPDATE things SET amount = :amount WHERE tenant_id = :tenant_id AND name = :name;

-- name: thing_put
INSERT INTO things (tenant_id, id, name, amount) VALUES (:tenant_id, :id, :name, :amount)
ON CONFLICT (tenant_id, name) DO UPDATE SET amount = excluded.amount
RETURNING amount AS value;

-- name: thing_delete
DELETE FROM things WHERE tenant_id = :tenant_id AND name = :name;

-- name: everything
-- system
SELECT count(*) AS value FROM things;

-- name: things_claim
-- system
UPDATE things SET kind = 'fancy' WHERE (tenant_id, id) IN (
  SELECT tenant_id, id FROM things WHERE kind = 'plain' ORDER BY id LIMIT :limit
-- engine: postgres
  FOR UPDATE SKIP LOCKED
-- engine: all
) RETURNING name;

-- name: counter_set
-- system
INSERT INTO counters (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: counter_add
-- system
UPDATE counters SET value = value + :by WHERE name = :name;

-- name: counter_get
-- system
SELECT value FROM counters WHERE name = :name;

-- name: literals
-- system
SELECT ':name ?1 $1 -- no comment' AS a, "value" AS b /* :no */ FROM counters WHERE name = :name; -- :neither

-- name: things_of_all_tenants_unguarded
-- A mistake that row-level security must catch: the tenant is named but not compared.
SELECT count(*) AS value FROM things WHERE :tenant_id IS NOT NULL;

-- name: uuid7
-- system
SELECT value FROM counters WHERE name = :name;

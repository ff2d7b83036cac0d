-- Plans: what is sold, for how much and how long.

-- name: plan_insert
INSERT INTO plans (tenant_id, id, name, name_key, plan_type, price_amount, price_currency, period_unit, period_count,
                   created_at, updated_at)
VALUES (:tenant_id, :id, :name, :name_key, :plan_type, :price_amount, :price_currency, :period_unit, :period_count,
        :now, :now);

-- name: plan_get
SELECT id, name, plan_type, price_amount, price_currency, period_unit, period_count, archived_at, version, created_at,
       updated_at
FROM plans WHERE tenant_id = :tenant_id AND id = :id;

-- name: plan_update
UPDATE plans
SET name = :name, name_key = :name_key, plan_type = :plan_type, price_amount = :price_amount,
    price_currency = :price_currency, period_unit = :period_unit, period_count = :period_count,
    archived_at = :archived_at, version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND version = :version;

-- name: plan_delete
DELETE FROM plans WHERE tenant_id = :tenant_id AND id = :id;

-- name: plan_subscriptions
SELECT COUNT(*) AS subscriptions FROM subscriptions WHERE tenant_id = :tenant_id AND plan_id = :id;

-- name: plans_count
SELECT COUNT(*) AS count FROM plans
WHERE tenant_id = :tenant_id AND (archived_at IS NOT NULL) = (CAST(:archived AS BIGINT) = 1);

-- name: plans_page
-- family: sort=name,price,created_at dir=asc,desc
-- define key sort=name: p.name_key
-- define key sort=price: p.price_amount
-- define key sort=created_at: p.created_at
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after_text: AND ({{key}}, p.id) {{past}} (:after_text, :after_id)
-- filter after_number: AND ({{key}}, p.id) {{past}} (:after_number, :after_id)
-- filter live: AND p.archived_at IS NULL
-- filter archived: AND p.archived_at IS NOT NULL
SELECT p.id, p.name, p.plan_type, p.price_amount, p.price_currency, p.period_unit, p.period_count, p.archived_at,
       p.version, p.created_at, p.updated_at
FROM plans p
WHERE p.tenant_id = :tenant_id {{filters}}
ORDER BY {{key}} {{dir}}, p.id {{dir}} LIMIT :limit;

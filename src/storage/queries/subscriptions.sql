-- Subscriptions. Whoever changes one calls client_summarise for its client in the same transaction.

-- name: subscription_insert
INSERT INTO subscriptions (tenant_id, id, client_id, plan_id, plan_type, price_amount, price_currency, expires_on,
                           anchor_day, prepaid_until, owed_amount, owed_on, auto_renew, muted, before_at, due_at,
                           before_text, due_text, created_at, updated_at)
VALUES (:tenant_id, :id, :client_id, :plan_id, :plan_type, :price_amount, :price_currency, :expires_on, :anchor_day,
        :prepaid_until, :owed_amount, :owed_on, :auto_renew, :muted, :before_at, :due_at, :before_text, :due_text,
        :created_at, :created_at);

-- name: subscription_get
SELECT id, client_id, plan_id, plan_type, price_amount, price_currency, expires_on, anchor_day, prepaid_until,
       owed_amount, owed_on, auto_renew, muted, before_at, due_at, before_text, due_text, ended_at, version, created_at,
       updated_at
FROM subscriptions WHERE tenant_id = :tenant_id AND id = :id;

-- name: subscription_client
SELECT client_id FROM subscriptions WHERE tenant_id = :tenant_id AND id = :id;

-- name: subscriptions_of_client
SELECT id, client_id, plan_id, plan_type, price_amount, price_currency, expires_on, anchor_day, prepaid_until,
       owed_amount, owed_on, auto_renew, muted, before_at, due_at, before_text, due_text, ended_at, version, created_at,
       updated_at
FROM subscriptions WHERE tenant_id = :tenant_id AND client_id = :client_id AND ended_at IS NULL
ORDER BY id;

-- name: subscription_update
UPDATE subscriptions
SET plan_id = :plan_id, plan_type = :plan_type, price_amount = :price_amount, price_currency = :price_currency,
    expires_on = :expires_on, anchor_day = :anchor_day, prepaid_until = :prepaid_until, owed_amount = :owed_amount,
    owed_on = :owed_on, auto_renew = :auto_renew, muted = :muted, before_at = :before_at, due_at = :due_at,
    before_text = :before_text, due_text = :due_text, ended_at = :ended_at, version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND version = :version;

-- Subscriptions that renew themselves and whose due date has come, in one tenant.
-- name: subscriptions_auto_renew_due
SELECT s.id FROM subscriptions s
JOIN clients c ON c.tenant_id = s.tenant_id AND c.id = s.client_id
WHERE s.tenant_id = :tenant_id AND s.auto_renew = 1 AND s.ended_at IS NULL AND s.expires_on < :today
  AND c.archived_at IS NULL
ORDER BY s.expires_on, s.id LIMIT :limit;

-- name: tenants_with_auto_renew
-- system
SELECT t.tenant_id, t.time_zone FROM tenants t
WHERE t.suspended_at IS NULL
  AND EXISTS (SELECT 1 FROM subscriptions s
              WHERE s.tenant_id = t.tenant_id AND s.auto_renew = 1 AND s.ended_at IS NULL AND s.expires_on < :latest_today)
ORDER BY t.tenant_id;

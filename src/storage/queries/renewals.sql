-- Renewals and payments: what moved from when to when, and the money that came with it.

-- name: renewal_insert
INSERT INTO renewals (tenant_id, id, subscription_id, client_id, from_expires_on, to_expires_on, term, paid, amount,
                      currency, method, note, actor, before_json, subscription_version, created_at)
VALUES (:tenant_id, :id, :subscription_id, :client_id, :from_expires_on, :to_expires_on, :term, :paid, :amount,
        :currency, :method, :note, :actor, :before_json, :subscription_version, :created_at);

-- name: renewal_get
SELECT id, subscription_id, client_id, from_expires_on, to_expires_on, term, paid, amount, currency, method, note,
       actor, before_json, subscription_version, created_at, undone_at
FROM renewals WHERE tenant_id = :tenant_id AND id = :id;

-- name: renewal_standing_later
SELECT COUNT(*) AS later FROM renewals
WHERE tenant_id = :tenant_id AND subscription_id = :subscription_id AND undone_at IS NULL
  AND subscription_version > :subscription_version;

-- name: renewal_mark_undone
UPDATE renewals SET undone_at = :now WHERE tenant_id = :tenant_id AND id = :id AND undone_at IS NULL;

-- name: renewals_page
-- family: dir=desc,asc
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after: AND (r.created_at, r.id) {{past}} (:after_at, :after_id)
SELECT r.id, r.subscription_id, r.client_id, r.from_expires_on, r.to_expires_on, r.term, r.paid, r.amount, r.currency,
       r.method, r.note, r.actor, r.before_json, r.subscription_version, r.created_at, r.undone_at
FROM renewals r
WHERE r.tenant_id = :tenant_id AND r.client_id = :client_id {{filters}}
ORDER BY r.created_at {{dir}}, r.id {{dir}} LIMIT :limit;

-- name: payment_insert
INSERT INTO payments (tenant_id, id, client_id, subscription_id, renewal_id, amount, currency, method, paid_at, created_at)
VALUES (:tenant_id, :id, :client_id, :subscription_id, :renewal_id, :amount, :currency, :method, :now, :now);

-- name: payments_undo_of_renewal
UPDATE payments SET undone_at = :now
WHERE tenant_id = :tenant_id AND renewal_id = :renewal_id AND undone_at IS NULL;

-- The thank-you message that a renewal made, as long as it has not gone out.
-- name: renewal_open_thanks
SELECT id FROM messages
WHERE tenant_id = :tenant_id AND subscription_id = :subscription_id AND kind = 'renewed' AND created_at >= :created_at
  AND state IN ('planned', 'queued');

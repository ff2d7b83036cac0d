-- Message templates of a tenant: few (services::templates::kMaxTemplates), so lists sort without an index.

-- name: template_insert
INSERT INTO templates (tenant_id, id, name, kind, plan_type, locale, body, variants, media, cloud_template, enabled,
                       version, created_at, updated_at)
VALUES (:tenant_id, :id, :name, :kind, :plan_type, :locale, :body, :variants, :media, :cloud_template, :enabled,
        1, :now, :now);

-- name: template_get
SELECT id, name, kind, plan_type, locale, body, variants, media, cloud_template, enabled, stopped_reason, version,
       created_at, updated_at
FROM templates WHERE tenant_id = :tenant_id AND id = :id;

-- name: template_page
-- family: sort=name,created_at dir=asc,desc
-- define key sort=name: t.name
-- define key sort=created_at: t.created_at
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after: AND ({{key}}, t.id) {{past}} (:after_key, :after_id)
-- filter kind: AND t.kind = :kind
-- filter plan_type: AND t.plan_type = :plan_type
-- filter enabled: AND t.enabled = :enabled
SELECT t.id, t.name, t.kind, t.plan_type, t.locale, t.body, t.variants, t.media, t.cloud_template, t.enabled,
       t.stopped_reason, t.version, t.created_at, t.updated_at
FROM templates t WHERE t.tenant_id = :tenant_id {{filters}}
ORDER BY {{key}} {{dir}}, t.id {{dir}} LIMIT :limit;

-- name: template_count
-- family: all=yes
-- filter kind: AND t.kind = :kind
-- filter plan_type: AND t.plan_type = :plan_type
-- filter enabled: AND t.enabled = :enabled
SELECT COUNT(*) AS n FROM templates t WHERE t.tenant_id = :tenant_id {{filters}};

-- A change by its owner also starts a template again that the gateway had stopped.
-- name: template_update
UPDATE templates
SET name = :name, kind = :kind, plan_type = :plan_type, locale = :locale, body = :body, variants = :variants,
    media = :media, cloud_template = :cloud_template, enabled = :enabled, stopped_reason = NULL,
    version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND version = :version;

-- name: template_delete
DELETE FROM templates WHERE tenant_id = :tenant_id AND id = :id AND version = :version;

-- name: template_rule_using
SELECT id FROM rules WHERE tenant_id = :tenant_id AND template_id = :template_id ORDER BY id LIMIT 1;

-- name: template_message_using
SELECT id FROM messages
WHERE tenant_id = :tenant_id AND template_id = :template_id AND state IN ('planned', 'queued', 'sending')
LIMIT 1;

-- What a template's variables say of one subscription, or of a client without one.
-- name: template_subject
SELECT c.name, s.plan_type, p.name AS plan_name, s.price_amount, s.price_currency, s.expires_on
FROM clients c
LEFT JOIN subscriptions s ON s.tenant_id = c.tenant_id AND s.client_id = c.id AND s.id = :subscription_id
LEFT JOIN plans p ON p.tenant_id = s.tenant_id AND p.id = s.plan_id
WHERE c.tenant_id = :tenant_id AND c.id = :client_id AND c.erased_at IS NULL;

-- name: template_subscription_client
SELECT client_id FROM subscriptions WHERE tenant_id = :tenant_id AND id = :subscription_id;

-- Reminder rules of a tenant: at most domain::kMaxRules.

-- name: rule_insert
INSERT INTO rules (tenant_id, id, name, offset_days, at_minutes, plan_types, template_id, channel_ids, enabled,
                   enabled_at, version, created_at, updated_at)
VALUES (:tenant_id, :id, :name, :offset_days, :at_minutes, :plan_types, :template_id, :channel_ids, :enabled,
        :enabled_at, 1, :now, :now);

-- name: rule_get
SELECT id, name, offset_days, at_minutes, plan_types, template_id, channel_ids, enabled, enabled_at, version,
       created_at, updated_at
FROM rules WHERE tenant_id = :tenant_id AND id = :id;

-- name: rule_page
-- family: sort=offset_days,name,created_at dir=asc,desc
-- define key sort=offset_days: r.offset_days
-- define key sort=name: r.name
-- define key sort=created_at: r.created_at
-- define past dir=asc: >
-- define past dir=desc: <
-- filter after: AND ({{key}}, r.id) {{past}} (:after_key, :after_id)
-- filter enabled: AND r.enabled = :enabled
SELECT r.id, r.name, r.offset_days, r.at_minutes, r.plan_types, r.template_id, r.channel_ids, r.enabled,
       r.enabled_at, r.version, r.created_at, r.updated_at
FROM rules r WHERE r.tenant_id = :tenant_id {{filters}}
ORDER BY {{key}} {{dir}}, r.id {{dir}} LIMIT :limit;

-- name: rule_count
-- family: all=yes
-- filter enabled: AND r.enabled = :enabled
SELECT COUNT(*) AS n FROM rules r WHERE r.tenant_id = :tenant_id {{filters}};

-- name: rule_update
UPDATE rules
SET name = :name, offset_days = :offset_days, at_minutes = :at_minutes, plan_types = :plan_types,
    template_id = :template_id, channel_ids = :channel_ids, enabled = :enabled, enabled_at = :enabled_at,
    version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND version = :version;

-- name: rule_delete
DELETE FROM rules WHERE tenant_id = :tenant_id AND id = :id AND version = :version;

-- What a rule that is switched off or deleted had put into the queue and nobody has handed over yet: first the
-- ledger, then the rows.
-- name: rule_cancel_events
INSERT INTO message_events (tenant_id, message_id, seq, at, from_state, to_state, attempt, reason)
SELECT m.tenant_id, m.id,
       (SELECT COALESCE(MAX(e.seq), 0) + 1 FROM message_events e
        WHERE e.tenant_id = m.tenant_id AND e.message_id = m.id),
       :now, m.state, 'cancelled', m.attempt, 'rule_changed'
FROM messages m
WHERE m.tenant_id = :tenant_id AND m.rule_id = :rule_id AND m.state IN ('planned', 'queued');

-- name: rule_cancel_messages
UPDATE messages SET state = 'cancelled', reason = 'rule_changed', detail = NULL, updated_at = :now
WHERE tenant_id = :tenant_id AND rule_id = :rule_id AND state IN ('planned', 'queued');

-- Which of the named objects exist.
-- name: rule_template_exists
SELECT id FROM templates WHERE tenant_id = :tenant_id AND id = :id;

-- name: rule_channel_exists
SELECT id FROM channels WHERE tenant_id = :tenant_id AND id = :id;

-- The planner: what is due becomes rows, set-based and idempotent (messages_once).

-- name: planner_tenants
-- system
SELECT tenant_id, time_zone, sending_windows, holidays, planned_at, updated_at FROM tenants
WHERE suspended_at IS NULL ORDER BY tenant_id;

-- name: planner_rules
SELECT id, name, offset_days, at_minutes, plan_types, template_id, channel_ids, enabled, enabled_at, version,
       created_at, updated_at
FROM rules WHERE tenant_id = :tenant_id ORDER BY id;

-- name: planner_channels
SELECT id, enabled FROM channels WHERE tenant_id = :tenant_id ORDER BY created_at, id;

-- Local times other than the rules' own on one due date. The condition is that of subscriptions_times.
-- name: planner_times
SELECT DISTINCT CASE WHEN :slot = 1 THEN before_at ELSE due_at END AS minutes FROM subscriptions
WHERE tenant_id = :tenant_id AND expires_on = :due_on AND ended_at IS NULL
  AND (before_at IS NOT NULL OR due_at IS NOT NULL)
  AND CASE WHEN :slot = 1 THEN before_at ELSE due_at END IS NOT NULL;

-- Due dates of subscriptions that changed since.
-- name: planner_changed_dates
SELECT DISTINCT expires_on FROM subscriptions
-- engine: sqlite
INDEXED BY subscriptions_updated
-- engine: all
WHERE tenant_id = :tenant_id AND updated_at >= :since AND ended_at IS NULL
  AND expires_on BETWEEN :from_date AND :to_date;

-- The last subscription of the next chunk.
-- name: planner_chunk_end
SELECT id FROM subscriptions
WHERE tenant_id = :tenant_id AND expires_on = :due_on AND ended_at IS NULL AND id > :after
ORDER BY id LIMIT 1 OFFSET :size;

-- One rule, one due date, one local time: every constant is known. `slot` says which of the subscription's own times
-- counts: 1 before_at, 2 due_at.
-- name: planner_insert
INSERT INTO messages (tenant_id, id, client_id, subscription_id, rule_id, template_id, kind, channel_id, channel_kind,
                      recipient, state, reason, detail, priority, due_on, not_before, created_at, updated_at)
WITH q AS MATERIALIZED (
  SELECT s.tenant_id, s.id, s.client_id, c.phone,
         CASE WHEN c.archived_at IS NOT NULL THEN 'archived'
              WHEN c.opted_out_at IS NOT NULL THEN 'opted_out'
              WHEN s.muted = 1 THEN 'muted'
              WHEN s.owed_amount = 0 AND s.prepaid_until >= s.expires_on THEN 'paid'
              WHEN :no_window = 1 THEN 'window_passed'
              WHEN :is_due = 1 AND EXISTS (
                SELECT 1 FROM rules r CROSS JOIN messages m
                WHERE r.tenant_id = :tenant_id AND m.tenant_id = :tenant_id AND m.subscription_id = s.id
                  AND m.rule_id = r.id AND m.due_on = s.expires_on AND m.channel_kind = 'whatsapp'
                  AND m.not_before <= :now
                  AND (r.offset_days > :offset_days
                       OR (r.offset_days = :offset_days AND r.id <> :rule_id
                           AND (CASE WHEN :slot = 1 THEN COALESCE(s.before_at, r.at_minutes, 0)
                                     ELSE COALESCE(s.due_at, r.at_minutes, 0) END > :minutes
                                OR (CASE WHEN :slot = 1 THEN COALESCE(s.before_at, r.at_minutes, 0)
                                         ELSE COALESCE(s.due_at, r.at_minutes, 0) END = :minutes
                                    AND r.id > :rule_id)))))
                THEN 'superseded'
              WHEN :too_late = 1 THEN 'window_passed' END AS reason
  FROM subscriptions s
  JOIN clients c ON c.tenant_id = s.tenant_id AND c.id = s.client_id
  WHERE s.tenant_id = :tenant_id AND s.expires_on = :due_on AND s.ended_at IS NULL
    AND s.id > :after AND s.id <= :upto
    AND s.created_at <= :nominal AND s.updated_at >= :changed_since
    AND CASE WHEN :slot = 1 THEN COALESCE(s.before_at, :rule_minutes)
             ELSE COALESCE(s.due_at, :rule_minutes) END = :minutes
    AND (:plan_types = '' OR REPLACE(:plan_types, '|' || s.plan_type || '|', '') <> :plan_types)
    AND c.phone IS NOT NULL AND c.erased_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM messages o
                    WHERE o.tenant_id = s.tenant_id AND o.subscription_id = s.id AND o.rule_id = :rule_id
                      AND o.due_on = s.expires_on AND o.channel_kind = 'whatsapp')
)
SELECT q.tenant_id, renova_uuid7(:now), q.client_id, q.id, :rule_id, :template_id, :kind, :channel_id, 'whatsapp',
       q.phone, CASE WHEN q.reason IS NULL THEN 'queued' ELSE 'skipped' END, q.reason,
       CASE WHEN q.reason IS NULL THEN :detail END, :priority, :due_on, :not_before, :now, :now
FROM q WHERE 1 = 1
ON CONFLICT DO NOTHING;

-- name: planner_events
INSERT INTO message_events (tenant_id, message_id, seq, at, from_state, to_state, attempt, reason, detail)
SELECT m.tenant_id, m.id, 1, :now, NULL, m.state, 0, m.reason, m.detail
FROM subscriptions s CROSS JOIN messages m
WHERE s.tenant_id = :tenant_id AND s.expires_on = :due_on AND s.ended_at IS NULL
  AND s.id > :after AND s.id <= :upto
  AND m.tenant_id = :tenant_id AND m.subscription_id = s.id AND m.rule_id = :rule_id AND m.due_on = s.expires_on
  AND m.channel_kind = 'whatsapp' AND m.created_at = :now
ON CONFLICT DO NOTHING;

-- name: planner_watermark
UPDATE tenants SET planned_at = :planned_at WHERE tenant_id = :tenant_id;

-- Messages whose time has come, and held ones for which something changed since.
-- name: planner_promotable
SELECT m.id, m.attempt FROM messages m
-- engine: sqlite
INDEXED BY messages_loose
-- engine: all
WHERE m.tenant_id = :tenant_id AND m.state = 'planned'
  AND (m.state IN ('planned', 'unknown') OR (m.state = 'queued' AND m.channel_id IS NULL)) AND m.not_before <= :now
  AND (m.reason IS NULL OR m.reason NOT IN ('missing_value', 'no_template', 'template_problem')
       OR EXISTS (SELECT 1 FROM tenants t WHERE t.tenant_id = m.tenant_id AND t.updated_at > m.updated_at)
       OR EXISTS (SELECT 1 FROM clients c
                  WHERE c.tenant_id = m.tenant_id AND c.id = m.client_id AND c.updated_at > m.updated_at)
       OR EXISTS (SELECT 1 FROM subscriptions s
                  WHERE s.tenant_id = m.tenant_id AND s.id = m.subscription_id AND s.updated_at > m.updated_at)
       OR EXISTS (SELECT 1 FROM templates x WHERE x.tenant_id = m.tenant_id AND x.updated_at > m.updated_at))
LIMIT 2000;

-- Messages that have no channel …
-- name: planner_unrouted
SELECT id, rule_id, channel_id FROM messages
-- engine: sqlite
INDEXED BY messages_ready
-- engine: all
WHERE tenant_id = :tenant_id AND channel_id IS NULL AND state = 'queued' LIMIT 2000;

-- … or, of a rule, one that does not send any more.
-- name: planner_stranded
SELECT id, rule_id, channel_id FROM messages
-- engine: sqlite
INDEXED BY messages_ready
-- engine: all
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state = 'queued' AND attempt = 0
  AND rule_id IS NOT NULL
LIMIT 2000;

-- name: planner_route
UPDATE messages SET channel_id = :channel_id, detail = :detail, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND state = 'queued';

-- Which tenants have such messages: skips the rest.
-- name: planner_loose_tenants
-- system
SELECT DISTINCT tenant_id FROM messages
-- engine: sqlite
INDEXED BY messages_loose
-- engine: all
WHERE (state IN ('planned', 'unknown') OR (state = 'queued' AND channel_id IS NULL)) AND state <> 'unknown';

-- name: planner_subjects
SELECT s.id, s.client_id, c.name AS client_name, s.plan_type, s.expires_on, s.created_at, s.prepaid_until,
       s.owed_amount, s.owed_on, s.muted, s.before_at, s.due_at, c.opted_out_at, c.archived_at
FROM subscriptions s JOIN clients c ON c.tenant_id = s.tenant_id AND c.id = s.client_id
WHERE s.tenant_id = :tenant_id AND s.expires_on = :due_on AND s.ended_at IS NULL AND c.erased_at IS NULL
ORDER BY s.id;

-- name: planner_subject
SELECT s.id, s.client_id, c.name AS client_name, s.plan_type, s.expires_on, s.created_at, s.prepaid_until,
       s.owed_amount, s.owed_on, s.muted, s.before_at, s.due_at, c.opted_out_at, c.archived_at
FROM subscriptions s JOIN clients c ON c.tenant_id = s.tenant_id AND c.id = s.client_id
WHERE s.tenant_id = :tenant_id AND s.id = :id;

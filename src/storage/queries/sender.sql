-- What the sender does with one channel: claim, outcome, receipts.

-- The priorities that wait, most urgent first: one index seek for each.
-- name: sender_levels
WITH RECURSIVE level (p) AS (
  SELECT (SELECT MIN(priority) FROM messages
          WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state = 'queued')
  UNION ALL
  SELECT (SELECT MIN(priority) FROM messages
          WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state = 'queued' AND priority > level.p)
  FROM level WHERE level.p IS NOT NULL
)
SELECT p FROM level WHERE p IS NOT NULL;

-- name: sender_ready
SELECT id, client_id, subscription_id, rule_id, template_id, kind, recipient, body, detail, priority, due_on,
       not_before, attempt, created_at
FROM messages
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND priority = :priority AND state = 'queued'
  AND not_before <= :now AND (not_before, id) > (:after_not_before, :after_id)
  AND (:only_tests = 0 OR kind = 'test')
ORDER BY not_before, id LIMIT :limit;

-- When the next message of the channel may go; one row a priority.
-- name: sender_next_due
SELECT MIN(not_before) AS not_before FROM messages
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND priority = :priority AND state = 'queued'
  AND not_before > :now;

-- What this recipient must see before: one in flight, or an older one of the same channel that is due or in back-off.
-- name: sender_blocker
SELECT id, state, not_before FROM messages
-- engine: sqlite
INDEXED BY messages_recipient
-- engine: all
WHERE tenant_id = :tenant_id AND recipient = :recipient AND state IN ('planned', 'queued', 'sending', 'unknown')
  AND (state = 'sending'
       OR (state = 'queued' AND id < :id AND channel_id = :channel_id AND (not_before <= :now OR attempt > 0)))
ORDER BY CASE WHEN state = 'sending' THEN 0 ELSE 1 END, id LIMIT 1;

-- name: sender_one
SELECT id, client_id, subscription_id, rule_id, template_id, kind, recipient, body, detail, priority, due_on,
       not_before, attempt, created_at
FROM messages WHERE tenant_id = :tenant_id AND id = :id AND state = 'queued';

-- name: sender_subject
SELECT c.name, c.phone, c.opted_out_at, c.archived_at, c.erased_at, s.plan_type, s.price_amount, s.price_currency,
       s.expires_on, s.prepaid_until, s.owed_amount, s.muted, s.ended_at, s.before_text, s.due_text,
       p.name AS plan_name
FROM clients c
LEFT JOIN subscriptions s ON s.tenant_id = c.tenant_id AND s.id = :subscription_id
LEFT JOIN plans p ON p.tenant_id = s.tenant_id AND p.id = s.plan_id
WHERE c.tenant_id = :tenant_id AND c.id = :client_id;

-- A newer rule's message of the same due date whose time has come too.
-- name: sender_newer_rule
SELECT COUNT(*) AS n FROM rules mine CROSS JOIN rules r CROSS JOIN messages m
WHERE mine.tenant_id = :tenant_id AND mine.id = :rule_id AND r.tenant_id = :tenant_id
  AND (r.offset_days > mine.offset_days
       OR (r.offset_days = mine.offset_days AND COALESCE(r.at_minutes, 0) > COALESCE(mine.at_minutes, 0)))
  AND m.tenant_id = :tenant_id AND m.subscription_id = :subscription_id AND m.rule_id = r.id AND m.due_on = :due_on
  AND m.not_before <= :now AND m.state NOT IN ('cancelled', 'skipped');

-- Changes when any template does.
-- name: sender_templates_mark
SELECT COUNT(*) AS n, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions,
       COALESCE(MAX(updated_at), 0) AS updated_at, COUNT(stopped_reason) AS stopped
FROM templates WHERE tenant_id = :tenant_id;

-- name: sender_templates
SELECT id, name, kind, plan_type, locale, body, variants, media, cloud_template, enabled, stopped_reason, version,
       created_at, updated_at
FROM templates WHERE tenant_id = :tenant_id ORDER BY created_at, id;

-- name: sender_gate
SELECT c.enabled, c.paused, c.paused_until, c.version, t.queue_paused, t.suspended_at
FROM channels c JOIN tenants t ON t.tenant_id = c.tenant_id
WHERE c.tenant_id = :tenant_id AND c.id = :id;

-- name: sender_claim
UPDATE messages
SET state = 'sending', attempt = attempt + 1, epoch = :epoch, fence = :fence, lease_until = :lease_until,
    recipient = :recipient, body = :body, template_id = :template_id, kind = :kind, reason = NULL, detail = NULL,
    updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND state = 'queued' AND attempt = :attempt;

-- name: sender_event
INSERT INTO message_events (tenant_id, message_id, seq, at, from_state, to_state, attempt, reason, detail)
VALUES (:tenant_id, :message_id,
        (SELECT COALESCE(MAX(seq), 0) + 1 FROM message_events
         WHERE tenant_id = :tenant_id AND message_id = :message_id),
        :at, :from_state, :to_state, :attempt, :reason, :detail);

-- name: sender_defer
UPDATE messages SET not_before = :not_before
WHERE tenant_id = :tenant_id AND id = :id AND state = 'queued' AND attempt = :attempt;

-- name: sender_accepted
UPDATE messages
SET state = 'accepted', gateway_id = :gateway_id, sent_at = :now, epoch = NULL, lease_until = NULL, reason = NULL,
    detail = NULL, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND state = 'sending' AND attempt = :attempt AND fence = :fence;

-- The answer comes after a receipt: only what the receipt did not know is added.
-- name: sender_accepted_late
UPDATE messages
SET gateway_id = COALESCE(gateway_id, :gateway_id), sent_at = COALESCE(sent_at, :now), updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND attempt = :attempt AND fence = :fence
  AND state IN ('accepted', 'sent', 'delivered', 'read', 'failed');

-- name: sender_outcome
UPDATE messages
SET state = :to_state, reason = :reason, detail = :detail, not_before = COALESCE(:not_before, not_before),
    attempt = attempt - :give_back, epoch = NULL, lease_until = NULL, updated_at = :now,
    failed_at = CASE WHEN :to_state = 'failed' THEN :now ELSE failed_at END
WHERE tenant_id = :tenant_id AND id = :id AND state = 'sending' AND attempt = :attempt AND fence = :fence;

-- Handed over by somebody who is gone.
-- name: sender_abandoned
SELECT id, client_id, attempt, updated_at FROM messages
-- engine: sqlite
INDEXED BY messages_state
-- engine: all
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state = 'sending' AND (epoch <> :epoch OR fence <> :fence);

-- What this process is handing over by the database's account.
-- name: sender_under_way
SELECT id, client_id, attempt, updated_at FROM messages
-- engine: sqlite
INDEXED BY messages_state
-- engine: all
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND state = 'sending' AND epoch = :epoch AND fence = :fence;

-- name: sender_lose
UPDATE messages
SET state = 'unknown', reason = :reason, epoch = NULL, lease_until = NULL, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND state = 'sending' AND attempt = :attempt;

-- Every hand-over of a channel, for its caps.
-- name: sender_attempts
SELECT e.at FROM message_events e
JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
WHERE e.tenant_id = :tenant_id AND e.to_state = 'sending' AND e.at >= :since AND m.channel_id = :channel_id
ORDER BY e.at;

-- name: sender_channel_started
UPDATE channels SET first_sent_at = :now WHERE tenant_id = :tenant_id AND id = :id AND first_sent_at IS NULL;

-- name: sender_channel_pause
UPDATE channels
SET paused = 1, pause_reason = :reason, paused_until = :until, version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id;

-- name: sender_channel_unpause
UPDATE channels
SET paused = 0, pause_reason = NULL, paused_until = NULL, version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND paused = 1 AND paused_until IS NOT NULL AND paused_until <= :now;

-- name: sender_template_stop
UPDATE templates SET stopped_reason = :reason, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND stopped_reason IS NULL;

-- name: sender_template_id_stop
UPDATE templates SET stopped_reason = :reason, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id;

-- name: sender_whatsapp_id
UPDATE clients SET whatsapp_id = :whatsapp_id
WHERE tenant_id = :tenant_id AND id = :id AND (whatsapp_id IS NULL OR whatsapp_id <> :whatsapp_id);

-- name: sender_receipt
UPDATE messages
SET state = :to_state, reason = :reason, detail = :detail, gateway_id = COALESCE(gateway_id, :gateway_id),
    epoch = NULL, lease_until = NULL, updated_at = :now,
    sent_at = COALESCE(sent_at, :sent_at), delivered_at = COALESCE(delivered_at, :delivered_at),
    read_at = COALESCE(read_at, :read_at), failed_at = COALESCE(:failed_at, failed_at)
WHERE tenant_id = :tenant_id AND id = :id AND state = :from_state AND attempt = :attempt;

-- Every channel of the installation with what its tenant says about sending.
-- name: sender_channels
-- system
SELECT c.tenant_id, t.queue_paused, t.suspended_at, t.time_zone, t.sending_windows, t.holidays, c.id, c.name, c.type,
       c.enabled, c.config, c.secrets, c.pacing, c.breaker, c.paused, c.pause_reason, c.paused_until, c.first_sent_at,
       c.version, c.created_at, c.updated_at
FROM channels c JOIN tenants t ON t.tenant_id = c.tenant_id
ORDER BY c.tenant_id, c.created_at, c.id;

-- name: sender_channel
-- system
SELECT c.tenant_id, t.queue_paused, t.suspended_at, t.time_zone, t.sending_windows, t.holidays, c.id, c.name, c.type,
       c.enabled, c.config, c.secrets, c.pacing, c.breaker, c.paused, c.pause_reason, c.paused_until, c.first_sent_at,
       c.version, c.created_at, c.updated_at
FROM channels c JOIN tenants t ON t.tenant_id = c.tenant_id
WHERE c.id = :id;

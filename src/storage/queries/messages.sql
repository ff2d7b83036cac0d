-- Messages and their ledger. SQLite has no statistics here, so where two indexes look alike it is told which one; and it uses a
-- partial index only when the query repeats the index's condition word for
-- word: hence conditions that stand beside narrower ones.

-- name: message_insert
INSERT INTO messages (tenant_id, id, client_id, subscription_id, rule_id, template_id, kind, channel_id, channel_kind,
                      recipient, body, state, reason, detail, priority, due_on, not_before, created_at, updated_at)
VALUES (:tenant_id, :id, :client_id, :subscription_id, :rule_id, :template_id, :kind, :channel_id, :channel_kind,
        :recipient, :body, :state, :reason, :detail, :priority, :due_on, :not_before, :created_at, :created_at);

-- name: message_event_insert
INSERT INTO message_events (tenant_id, message_id, seq, at, from_state, to_state, attempt, reason, detail)
VALUES (:tenant_id, :message_id,
        (SELECT COALESCE(MAX(seq), 0) + 1 FROM message_events
         WHERE tenant_id = :tenant_id AND message_id = :message_id),
        :at, :from_state, :to_state, :attempt, :reason, :detail);

-- name: message_get
SELECT id, client_id, subscription_id, rule_id, template_id, kind, channel_id, channel_kind, recipient, body, state,
       reason, detail, priority, due_on, not_before, attempt, fence, gateway_id, created_at, updated_at, sent_at,
       delivered_at, read_at, failed_at
FROM messages WHERE tenant_id = :tenant_id AND id = :id;

-- name: message_by_gateway_id
SELECT id, client_id, subscription_id, rule_id, template_id, kind, channel_id, channel_kind, recipient, body, state,
       reason, detail, priority, due_on, not_before, attempt, fence, gateway_id, created_at, updated_at, sent_at,
       delivered_at, read_at, failed_at
FROM messages
-- engine: sqlite
INDEXED BY messages_gateway
-- engine: all
WHERE tenant_id = :tenant_id AND gateway_id = :gateway_id AND gateway_id IS NOT NULL
ORDER BY created_at DESC LIMIT 1;

-- name: message_events_of
SELECT seq, at, from_state, to_state, attempt, reason, detail FROM message_events
WHERE tenant_id = :tenant_id AND message_id = :message_id ORDER BY seq;

-- name: message_page
-- family: state=any,planned,queued,sending,accepted,sent,delivered,read,failed,unknown,cancelled,skipped scope=all,client dir=asc,desc
-- define past dir=asc: >
-- define past dir=desc: <
-- define in_state state=any: 1 = 1
-- define in_state state=planned: m.state = 'planned'
-- define in_state state=queued: m.state = 'queued'
-- define in_state state=sending: m.state = 'sending'
-- define in_state state=accepted: m.state = 'accepted'
-- define in_state state=sent: m.state = 'sent'
-- define in_state state=delivered: m.state = 'delivered'
-- define in_state state=read: m.state = 'read'
-- define in_state state=failed: m.state = 'failed'
-- define in_state state=unknown: m.state = 'unknown'
-- define in_state state=cancelled: m.state = 'cancelled'
-- define in_state state=skipped: m.state = 'skipped'
-- define in_scope scope=all: 1 = 1
-- define in_scope scope=client: m.client_id = :client_id
-- engine: sqlite
-- define index scope=client: INDEXED BY messages_client
-- define index scope=all state=any: INDEXED BY messages_created
-- define index scope=all state=planned: INDEXED BY messages_state
-- define index scope=all state=queued: INDEXED BY messages_state
-- define index scope=all state=sending: INDEXED BY messages_state
-- define index scope=all state=accepted: INDEXED BY messages_state
-- define index scope=all state=sent: INDEXED BY messages_state
-- define index scope=all state=delivered: INDEXED BY messages_state
-- define index scope=all state=read: INDEXED BY messages_state
-- define index scope=all state=failed: INDEXED BY messages_state
-- define index scope=all state=unknown: INDEXED BY messages_state
-- define index scope=all state=cancelled: INDEXED BY messages_state
-- define index scope=all state=skipped: INDEXED BY messages_state
-- engine: postgres
-- define index:
-- engine: all
-- filter channel: AND m.channel_id = :channel_id
-- filter kind: AND m.kind = :kind
-- filter from: AND m.created_at >= :from
-- filter to: AND m.created_at < :to
-- filter after: AND (m.created_at, m.id) {{past}} (:after_created, :after_id)
SELECT m.id, m.client_id, m.subscription_id, m.rule_id, m.template_id, m.kind, m.channel_id, m.channel_kind,
       m.recipient, m.body, m.state, m.reason, m.detail, m.priority, m.due_on, m.not_before, m.attempt, m.fence,
       m.gateway_id, m.created_at, m.updated_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at
FROM messages m {{index}}
WHERE m.tenant_id = :tenant_id AND {{in_scope}} AND {{in_state}} {{filters}}
ORDER BY m.created_at {{dir}}, m.id {{dir}} LIMIT :limit;

-- name: message_count
-- family: all=yes
-- filter state: AND m.state = :state
-- filter client: AND m.client_id = :client_id
-- filter channel: AND m.channel_id = :channel_id
-- filter kind: AND m.kind = :kind
-- filter from: AND m.created_at >= :from
-- filter to: AND m.created_at < :to
SELECT COUNT(*) AS n FROM messages m WHERE m.tenant_id = :tenant_id {{filters}};

-- "+ 0": in this order, but not by the index that has it, which would be a walk through the whole tenant.
-- name: message_of_due_date
SELECT id, client_id, subscription_id, rule_id, template_id, kind, channel_id, channel_kind, recipient, body, state,
       reason, detail, priority, due_on, not_before, attempt, fence, gateway_id, created_at, updated_at, sent_at,
       delivered_at, read_at, failed_at
FROM messages
-- engine: sqlite
INDEXED BY messages_once
-- engine: all
WHERE tenant_id = :tenant_id AND subscription_id = :subscription_id AND due_on = :due_on
ORDER BY created_at + 0, id;

-- "+ 0": in this order, but not by the index that has it, which would be a walk through the whole tenant.
-- name: message_between
SELECT id, client_id, subscription_id, rule_id, template_id, kind, channel_id, channel_kind, recipient, body, state,
       reason, detail, priority, due_on, not_before, attempt, fence, gateway_id, created_at, updated_at, sent_at,
       delivered_at, read_at, failed_at
FROM messages
-- engine: sqlite
INDEXED BY messages_client
-- engine: all
WHERE tenant_id = :tenant_id AND client_id = :client_id AND subscription_id = :subscription_id
  AND not_before >= :from AND not_before < :to
ORDER BY created_at + 0, id LIMIT 100;

-- name: message_move
UPDATE messages
SET state = :to_state, reason = :reason, detail = :detail, not_before = COALESCE(:not_before, not_before),
    epoch = NULL, lease_until = NULL, updated_at = :now,
    failed_at = CASE WHEN :to_state = 'failed' THEN :now ELSE failed_at END
WHERE tenant_id = :tenant_id AND id = :id AND state = :from_state AND attempt = :attempt;

-- name: message_open_of_client
SELECT id, client_id, subscription_id, rule_id, template_id, kind, channel_id, channel_kind, recipient, body, state,
       reason, detail, priority, due_on, not_before, attempt, fence, gateway_id, created_at, updated_at, sent_at,
       delivered_at, read_at, failed_at
FROM messages
WHERE tenant_id = :tenant_id AND client_id = :client_id AND state IN ('planned', 'queued')
  AND (rule_id IS NOT NULL OR :reminders_only = 0);

-- name: message_open_of_subscription
SELECT id, client_id, subscription_id, rule_id, template_id, kind, channel_id, channel_kind, recipient, body, state,
       reason, detail, priority, due_on, not_before, attempt, fence, gateway_id, created_at, updated_at, sent_at,
       delivered_at, read_at, failed_at
FROM messages
WHERE tenant_id = :tenant_id AND subscription_id = :subscription_id AND state IN ('planned', 'queued')
  AND (rule_id IS NOT NULL OR :reminders_only = 0);

-- name: message_stopped_of_client
SELECT m.id, m.client_id, m.subscription_id, m.rule_id, m.template_id, m.kind, m.channel_id, m.channel_kind,
       m.recipient, m.body, m.state, m.reason, m.detail, m.priority, m.due_on, m.not_before, m.attempt, m.fence,
       m.gateway_id, m.created_at, m.updated_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at
FROM messages m
JOIN subscriptions s ON s.tenant_id = m.tenant_id AND s.id = m.subscription_id AND s.expires_on = m.due_on
WHERE m.tenant_id = :tenant_id AND m.client_id = :client_id AND m.state IN ('cancelled', 'skipped')
  AND m.reason = :reason AND m.attempt = 0 AND m.rule_id IS NOT NULL AND s.ended_at IS NULL;

-- name: message_stopped_of_subscription
SELECT m.id, m.client_id, m.subscription_id, m.rule_id, m.template_id, m.kind, m.channel_id, m.channel_kind,
       m.recipient, m.body, m.state, m.reason, m.detail, m.priority, m.due_on, m.not_before, m.attempt, m.fence,
       m.gateway_id, m.created_at, m.updated_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at
FROM messages m
JOIN subscriptions s ON s.tenant_id = m.tenant_id AND s.id = m.subscription_id AND s.expires_on = m.due_on
WHERE m.tenant_id = :tenant_id AND m.subscription_id = :subscription_id AND m.state IN ('cancelled', 'skipped')
  AND m.reason = :reason AND m.attempt = 0 AND m.rule_id IS NOT NULL AND s.ended_at IS NULL;

-- name: message_open_counts
SELECT channel_id, 'queued' AS state, COUNT(*) AS n, MIN(not_before) AS oldest FROM messages
-- engine: sqlite
INDEXED BY messages_ready
-- engine: all
WHERE tenant_id = :tenant_id AND state = 'queued' GROUP BY channel_id
UNION ALL
SELECT channel_id, state, COUNT(*) AS n, MIN(not_before) AS oldest FROM messages
-- engine: sqlite
INDEXED BY messages_state
-- engine: all
WHERE tenant_id = :tenant_id AND state IN ('planned', 'sending', 'unknown') GROUP BY channel_id, state;

-- Hand-overs of all channels from an instant on.
-- name: message_attempts_since
SELECT COUNT(*) AS n FROM message_events
WHERE tenant_id = :tenant_id AND to_state = 'sending' AND at >= :since;

-- name: message_state_totals
-- system
SELECT 'queued' AS state, COUNT(*) AS n, COALESCE(MIN(not_before), 0) AS oldest FROM messages
-- engine: sqlite
INDEXED BY messages_ready
-- engine: all
WHERE state = 'queued'
UNION ALL
SELECT state, COUNT(*) AS n, MIN(not_before) AS oldest FROM messages
-- engine: sqlite
INDEXED BY messages_loose
-- engine: all
WHERE state IN ('planned', 'unknown') AND (state IN ('planned', 'unknown') OR (state = 'queued' AND channel_id IS NULL))
GROUP BY state;

-- name: message_client
SELECT phone, opted_out_at, archived_at, erased_at FROM clients WHERE tenant_id = :tenant_id AND id = :id;

-- "+ 0": in this order, but not by the index that has it, which would be a walk through the whole tenant.
-- name: message_first_subscription
SELECT id FROM subscriptions
-- engine: sqlite
INDEXED BY subscriptions_client
-- engine: all
WHERE tenant_id = :tenant_id AND client_id = :client_id AND ended_at IS NULL
ORDER BY expires_on + 0, id LIMIT 1;

-- name: message_tenant
SELECT name, time_zone, locale, currency, country, sending_windows, holidays, pix_key_type, pix_key, pix_holder,
       pix_city, support_phone, queue_paused, suspended_at, planned_at, version, updated_at
FROM tenants WHERE tenant_id = :tenant_id;

-- name: message_queue_pause
UPDATE tenants SET queue_paused = :paused, version = version + 1 WHERE tenant_id = :tenant_id;

-- Who may send through a channel.

-- Free, lapsed, absurdly far away (a clock was moved), my own, or, at the start, of my predecessor.
-- name: lease_take
INSERT INTO channel_leases (tenant_id, channel_id, instance, epoch, fence, expires_at)
VALUES (:tenant_id, :channel_id, :instance, :epoch, 1, :expires_at)
ON CONFLICT (tenant_id, channel_id) DO UPDATE
SET instance = excluded.instance, epoch = excluded.epoch, fence = channel_leases.fence + 1,
    expires_at = excluded.expires_at
WHERE channel_leases.expires_at <= :now OR channel_leases.expires_at > :absurd
   OR channel_leases.epoch = :epoch OR (channel_leases.instance = :instance AND :at_start = 1)
RETURNING fence;

-- name: lease_renew
UPDATE channel_leases SET expires_at = :expires_at
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND epoch = :epoch AND fence = :fence;

-- name: lease_check
SELECT fence FROM channel_leases
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND epoch = :epoch AND fence = :fence
-- engine: postgres
FOR UPDATE
-- engine: all
;

-- name: lease_release
UPDATE channel_leases SET expires_at = 0
WHERE tenant_id = :tenant_id AND channel_id = :channel_id AND epoch = :epoch AND fence = :fence;

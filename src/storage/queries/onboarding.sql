-- The birth of a tenant.

-- name: onboarding_tenant_insert
INSERT INTO tenants (tenant_id, name, time_zone, locale, currency, country, expiring_days, sending_windows, holidays,
                     created_at, updated_at)
VALUES (:tenant_id, :name, :time_zone, :locale, :currency, :country, :expiring_days, :sending_windows, '[]',
        :now, :now);

-- name: onboarding_tenant_by_name
-- system
SELECT tenant_id FROM tenants WHERE name = :name ORDER BY created_at, tenant_id LIMIT 1;

-- What previews, health and test messages need of their tenant.
-- name: tenant_brief
SELECT name, time_zone, locale, currency, country, support_phone, pix_key, queue_paused
FROM tenants WHERE tenant_id = :tenant_id;

-- name: onboarding_set_windows
UPDATE tenants SET sending_windows = :sending_windows, version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id;

-- The oldest first.
-- name: onboarding_tenants
-- system
SELECT tenant_id FROM tenants ORDER BY created_at, tenant_id LIMIT :limit;

-- A tenant's own settings.

-- name: settings_get
SELECT name, time_zone, locale, currency, country, expiring_days, sending_windows, holidays, pix_key_type, pix_key,
  pix_holder, pix_city, support_phone, version
FROM tenants WHERE tenant_id = :tenant_id;

-- Only the version that was read is replaced.
-- name: settings_put
UPDATE tenants SET name = :name, time_zone = :time_zone, locale = :locale, currency = :currency, country = :country,
  expiring_days = :expiring_days, sending_windows = :sending_windows, holidays = :holidays,
  pix_key_type = :pix_key_type, pix_key = :pix_key, pix_holder = :pix_holder, pix_city = :pix_city,
  support_phone = :support_phone, version = version + 1, updated_at = :now
WHERE tenant_id = :tenant_id AND version = :version;

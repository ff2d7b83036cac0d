-- Invented clients, some hundred thousand at a time; what looks random is multiplication modulo a prime. Each has one
-- subscription: 90 of 100 plain, 5 prepaid, 5 owing.

-- name: fill_clients
WITH RECURSIVE n (i) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < CAST(:last AS BIGINT)),
first_names (k, v) AS (VALUES (0, 'maria'), (1, 'jose'), (2, 'ana'), (3, 'joao'), (4, 'antonio'), (5, 'francisco'),
  (6, 'carlos'), (7, 'paulo'), (8, 'pedro'), (9, 'lucas'), (10, 'luiz'), (11, 'marcos'), (12, 'gabriel'), (13, 'rafael'),
  (14, 'daniel'), (15, 'marcelo'), (16, 'bruno'), (17, 'eduardo'), (18, 'felipe')),
last_names (k, v) AS (VALUES (0, 'silva'), (1, 'santos'), (2, 'oliveira'), (3, 'souza'), (4, 'rodrigues'), (5, 'ferreira'),
  (6, 'alves'), (7, 'pereira'), (8, 'lima'), (9, 'gomes'), (10, 'costa'), (11, 'ribeiro'), (12, 'martins'),
  (13, 'carvalho'), (14, 'almeida'), (15, 'lopes'), (16, 'soares'), (17, 'fernandes'), (18, 'vieira'), (19, 'barbosa'),
  (20, 'rocha'), (21, 'dias'), (22, 'nascimento')),
p AS (
  SELECT n.i, f.v || ' ' || l.v || ' ' || m.v AS name, CAST(11900000000 + n.i * 7368787 % 100000000 AS BIGINT) AS phone,
         CAST(:today AS BIGINT) - 60 + n.i * 7919 % 331 AS due, 1990 + n.i * 31 % 17 * 500 AS price,
         n.i * 6151 % 100 AS class,
         CASE WHEN n.i * 48271 % 1009 < 101 THEN 'vip' WHEN n.i * 48271 % 1009 < 111 THEN 'novo'
              WHEN n.i * 48271 % 1009 = 111 THEN 'raro' ELSE '' END AS tag
  FROM n
  JOIN first_names f ON f.k = n.i * 7877 % 19
  JOIN last_names l ON l.k = n.i * 6947 % 23
  JOIN last_names m ON m.k = n.i * 5741 / 23 % 23
)
INSERT INTO clients (tenant_id, id, name, name_key, phone, phone_key, tags, search_text, expires_on, price_amount, late_on,
                     collect_on, pay_class, created_at, updated_at)
SELECT :tenant_id, renova_uuid7(CAST(:epoch AS BIGINT) + p.i * 1000000), p.name, p.name, '55' || p.phone,
       CAST(p.phone AS TEXT), CASE WHEN p.tag = '' THEN '[]' ELSE '["' || p.tag || '"]' END,
       p.name || :line || '55' || p.phone || :line || p.tag, p.due, p.price,
       CASE WHEN p.class < 90 THEN p.due WHEN p.class < 95 THEN 2932897 ELSE CAST(:today AS BIGINT) + p.class - 97 END,
       CASE WHEN p.class < 90 THEN p.due WHEN p.class < 95 THEN 2932897 ELSE 0 END,
       CASE WHEN p.class < 90 THEN 0 WHEN p.class < 95 THEN 1 ELSE 2 END,
       CAST(:epoch AS BIGINT) + p.i * 1000000, CAST(:epoch AS BIGINT) + p.i * 1000000
FROM p;

-- name: fill_subscriptions
INSERT INTO subscriptions (tenant_id, id, client_id, plan_type, price_amount, price_currency, expires_on, anchor_day,
                           prepaid_until, owed_amount, owed_on, created_at, updated_at)
SELECT c.tenant_id, renova_uuid7(c.created_at), c.id,
       CASE c.created_at / 1000000 * 9973 % 13 WHEN 0 THEN 'VPN' WHEN 1 THEN 'GAMING' WHEN 2 THEN 'INTERNET' ELSE 'IPTV' END,
       c.price_amount, 'BRL', c.expires_on, 10, CASE WHEN c.pay_class = 1 THEN c.expires_on END,
       CASE WHEN c.pay_class = 2 THEN 1000 ELSE 0 END, CASE WHEN c.pay_class = 2 THEN c.late_on END,
       c.created_at, c.created_at
FROM clients c WHERE c.tenant_id = :tenant_id;

-- name: fill_tags
INSERT INTO tags (tenant_id, id, name, name_key, created_at)
SELECT :tenant_id, renova_uuid7(1), t.v, t.v, 1 FROM (SELECT 'vip' AS v UNION ALL SELECT 'novo' UNION ALL SELECT 'raro') t;

-- name: fill_client_tags
INSERT INTO client_tags (tenant_id, client_id, tag_id)
SELECT c.tenant_id, c.id, t.id FROM clients c
JOIN tags t ON t.tenant_id = c.tenant_id AND c.tags = '["' || t.name || '"]'
WHERE c.tenant_id = :tenant_id;

-- name: fill_facets
INSERT INTO client_facets (tenant_id, client_id, facet, list_state, name_key, expires_on, price_amount, created_at, late_on,
                           collect_on)
SELECT c.tenant_id, c.id, f.facet, 0, c.name_key, c.expires_on, c.price_amount, c.created_at, c.late_on, c.collect_on
FROM (
  SELECT s.client_id, s.plan_type AS facet FROM subscriptions s WHERE s.tenant_id = :tenant_id
  UNION ALL
  SELECT ct.client_id, '#' || t.name_key FROM client_tags ct
  JOIN tags t ON t.tenant_id = ct.tenant_id AND t.id = ct.tag_id WHERE ct.tenant_id = :tenant_id
) f
JOIN clients c ON c.tenant_id = :tenant_id AND c.id = f.client_id;

-- name: fill_search
-- system
-- engine: sqlite
INSERT INTO clients_search (clients_search) VALUES ('rebuild');
-- engine: postgres
ANALYZE;

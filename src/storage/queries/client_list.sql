-- The list of clients: every filter with every sort order over a million rows. client_list_store.cpp says which of these
-- statements answers which question; the columns and their indexes are explained in migrations/0001_initial.sql.
--
-- A row is the sort key, the client, and one of its live subscriptions (or empty columns).

-- Walks the index of the sort order and keeps what the filters let through; reads at most :walk entries of the index.
-- The outer query has no ORDER BY on purpose: both engines keep the order of the inner one and stop at :limit.
-- name: clients_walk
-- family: source=all,facet sort=name,expires_on,created_at,price dir=asc,desc
-- define key sort=name: name_key
-- define key sort=expires_on: expires_on
-- define key sort=created_at: created_at
-- define key sort=price: price_amount
-- define last sort=name: :after_text
-- define last sort=expires_on: :after_number
-- define last sort=created_at: :after_number
-- define last sort=price: :after_number
-- define past dir=asc: >
-- define past dir=desc: <
-- define id source=all: c.id
-- define id source=facet: c.client_id
-- define from source=all: clients c
-- define from source=facet: client_facets c
-- define columns source=all: c.search_text AS search_text
-- define columns source=facet: 1 AS one
-- define narrow source=all:
-- define narrow source=facet: AND c.facet = :facet
-- define search source=all: w.search_text
-- define search source=facet: (SELECT n.search_text FROM clients n WHERE n.tenant_id = :tenant_id AND n.id = w.id)
-- define seek_days sort=name:
-- define seek_days sort=expires_on: AND c.expires_on BETWEEN :due_from AND :due_to
-- define seek_days sort=created_at:
-- define seek_days sort=price:
-- define seek_prefix sort=name: AND c.name_key >= :prefix_from AND c.name_key < :prefix_to
-- define seek_prefix sort=expires_on:
-- define seek_prefix sort=created_at:
-- define seek_prefix sort=price:
-- filter after inner: AND (c.{{key}}, {{id}}) {{past}} ({{last}}, :after_id)
-- filter dates inner: {{seek_days}}
-- filter prefix inner: {{seek_prefix}}
-- filter dates: AND w.expires_on BETWEEN :due_from AND :due_to AND w.late_on BETWEEN :late_from AND :late_to
--     AND w.collect_on BETWEEN :collect_from AND :collect_to
-- filter also: AND EXISTS (SELECT 1 FROM client_facets f
--     WHERE f.tenant_id = :tenant_id AND f.client_id = w.id AND f.facet = :also_facet)
-- filter prefix: AND {{search}} >= :prefix_from AND {{search}} < :prefix_to
-- engine: sqlite
-- filter text: AND instr({{search}}, :text) > 0
-- engine: postgres
-- filter text: AND strpos({{search}}, :text) > 0
-- engine: all
WITH page AS (
  SELECT w.id AS id, w.sort_key AS sort_key FROM (
    SELECT {{id}} AS id, c.{{key}} AS sort_key, c.expires_on AS expires_on, c.late_on AS late_on,
           c.collect_on AS collect_on, {{columns}}
    FROM {{from}}
    WHERE c.tenant_id = :tenant_id {{narrow}} AND c.list_state = :list_state {{inner}}
    ORDER BY c.{{key}} {{dir}}, {{id}} {{dir}} LIMIT :walk
  ) w
  WHERE 1 = 1 {{filters}}
  LIMIT :limit
)
SELECT p.sort_key, c.id, c.name, c.phone, c.email, c.tags, c.custom, c.opted_out_at, c.archived_at, c.erased_at, c.version,
       c.created_at, c.updated_at,
       s.id, s.client_id, s.plan_id, s.plan_type, s.price_amount, s.price_currency, s.expires_on, s.anchor_day,
       s.prepaid_until, s.owed_amount, s.owed_on, s.auto_renew, s.muted, s.before_at, s.due_at, s.before_text, s.due_text,
       s.ended_at, s.version, s.created_at, s.updated_at
FROM page p
CROSS JOIN clients c
LEFT JOIN subscriptions s ON s.tenant_id = c.tenant_id AND s.client_id = c.id AND s.ended_at IS NULL
WHERE c.tenant_id = :tenant_id AND c.id = p.id;

-- Fetches the few clients of a narrow filter and sorts them.
--   due     by the three classes of clients_due, each with its own range
--   prefix  names that begin with something
--   text    the full-text index
-- name: clients_pick
-- family: by=due,prefix,text sort=name,expires_on,created_at,price dir=asc,desc
-- define key sort=name: name_key
-- define key sort=expires_on: expires_on
-- define key sort=created_at: created_at
-- define key sort=price: price_amount
-- define last sort=name: :after_text
-- define last sort=expires_on: :after_number
-- define last sort=created_at: :after_number
-- define last sort=price: :after_number
-- define past dir=asc: >
-- define past dir=desc: <
-- define wanted: c.id AS id, c.{{key}} AS sort_key, c.expires_on AS expires_on, c.late_on AS late_on,
--     c.collect_on AS collect_on, c.name_key AS name_key
-- define mine: c.tenant_id = :tenant_id AND c.list_state = :list_state
-- define candidates by=due: SELECT {{wanted}} FROM clients c
--     WHERE {{mine}} AND c.pay_class = 0 AND c.expires_on BETWEEN :from_0 AND :to_0
--     UNION ALL SELECT {{wanted}} FROM clients c
--     WHERE {{mine}} AND c.pay_class = 1 AND c.expires_on BETWEEN :from_1 AND :to_1
--     UNION ALL SELECT {{wanted}} FROM clients c
--     WHERE {{mine}} AND c.pay_class = 2 AND c.expires_on BETWEEN :from_2 AND :to_2
-- define candidates by=prefix: SELECT {{wanted}} FROM clients c
--     WHERE {{mine}} AND c.name_key >= :prefix_from AND c.name_key < :prefix_to
-- engine: sqlite
-- define candidates by=text: SELECT {{wanted}} FROM clients_search x CROSS JOIN clients c ON c.search_row = x.rowid
--     WHERE clients_search MATCH :match AND {{mine}}
-- engine: postgres
-- define candidates by=text: SELECT {{wanted}} FROM renova_clients_with(:pattern, :cap) x (id)
--     CROSS JOIN clients c WHERE c.id = x.id AND {{mine}}
-- engine: all
-- filter after: AND (w.sort_key, w.id) {{past}} ({{last}}, :after_id)
-- filter dates: AND w.expires_on BETWEEN :due_from AND :due_to AND w.late_on BETWEEN :late_from AND :late_to
--     AND w.collect_on BETWEEN :collect_from AND :collect_to
-- filter facet: AND EXISTS (SELECT 1 FROM client_facets f
--     WHERE f.tenant_id = :tenant_id AND f.client_id = w.id AND f.facet = :facet)
-- filter also: AND EXISTS (SELECT 1 FROM client_facets g
--     WHERE g.tenant_id = :tenant_id AND g.client_id = w.id AND g.facet = :also_facet)
-- filter prefix: AND w.name_key >= :prefix_from AND w.name_key < :prefix_to
-- engine: sqlite
-- filter text: AND EXISTS (SELECT 1 FROM clients n
--     WHERE n.tenant_id = :tenant_id AND n.id = w.id AND instr(n.search_text, :text) > 0)
-- engine: postgres
-- filter text: AND EXISTS (SELECT 1 FROM clients n
--     WHERE n.tenant_id = :tenant_id AND n.id = w.id AND strpos(n.search_text, :text) > 0)
-- engine: all
WITH page AS (
  SELECT w.id AS id, w.sort_key AS sort_key FROM (
    {{candidates}}
  ) w
  WHERE 1 = 1 {{filters}}
  ORDER BY w.sort_key {{dir}}, w.id {{dir}} LIMIT :limit
)
SELECT p.sort_key, c.id, c.name, c.phone, c.email, c.tags, c.custom, c.opted_out_at, c.archived_at, c.erased_at, c.version,
       c.created_at, c.updated_at,
       s.id, s.client_id, s.plan_id, s.plan_type, s.price_amount, s.price_currency, s.expires_on, s.anchor_day,
       s.prepaid_until, s.owed_amount, s.owed_on, s.auto_renew, s.muted, s.before_at, s.due_at, s.before_text, s.due_text,
       s.ended_at, s.version, s.created_at, s.updated_at
FROM page p
CROSS JOIN clients c
LEFT JOIN subscriptions s ON s.tenant_id = c.tenant_id AND s.client_id = c.id AND s.ended_at IS NULL
WHERE c.tenant_id = :tenant_id AND c.id = p.id;

-- How many candidates clients_pick would have to sort; no more than :cap are counted.
-- name: clients_probe
-- family: by=due,prefix,text
-- define mine: c.tenant_id = :tenant_id AND c.list_state = :list_state
-- define candidates by=due: SELECT 1 AS one FROM clients c
--     WHERE {{mine}} AND c.pay_class = 0 AND c.expires_on BETWEEN :from_0 AND :to_0
--     UNION ALL SELECT 1 FROM clients c
--     WHERE {{mine}} AND c.pay_class = 1 AND c.expires_on BETWEEN :from_1 AND :to_1
--     UNION ALL SELECT 1 FROM clients c
--     WHERE {{mine}} AND c.pay_class = 2 AND c.expires_on BETWEEN :from_2 AND :to_2
-- define candidates by=prefix: SELECT 1 AS one FROM clients c
--     WHERE {{mine}} AND c.name_key >= :prefix_from AND c.name_key < :prefix_to
-- engine: sqlite
-- define candidates by=text: SELECT 1 AS one FROM clients_search
--     WHERE clients_search MATCH :match AND :tenant_id IS NOT NULL
-- engine: postgres
-- define candidates by=text: SELECT 1 AS one FROM renova_clients_with(:pattern, :cap) x (id)
--     WHERE CAST(:tenant_id AS UUID) IS NOT NULL
-- engine: all
-- filter never: AND 1 = 0
SELECT COUNT(*) AS candidates FROM (SELECT w.one FROM ({{candidates}}) w WHERE 1 = 1 {{filters}} LIMIT :cap) y;

-- How many clients carry a facet; no more than :cap are counted.
-- name: facet_probe
SELECT COUNT(*) AS clients FROM (
  SELECT 1 AS one FROM client_facets
  WHERE tenant_id = :tenant_id AND facet = :facet AND list_state = :list_state LIMIT :cap
) y;

-- All that the filters let through.
-- name: clients_count
-- family: source=all,facet,text
-- define id source=all: c.id
-- define id source=facet: c.client_id
-- define id source=text: c.id
-- define from source=all: clients c
-- define from source=facet: client_facets c
-- engine: sqlite
-- define from source=text: clients_search x CROSS JOIN clients c ON c.search_row = x.rowid
-- define narrow source=text: AND clients_search MATCH :match
-- engine: postgres
-- define from source=text: renova_clients_with(:pattern, :cap) x (id) CROSS JOIN clients c
-- define narrow source=text: AND c.id = x.id
-- engine: all
-- define narrow source=all:
-- define narrow source=facet: AND c.facet = :facet
-- filter dates: AND c.expires_on BETWEEN :due_from AND :due_to AND c.late_on BETWEEN :late_from AND :late_to
--     AND c.collect_on BETWEEN :collect_from AND :collect_to
-- filter facet: AND EXISTS (SELECT 1 FROM client_facets f
--     WHERE f.tenant_id = :tenant_id AND f.client_id = {{id}} AND f.facet = :facet)
-- filter also: AND EXISTS (SELECT 1 FROM client_facets g
--     WHERE g.tenant_id = :tenant_id AND g.client_id = {{id}} AND g.facet = :also_facet)
-- filter prefix: AND c.name_key >= :prefix_from AND c.name_key < :prefix_to
SELECT COUNT(*) AS clients FROM {{from}}
WHERE c.tenant_id = :tenant_id {{narrow}} AND c.list_state = :list_state {{filters}};

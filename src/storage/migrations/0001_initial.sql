-- The whole schema. Type words are replaced for each engine: @id (16 bytes), @int (64 bit), @text, @bytes, @strict.
-- Every tenant's table starts its key with tenant_id. Instants are microseconds UTC, dates are days since 1970-01-01,
-- yes/no is 0 or 1, money is minor units; uniqueness is by named index, so that both engines report the same name; lists and open structures are JSON text that SQL never looks into.
-- The CHECKs repeat the closed lists of src/domain.

-- engine: postgres
CREATE EXTENSION IF NOT EXISTS pg_trgm;
-- A UUIDv7 (RFC 9562 §5.7) for an instant in microseconds; SQLite gets a function of the same name from the program.
CREATE FUNCTION renova_uuid7(at_us BIGINT) RETURNS UUID LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(set_bit(set_bit(
           overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send(at_us / 1000) FROM 3) FROM 1 FOR 6),
           52, 1), 53, 1), 'hex')::uuid
$$;
-- engine: all

CREATE TABLE tenants (
  tenant_id       @id   NOT NULL PRIMARY KEY,
  name            @text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  time_zone       @text NOT NULL,
  locale          @text NOT NULL CHECK (locale IN ('pt-BR', 'en', 'es')),
  currency        @text NOT NULL CHECK (length(currency) = 3),
  country         @text NOT NULL CHECK (length(country) = 2),
  expiring_days   @int  NOT NULL CHECK (expiring_days BETWEEN 0 AND 60),
  sending_windows @text NOT NULL,
  holidays        @text NOT NULL,
  pix_key_type    @text CHECK (pix_key_type IN ('cpf', 'cnpj', 'email', 'phone', 'evp')),
  pix_key         @text,
  pix_holder      @text,
  pix_city        @text,
  support_phone   @text,
  queue_paused    @int  NOT NULL DEFAULT 0 CHECK (queue_paused IN (0, 1)),
  suspended_at    @int,
  planned_at      @int,
  version         @int  NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at      @int  NOT NULL,
  updated_at      @int  NOT NULL,
  CHECK ((pix_key IS NULL) = (pix_key_type IS NULL))
)@strict;

-- People belong to no tenant; memberships tie them to tenants.
CREATE TABLE users (
  id             @id   NOT NULL PRIMARY KEY,
  email          @text NOT NULL,
  name           @text NOT NULL,
  password_hash  @text NOT NULL,
  totp_secret    @bytes,
  totp_step      @int,
  platform_admin @int  NOT NULL DEFAULT 0 CHECK (platform_admin IN (0, 1)),
  disabled_at    @int,
  token_version  @int  NOT NULL DEFAULT 1,
  created_at     @int  NOT NULL,
  updated_at     @int  NOT NULL
)@strict;
CREATE UNIQUE INDEX users_email ON users (email);

CREATE TABLE memberships (
  tenant_id  @id   NOT NULL REFERENCES tenants (tenant_id),
  user_id    @id   NOT NULL REFERENCES users (id),
  role       @text NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer')),
  created_at @int  NOT NULL,
  updated_at @int  NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
)@strict;
CREATE INDEX memberships_user ON memberships (user_id, tenant_id);

-- One row a refresh token; a family is one sign-in.
CREATE TABLE sessions (
  id           @id    NOT NULL PRIMARY KEY,
  user_id      @id    NOT NULL REFERENCES users (id),
  family_id    @id    NOT NULL,
  token_hash   @bytes NOT NULL,
  successor    @bytes,
  created_at   @int   NOT NULL,
  expires_at   @int   NOT NULL,
  rotated_at   @int,
  ended_at     @int,
  user_agent   @text  NOT NULL DEFAULT '',
  address      @text  NOT NULL DEFAULT ''
)@strict;
CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_family ON sessions (family_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE api_keys (
  tenant_id    @id    NOT NULL REFERENCES tenants (tenant_id),
  id           @id    NOT NULL,
  name         @text  NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  prefix       @text  NOT NULL,
  key_hash     @bytes NOT NULL,
  role         @text  NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer')),
  scopes       @text  NOT NULL,
  created_by   @id,
  created_at   @int   NOT NULL,
  expires_at   @int,
  last_used_at @int,
  revoked_at   @int,
  PRIMARY KEY (tenant_id, id)
)@strict;
CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash);

CREATE TABLE login_failures (
  subject       @text NOT NULL PRIMARY KEY,
  failures      @int  NOT NULL CHECK (failures > 0),
  last_at       @int  NOT NULL,
  blocked_until @int  NOT NULL
)@strict;

CREATE TABLE idempotency_keys (
  tenant_id   @id    NOT NULL,
  principal   @text  NOT NULL,
  route       @text  NOT NULL,
  key         @text  NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint @bytes NOT NULL,
  status      @int   NOT NULL,
  headers     @text  NOT NULL,
  body        @text  NOT NULL,
  created_at  @int   NOT NULL,
  PRIMARY KEY (tenant_id, principal, route, key)
)@strict;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE audit_entries (
  tenant_id   @id    NOT NULL,
  id          @id    NOT NULL,
  at          @int   NOT NULL,
  actor_kind  @text  NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'system', 'command_line')),
  actor_id    @id,
  actor_name  @text  NOT NULL,
  action      @text  NOT NULL,
  object_kind @text  NOT NULL,
  object_id   @text  NOT NULL,
  before_json @text,
  after_json  @text,
  address     @text  NOT NULL DEFAULT '',
  request_id  @text  NOT NULL DEFAULT '',
  previous    @bytes,
  hash        @bytes,
  PRIMARY KEY (tenant_id, id)
)@strict;

CREATE TABLE plans (
  tenant_id      @id   NOT NULL REFERENCES tenants (tenant_id),
  id             @id   NOT NULL,
  name           @text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  name_key       @text NOT NULL,
  plan_type      @text NOT NULL CHECK (length(plan_type) BETWEEN 1 AND 30),
  price_amount   @int  NOT NULL CHECK (price_amount > 0),
  price_currency @text NOT NULL CHECK (length(price_currency) = 3),
  period_unit    @text NOT NULL CHECK (period_unit IN ('days', 'months', 'years')),
  period_count   @int  NOT NULL CHECK (period_count BETWEEN 1 AND 3650),
  archived_at    @int,
  version        @int  NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at     @int  NOT NULL,
  updated_at     @int  NOT NULL,
  PRIMARY KEY (tenant_id, id)
)@strict;
CREATE UNIQUE INDEX plans_name ON plans (tenant_id, name_key);

-- The columns from `tags` to `pay_class` sum up what other tables say of a client; the store keeps them in the same
-- transaction, so that each sort and filter of the list has an index.
--   tags         JSON array of its tags' names; search_text: folded name, phone and tags, a line each (at most 1,500 bytes)
--   list_state   0 active, 1 archived, 2 erased
--   expires_on   the earliest due date; price_amount: the sum of the prices
--   late_on      the last day on which nothing is overdue; collect_on: the day that is to be collected, 0 when something
--                is owed already; both are about all subscriptions. 2932897 (the day after 9999-12-31): never
--   pay_class    0: late_on = collect_on = expires_on (nothing owed, nothing prepaid); 1: all is prepaid; 2: anything else
CREATE TABLE clients (
-- engine: sqlite
  search_row   INTEGER PRIMARY KEY, -- a stable row number for clients_search
-- engine: all
  tenant_id    @id   NOT NULL REFERENCES tenants (tenant_id),
  id           @id   NOT NULL,
  name         @text NOT NULL,
  name_key     @text NOT NULL,
  phone        @text CHECK (length(phone) BETWEEN 10 AND 15),
  phone_key    @text,
  email        @text,
  custom       @text NOT NULL DEFAULT '{}',
  credentials  @bytes,
  whatsapp_id  @text,
  opted_out_at @int,
  archived_at  @int,
  erased_at    @int,
  tags         @text NOT NULL DEFAULT '[]',
  search_text  @text NOT NULL DEFAULT '',
  list_state   @int  NOT NULL DEFAULT 0 CHECK (list_state BETWEEN 0 AND 2),
  expires_on   @int  NOT NULL DEFAULT 2932897,
  price_amount @int  NOT NULL DEFAULT 0 CHECK (price_amount >= 0),
  late_on      @int  NOT NULL DEFAULT 2932897,
  collect_on   @int  NOT NULL DEFAULT 2932897,
  pay_class    @int  NOT NULL DEFAULT 1 CHECK (pay_class BETWEEN 0 AND 2),
  version      @int  NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at   @int  NOT NULL,
  updated_at   @int  NOT NULL,
-- engine: sqlite
  UNIQUE (tenant_id, id),
-- engine: postgres
  PRIMARY KEY (tenant_id, id),
-- engine: all
  CHECK (erased_at IS NOT NULL OR (phone IS NOT NULL AND length(name) >= 2)),
  CHECK (list_state = CASE WHEN erased_at IS NOT NULL THEN 2 WHEN archived_at IS NOT NULL THEN 1 ELSE 0 END)
)@strict;
CREATE UNIQUE INDEX clients_phone ON clients (tenant_id, phone);
CREATE INDEX clients_phone_key ON clients (tenant_id, phone_key);
-- One index a sort order; the columns after `id` let a filter be answered without touching the row.
CREATE INDEX clients_name ON clients (tenant_id, list_state, name_key, id, expires_on, late_on, collect_on, search_text);
CREATE INDEX clients_expires ON clients (tenant_id, list_state, expires_on, id, late_on, collect_on, search_text);
CREATE INDEX clients_created ON clients (tenant_id, list_state, created_at, id, expires_on, late_on, collect_on, search_text);
CREATE INDEX clients_price ON clients (tenant_id, list_state, price_amount, id, expires_on, late_on, collect_on, search_text);
-- Finds the few rows of a narrow filter (standing, payment status, due dates) before they are sorted.
CREATE INDEX clients_due ON clients (tenant_id, list_state, pay_class, expires_on, id, late_on, collect_on, name_key,
                                     price_amount, created_at);

-- A client under each of its tags ('#' and the folded tag) and plan types, in each sort order of the list.
CREATE TABLE client_facets (
  tenant_id    @id   NOT NULL,
  client_id    @id   NOT NULL,
  facet        @text NOT NULL,
  list_state   @int  NOT NULL,
  name_key     @text NOT NULL,
  expires_on   @int  NOT NULL,
  price_amount @int  NOT NULL,
  created_at   @int  NOT NULL,
  late_on      @int  NOT NULL,
  collect_on   @int  NOT NULL,
  PRIMARY KEY (tenant_id, client_id, facet),
  FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id)
)@strict;
CREATE INDEX client_facets_name ON client_facets (tenant_id, facet, list_state, name_key, client_id, expires_on, late_on,
                                                  collect_on);
CREATE INDEX client_facets_expires ON client_facets (tenant_id, facet, list_state, expires_on, client_id, late_on,
                                                     collect_on);
CREATE INDEX client_facets_created ON client_facets (tenant_id, facet, list_state, created_at, client_id, expires_on,
                                                     late_on, collect_on);
CREATE INDEX client_facets_price ON client_facets (tenant_id, facet, list_state, price_amount, client_id, expires_on,
                                                   late_on, collect_on);

-- engine: sqlite
-- Kept by client_store.cpp: no triggers, since with trusted_schema = OFF a trigger may not write a virtual table.
CREATE VIRTUAL TABLE clients_search USING fts5 (
  search_text, content = 'clients', content_rowid = 'search_row', tokenize = 'trigram', detail = 'full');
-- engine: postgres
CREATE INDEX clients_search ON clients USING gin (search_text gin_trgm_ops);
-- LIKE is not leakproof, so under row-level security it could not use that index; this applies the tenant itself.
CREATE FUNCTION renova_clients_with(pattern TEXT, cap BIGINT) RETURNS SETOF UUID
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT id FROM clients
  WHERE tenant_id = current_setting('app.tenant_id')::uuid
    AND search_text LIKE pattern
  LIMIT cap
$$;
-- engine: all

CREATE TABLE tags (
  tenant_id  @id   NOT NULL REFERENCES tenants (tenant_id),
  id         @id   NOT NULL,
  name       @text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
  name_key   @text NOT NULL,
  created_at @int  NOT NULL,
  PRIMARY KEY (tenant_id, id)
)@strict;
CREATE UNIQUE INDEX tags_name ON tags (tenant_id, name_key);

CREATE TABLE client_tags (
  tenant_id @id NOT NULL,
  client_id @id NOT NULL,
  tag_id    @id NOT NULL,
  PRIMARY KEY (tenant_id, client_id, tag_id),
  FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id),
  FOREIGN KEY (tenant_id, tag_id) REFERENCES tags (tenant_id, id) ON DELETE CASCADE
)@strict;
CREATE INDEX client_tags_tag ON client_tags (tenant_id, tag_id, client_id);

CREATE TABLE client_notes (
  tenant_id  @id   NOT NULL,
  id         @id   NOT NULL,
  client_id  @id   NOT NULL,
  text       @text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
  author     @text NOT NULL,
  created_at @int  NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id)
)@strict;
CREATE INDEX client_notes_client ON client_notes (tenant_id, client_id, created_at);

-- What happened to a client, for its timeline; messages have their own ledger.
CREATE TABLE client_events (
  tenant_id @id   NOT NULL,
  id        @id   NOT NULL,
  client_id @id   NOT NULL,
  at        @int  NOT NULL,
  kind      @text NOT NULL,
  actor     @text NOT NULL,
  data      @text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id)
)@strict;
CREATE INDEX client_events_client ON client_events (tenant_id, client_id, at);

-- before_at/due_at (minutes after local midnight) and before_text/due_text override the rules' time and text for
-- reminders ahead of the due date and for those from the due date on.
CREATE TABLE subscriptions (
  tenant_id      @id   NOT NULL,
  id             @id   NOT NULL,
  client_id      @id   NOT NULL,
  plan_id        @id,
  plan_type      @text NOT NULL CHECK (length(plan_type) BETWEEN 1 AND 30),
  price_amount   @int  NOT NULL CHECK (price_amount > 0),
  price_currency @text NOT NULL CHECK (length(price_currency) = 3),
  expires_on     @int  NOT NULL,
  anchor_day     @int  NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
  prepaid_until  @int,
  owed_amount    @int  NOT NULL DEFAULT 0 CHECK (owed_amount >= 0),
  owed_on        @int,
  auto_renew     @int  NOT NULL DEFAULT 0 CHECK (auto_renew IN (0, 1)),
  muted          @int  NOT NULL DEFAULT 0 CHECK (muted IN (0, 1)),
  before_at      @int  CHECK (before_at BETWEEN 0 AND 1439),
  due_at         @int  CHECK (due_at BETWEEN 0 AND 1439),
  before_text    @text,
  due_text       @text,
  ended_at       @int,
  version        @int  NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at     @int  NOT NULL,
  updated_at     @int  NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id),
  FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, id)
)@strict;
CREATE INDEX subscriptions_client ON subscriptions (tenant_id, client_id, id);
CREATE INDEX subscriptions_expires ON subscriptions (tenant_id, expires_on, id) WHERE ended_at IS NULL;
-- The planner looks again at what changed, and knows where local times differ from the rules'.
CREATE INDEX subscriptions_updated ON subscriptions (tenant_id, updated_at);
CREATE INDEX subscriptions_times ON subscriptions (tenant_id, expires_on)
  WHERE ended_at IS NULL AND (before_at IS NOT NULL OR due_at IS NOT NULL);

CREATE TABLE renewals (
  tenant_id       @id   NOT NULL,
  id              @id   NOT NULL,
  subscription_id @id   NOT NULL,
  client_id       @id   NOT NULL,
  from_expires_on @int  NOT NULL,
  to_expires_on   @int  NOT NULL,
  term            @text NOT NULL,
  paid            @int  NOT NULL CHECK (paid IN (0, 1)),
  amount          @int  NOT NULL CHECK (amount >= 0),
  currency        @text NOT NULL CHECK (length(currency) = 3),
  method          @text,
  note            @text,
  actor           @text NOT NULL,
  before_json     @text NOT NULL,
  subscription_version @int NOT NULL DEFAULT 0,
  created_at      @int  NOT NULL,
  undone_at       @int,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions (tenant_id, id)
)@strict;
CREATE INDEX renewals_subscription ON renewals (tenant_id, subscription_id, created_at);
CREATE INDEX renewals_client ON renewals (tenant_id, client_id, created_at);
CREATE INDEX renewals_created ON renewals (tenant_id, created_at);

CREATE TABLE payments (
  tenant_id           @id   NOT NULL,
  id                  @id   NOT NULL,
  client_id           @id   NOT NULL,
  subscription_id     @id   NOT NULL,
  renewal_id          @id,
  amount              @int  NOT NULL CHECK (amount > 0),
  currency            @text NOT NULL CHECK (length(currency) = 3),
  method              @text NOT NULL,
  provider            @text,
  provider_payment_id @text,
  paid_at             @int  NOT NULL,
  created_at          @int  NOT NULL,
  undone_at           @int,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions (tenant_id, id)
)@strict;
CREATE UNIQUE INDEX payments_provider ON payments (tenant_id, provider, provider_payment_id);
CREATE INDEX payments_client ON payments (tenant_id, client_id, paid_at);
CREATE INDEX payments_paid ON payments (tenant_id, paid_at);

CREATE TABLE channels (
  tenant_id    @id   NOT NULL REFERENCES tenants (tenant_id),
  id           @id   NOT NULL,
  name         @text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  type         @text NOT NULL CHECK (type IN ('simulator', 'cloud_api')),
  enabled      @int  NOT NULL CHECK (enabled IN (0, 1)),
  config       @text NOT NULL,
  secrets      @bytes,
  pacing       @text NOT NULL,
  breaker      @text NOT NULL,
  paused       @int  NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  pause_reason @text,
  paused_until @int,
  first_sent_at @int,
  version      @int  NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at   @int  NOT NULL,
  updated_at   @int  NOT NULL,
  PRIMARY KEY (tenant_id, id)
)@strict;
-- A webhook knows the channel only.
CREATE UNIQUE INDEX channels_id ON channels (id);

-- Who may send through a channel: `fence` grows with each change of owner, and every outcome is written under it.
CREATE TABLE channel_leases (
  tenant_id  @id   NOT NULL,
  channel_id @id   NOT NULL,
  instance   @text NOT NULL,
  epoch      @id   NOT NULL,
  fence      @int  NOT NULL,
  expires_at @int  NOT NULL,
  PRIMARY KEY (tenant_id, channel_id),
  FOREIGN KEY (tenant_id, channel_id) REFERENCES channels (tenant_id, id) ON DELETE CASCADE
)@strict;

CREATE TABLE templates (
  tenant_id      @id   NOT NULL REFERENCES tenants (tenant_id),
  id             @id   NOT NULL,
  name           @text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  kind           @text NOT NULL CHECK (kind IN ('reminder', 'due_today', 'overdue', 'renewed', 'welcome', 'promo',
                                                'custom')),
  plan_type      @text CHECK (length(plan_type) BETWEEN 1 AND 30),
  locale         @text NOT NULL CHECK (locale IN ('pt-BR', 'en', 'es')),
  body           @text NOT NULL CHECK (length(body) BETWEEN 1 AND 4096),
  variants       @text NOT NULL DEFAULT '[]',
  media          @text,
  cloud_template @text,
  enabled        @int  NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  stopped_reason @text,
  version        @int  NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at     @int  NOT NULL,
  updated_at     @int  NOT NULL,
  PRIMARY KEY (tenant_id, id)
)@strict;
CREATE INDEX templates_kind ON templates (tenant_id, kind, plan_type);

CREATE TABLE rules (
  tenant_id   @id   NOT NULL REFERENCES tenants (tenant_id),
  id          @id   NOT NULL,
  name        @text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  offset_days @int  NOT NULL CHECK (offset_days BETWEEN -365 AND 365),
  at_minutes  @int  CHECK (at_minutes BETWEEN 0 AND 1439),
  plan_types  @text NOT NULL DEFAULT '[]',
  template_id @id,
  channel_ids @text NOT NULL DEFAULT '[]',
  enabled     @int  NOT NULL CHECK (enabled IN (0, 1)),
  enabled_at  @int  NOT NULL,
  version     @int  NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at  @int  NOT NULL,
  updated_at  @int  NOT NULL,
  PRIMARY KEY (tenant_id, id)
)@strict;

-- One row a hand-over intent. messages_once is the promise that no reminder goes out twice. A test message may go
-- to a number that is no client.
CREATE TABLE messages (
  tenant_id       @id   NOT NULL,
  id              @id   NOT NULL,
  client_id       @id,
  subscription_id @id,
  rule_id         @id,
  template_id     @id,
  kind            @text NOT NULL CHECK (kind IN ('reminder', 'due_today', 'overdue', 'renewed', 'welcome', 'promo',
                                                 'custom', 'manual', 'test')),
  channel_id      @id,
  channel_kind    @text NOT NULL DEFAULT 'whatsapp' CHECK (channel_kind IN ('whatsapp', 'telegram', 'email')),
  recipient       @text NOT NULL,
  body            @text,
  state           @text NOT NULL CHECK (state IN ('planned', 'queued', 'sending', 'accepted', 'sent', 'delivered',
                                                  'read', 'failed', 'unknown', 'cancelled', 'skipped')),
  reason          @text,
  detail          @text,
  priority        @int  NOT NULL CHECK (priority BETWEEN 0 AND 9),
  due_on          @int,
  not_before      @int  NOT NULL,
  attempt         @int  NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  fence           @int  NOT NULL DEFAULT 0,
  epoch           @id,
  lease_until     @int,
  gateway_id      @text,
  created_at      @int  NOT NULL,
  updated_at      @int  NOT NULL,
  sent_at         @int,
  delivered_at    @int,
  read_at         @int,
  failed_at       @int,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id),
  CHECK (client_id IS NOT NULL OR kind = 'test'),
  CHECK ((state = 'sending') = (epoch IS NOT NULL)),
  CHECK (state NOT IN ('failed', 'cancelled', 'skipped') OR reason IS NOT NULL)
)@strict
-- engine: sqlite
, WITHOUT ROWID
-- engine: all
;
CREATE UNIQUE INDEX messages_once ON messages (tenant_id, subscription_id, rule_id, due_on, channel_kind);
CREATE INDEX messages_ready ON messages (tenant_id, channel_id, priority, not_before, id)
  WHERE state = 'queued';
-- What needs somebody's attention sooner or later; a message on its usual way never enters it.
CREATE INDEX messages_loose ON messages (tenant_id, state, not_before)
  WHERE state IN ('planned', 'unknown') OR (state = 'queued' AND channel_id IS NULL);
CREATE INDEX messages_recipient ON messages (tenant_id, recipient, id)
  WHERE state IN ('planned', 'queued', 'sending', 'unknown');
CREATE INDEX messages_client ON messages (tenant_id, client_id, created_at, id);
CREATE INDEX messages_created ON messages (tenant_id, created_at, id);
CREATE INDEX messages_gateway ON messages (tenant_id, gateway_id, created_at) WHERE gateway_id IS NOT NULL;
CREATE INDEX messages_state ON messages (tenant_id, state, created_at, id);

-- The ledger: one row a transition, never changed.
CREATE TABLE message_events (
  tenant_id  @id   NOT NULL,
  message_id @id   NOT NULL,
  seq        @int  NOT NULL,
  at         @int  NOT NULL,
  from_state @text,
  to_state   @text NOT NULL,
  attempt    @int  NOT NULL,
  reason     @text,
  detail     @text,
  PRIMARY KEY (tenant_id, message_id, seq),
  FOREIGN KEY (tenant_id, message_id) REFERENCES messages (tenant_id, id)
)@strict
-- engine: sqlite
, WITHOUT ROWID
-- engine: all
;
-- Every hand-over by time: the caps of a channel after a restart, and the queue's rate.
CREATE INDEX message_events_attempts ON message_events (tenant_id, at) WHERE to_state = 'sending';

-- What gateways told us, stored before it is understood.
CREATE TABLE inbox (
  tenant_id    @id   NOT NULL,
  channel_id   @id   NOT NULL,
  id           @id   NOT NULL,
  kind         @text NOT NULL CHECK (kind IN ('status', 'message', 'account', 'template')),
  item_key     @text NOT NULL,
  body         @text NOT NULL,
  received_at  @int  NOT NULL,
  processed_at @int,
  problem      @text,
  PRIMARY KEY (tenant_id, channel_id, id)
)@strict;
CREATE UNIQUE INDEX inbox_item ON inbox (tenant_id, channel_id, kind, item_key);
CREATE INDEX inbox_waiting ON inbox (received_at) WHERE processed_at IS NULL;

-- One uploaded list. `done_line` is the last line that the present state (committing, undoing) has dealt with, so that
-- an interrupted one goes on where it was.
CREATE TABLE imports (
  tenant_id    @id   NOT NULL REFERENCES tenants (tenant_id),
  id           @id   NOT NULL,
  state        @text NOT NULL CHECK (state IN ('uploading', 'preparing', 'preview', 'committing', 'committed',
                                               'undoing', 'undone')),
  format       @text NOT NULL CHECK (format IN ('csv', 'legacy')),
  file_name    @text NOT NULL DEFAULT '',
  file_hash    @text NOT NULL,
  delimiter    @text,
  encoding     @text,
  columns      @text NOT NULL,
  options      @text NOT NULL,
  counts       @text NOT NULL,
  done_line    @int  NOT NULL DEFAULT 0 CHECK (done_line >= 0),
  actor        @text NOT NULL,
  created_at   @int  NOT NULL,
  committed_at @int,
  undone_at    @int,
  PRIMARY KEY (tenant_id, id)
)@strict;
CREATE INDEX imports_created ON imports (tenant_id, created_at);
CREATE INDEX imports_file ON imports (tenant_id, file_hash);

-- row_json holds the cells (csv) or the record (legacy) as they came; before_json what the commit changed, for undo.
CREATE TABLE import_lines (
  tenant_id   @id   NOT NULL,
  import_id   @id   NOT NULL,
  line        @int  NOT NULL,
  outcome     @text NOT NULL CHECK (outcome IN ('create', 'update', 'skip', 'error')),
  row_json    @text NOT NULL,
  errors      @text NOT NULL DEFAULT '[]',
  warnings    @text NOT NULL DEFAULT '[]',
  repeats     @int,
  client_id   @id,
  before_json @text,
  undo        @text CHECK (undo IN ('removed', 'archived', 'restored', 'kept')),
  PRIMARY KEY (tenant_id, import_id, line),
  FOREIGN KEY (tenant_id, import_id) REFERENCES imports (tenant_id, id)
)@strict;
CREATE INDEX import_lines_outcome ON import_lines (tenant_id, import_id, outcome, line);
CREATE INDEX import_lines_client ON import_lines (tenant_id, client_id, import_id, line) WHERE client_id IS NOT NULL;

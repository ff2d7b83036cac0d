// The schema, its row-level security and the role that it binds.
#include "base/log.hpp"
#include "storage/postgres/database.hpp"

namespace renova::storage {

namespace {

// One migrator at a time in one database; "renova" in ASCII.
constexpr const char* kLock = "SET lock_timeout = '120s'; SELECT pg_advisory_lock(125779768604257)";

constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
    "checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";

// Every table with a tenant_id shows and takes only the rows of app.tenant_id, or all when app.system is on;
// without either, none. FORCE: for the owner too. The settings are read once for each statement (the
// sub-selects), and not once for each row.
constexpr const char* kPolicies = R"sql(
DO $$
DECLARE t record;
BEGIN
  FOR t IN
    SELECT c.oid::regclass AS name FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_isolation')
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.name);
    EXECUTE format('CREATE POLICY tenant_isolation ON %s USING ('
                   '  tenant_id = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)'
                   '  OR (SELECT current_setting(''app.system'', true) = ''on''))', t.name);
  END LOOP;
END $$
)sql";

// A role that row-level security binds; connections take it on. Roles belong to the whole server.
constexpr const char* kRole = R"sql(
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'renova_app') THEN
    CREATE ROLE renova_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
  IF NOT pg_has_role(current_user, 'renova_app', 'MEMBER') THEN
    EXECUTE format('GRANT renova_app TO %I', current_user);
  END IF;
END $$
)sql";

constexpr const char* kGrants = R"sql(
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles
             WHERE rolname = 'renova_app' AND pg_has_role(current_user, oid, 'MEMBER')) THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO renova_app', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO renova_app',
                   current_schema());
    REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM renova_app;
  END IF;
END $$
)sql";

// Under row-level security only leak-proof operators may use an index before the policy has been checked.
// LIKE tells nothing but what its pattern says, so searching by trigram may; only a superuser can say so.
constexpr const char* kLeakproof = R"sql(
DO $$
BEGIN
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    AND NOT (SELECT proleakproof FROM pg_proc
             WHERE oid = 'pg_catalog.textlike(text, text)'::regprocedure) THEN
    ALTER FUNCTION pg_catalog.textlike(text, text) LEAKPROOF;
  END IF;
END $$
)sql";

result<AppliedMigrations> read_applied(PostgresSession& session) {
  AppliedMigrations applied;
  TRY(auto table, session.query("SELECT to_regclass('schema_migrations')::text"));
  if (!table[0][0]) return applied;
  TRY(auto rows, session.query("SELECT number, checksum FROM schema_migrations"));
  for (const auto& row : rows) applied[std::stoi(row[0].value_or("0"))] = row[1].value_or("");
  return applied;
}

result<void> apply(PostgresSession& session, const Migration& migration) {
  // Moving rows is work across tenants.
  TRY_DO(session.script("SELECT set_config('app.system', 'on', true)"));
  TRY_DO(session.script(std::string(migration.postgres)));
  TRY_DO(session.script(kPolicies));
  TRY_DO(session.query(
      "INSERT INTO schema_migrations VALUES ($1, $2, $3, (extract(epoch FROM now()) * 1000000)::bigint)",
      {std::to_string(migration.number), std::string(migration.name), std::string(migration.checksum)}));
  return {};
}

result<void> apply_in_transaction(PostgresSession& session, const Migration& migration) {
  TRY_DO(session.script("BEGIN"));
  result<void> outcome = apply(session, migration);
  if (outcome.has_value()) return session.script("COMMIT");
  result<void> undone = session.script("ROLLBACK");
  if (undone.has_error()) log::warning("rollback_failed", {{"detail", undone.error().detail}});
  return outcome;
}

// Two databases of one server may do this at once, and the server does not queue them: then once more. Where
// it is not permitted, the owner's connections go on alone, bound by FORCE ROW LEVEL SECURITY.
result<void> create_role(PostgresSession& session) {
  constexpr int kAttempts = 10;
  result<void> outcome;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    outcome = session.script(kRole);
    if (outcome.has_value()) return {};
    const std::string& state = session.last_state();
    if (state == "42501") {
      log::info("role_not_created", {{"role", "renova_app"}});
      return {};
    }
    bool raced = state == "42710" || state == "23505" || state == "XX000" || state == "40001";
    if (!raced) return outcome;
  }
  return outcome;
}

} // namespace

result<void> migrate_postgres(const std::string& url, std::span<const Migration> migrations) {
  TRY(PostgresSession session, PostgresSession::open(url));
  TRY_DO(session.script(kLock));
  TRY(AppliedMigrations before, read_applied(session));
  TRY(auto missing, plan_migrations(before, migrations));
  if (before.empty()) TRY_DO(session.script(kCreateTable));
  for (const Migration* migration : missing) {
    result<void> outcome = apply_in_transaction(session, *migration);
    if (outcome.has_error()) return migration_failed(*migration, outcome.error());
    log::info("migrated", {{"number", migration->number}, {"name", migration->name}});
  }
  TRY_DO(create_role(session));
  TRY_DO(session.script(kGrants));
  TRY_DO(session.script(kLeakproof));
  return {};
}

result<Database::MigrationStatus> postgres_migration_status(const std::string& url,
                                                            std::span<const Migration> migrations) {
  TRY(PostgresSession session, PostgresSession::open(url));
  TRY(AppliedMigrations applied, read_applied(session));
  return status_of(applied, migrations);
}

} // namespace renova::storage

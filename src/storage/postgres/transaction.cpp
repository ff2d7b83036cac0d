#include "storage/postgres/transaction.hpp"

#include "storage/postgres/row.hpp"

namespace renova::storage {

namespace {

// Numbers above those of embedded statements and families.
constexpr std::uint32_t kFirstOwnIndex = 0xffff0000;
constexpr std::string_view kSettingParameters[] = {"tenant", "system"};
// For this transaction only (true): nothing is left behind for the next one on the connection.
const SystemStatement kSetting{
    {kFirstOwnIndex, "row_security_setting", "",
     "SELECT set_config('app.tenant_id', $1, true), set_config('app.system', $2, true)", kSettingParameters}};
const SystemStatement kTransactionId{
    {kFirstOwnIndex + 1, "transaction_id", "", "SELECT pg_current_xact_id_if_assigned()::text", {}}};

constexpr std::string_view kReadOnly = "25006"; // SQLSTATE read_only_sql_transaction

std::int64_t rows_of(const PGresult* result, bool read) {
  if (read || PQresultStatus(result) == PGRES_TUPLES_OK) {
    std::string_view tag = PQcmdStatus(const_cast<PGresult*>(result));
    if (read || tag.starts_with("SELECT")) return PQntuples(result);
  }
  std::string_view changed = PQcmdTuples(const_cast<PGresult*>(result));
  std::int64_t rows = 0;
  std::from_chars(changed.data(), changed.data() + changed.size(), rows);
  return rows;
}

} // namespace

void PostgresTransaction::queue_begin() {
  if (begun_) return;
  begun_ = true;
  // Writes: READ COMMITTED, where a guarded UPDATE that waited sees the newest row. Reads: one snapshot for
  // all.
  connection_.queue(mode_ == Mode::write ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                                         : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

void PostgresTransaction::queue_setting(const TenantId* tenant) {
  Setting wanted;
  wanted.system = tenant == nullptr;
  if (tenant != nullptr) wanted.tenant = *tenant;
  if (wanted == setting_) return;
  setting_ = wanted;
  std::string text = tenant != nullptr ? tenant->str() : "";
  Value tenant_value = std::string_view(text);
  Value system_value = std::string_view(tenant != nullptr ? "off" : "on");
  const Value* values[] = {&tenant_value, &system_value};
  connection_.queue(kSetting, values);
}

PostgresConnection::Answers PostgresTransaction::run_queued() {
  PostgresConnection::Answers answers = connection_.run();
  if (answers.failure && answers.failure->state == kReadOnly) {
    if (mode_ == Mode::read) {
      answers.failure = PostgresFailure{Error(ErrorCode::internal, "a read tried to write"), false, {}};
    } else {
      connection_.abandon(); // this server is a standby now; connecting anew finds the primary
    }
  }
  if (answers.failure && answers.failure->restart) {
    restart_ = true;
    connection_.forget_prepared();
  }
  return answers;
}

result<std::int64_t> PostgresTransaction::run_bound(const Statement& statement, const TenantId* tenant,
                                                    const Bindings& bindings, const OnRow& on_row) {
  if (connection_.lost()) return Error(ErrorCode::unavailable, "the connection to the database was lost");
  queue_begin();
  queue_setting(tenant);
  std::array<const Value*, kMaxParameters> values;
  for (std::size_t place = 0; place < bindings.size(); ++place) values[place] = &bindings[place];
  connection_.queue(statement, {values.data(), bindings.size()});
  bool ask_for_id = mode_ == Mode::write && transaction_id_.empty();
  if (ask_for_id) connection_.queue(kTransactionId, {});
  PostgresConnection::Answers answers = run_queued();
  if (answers.failure) return answers.failure->error;
  if (ask_for_id) {
    const PGresult* id = answers.results.back().get();
    if (PQgetisnull(id, 0, 0) == 0) transaction_id_ = PQgetvalue(id, 0, 0);
    answers.results.pop_back();
  }
  const PGresult* result = answers.results.back().get();
  if (on_row) {
    for (int row = 0; row < PQntuples(result); ++row) on_row(PostgresRow(result, row));
  }
  return rows_of(result, static_cast<bool>(on_row));
}

result<void> PostgresTransaction::run_savepoint(Savepoint step, int depth) {
  if (connection_.lost()) return Error(ErrorCode::unavailable, "the connection to the database was lost");
  std::string name = "nested_" + std::to_string(depth);
  std::string text;
  switch (step) {
    case Savepoint::begin:
      queue_begin();
      outer_settings_.push_back(setting_);
      text = "SAVEPOINT " + name;
      break;
    case Savepoint::release:
      outer_settings_.pop_back();
      text = "RELEASE " + name;
      break;
    case Savepoint::rollback:
      // set_config() inside a savepoint is undone with it.
      setting_ = outer_settings_.back();
      outer_settings_.pop_back();
      text = "ROLLBACK TO " + name;
      break;
  }
  connection_.queue(text.c_str());
  std::string release = "RELEASE " + name;
  if (step == Savepoint::rollback) connection_.queue(release.c_str());
  PostgresConnection::Answers answers = run_queued();
  if (answers.failure) return answers.failure->error;
  return {};
}

result<void> PostgresTransaction::commit() {
  connection_.queue("COMMIT");
  PostgresConnection::Answers answers = run_queued();
  if (answers.failure) return answers.failure->error;
  // COMMIT of a failed transaction is answered with ROLLBACK and not with an error.
  if (std::string_view(PQcmdStatus(answers.results.back().get())) != "COMMIT") {
    return Error(ErrorCode::internal, "a failed transaction was to be committed");
  }
  return {};
}

void PostgresTransaction::rollback() {
  if (!begun_ || connection_.lost()) return;
  connection_.queue("ROLLBACK");
  connection_.run();
}

} // namespace renova::storage

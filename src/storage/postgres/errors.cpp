// SQLSTATEs (PostgreSQL, appendix A) as errors.
#include "base/log.hpp"
#include "storage/postgres/session.hpp"

namespace renova::storage {

namespace {

std::string field(const PGresult* result, int code) {
  const char* text = result ? PQresultErrorField(result, code) : nullptr;
  return text ? text : "";
}

PostgresFailure named(ErrorCode code, const char* detail, std::string about) {
  PostgresFailure failure{Error(code, detail), false, {}};
  failure.error.about = std::move(about);
  return failure;
}

PostgresFailure unavailable(const char* detail, bool restart = false) {
  PostgresFailure failure{Error(ErrorCode::unavailable, detail), restart, {}};
  failure.error.retry_after_s = 1;
  return failure;
}

PostgresFailure classify(const PGresult* result, const std::string& state, std::string_view during) {
  std::string constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
  std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (state == "23505") return named(ErrorCode::conflict, "the key is taken", constraint);
  if (state == "23514")
    return named(ErrorCode::validation_failed, "a value is outside its range", constraint);
  if (state == "23502") {
    return named(ErrorCode::validation_failed, "a value is missing", field(result, PG_DIAG_COLUMN_NAME));
  }
  if (state == "23503") {
    return named(ErrorCode::validation_failed,
                 "a row that is referred to does not exist, or is still referred to", constraint);
  }
  if (state == "22001" || state == "54000")
    return named(ErrorCode::validation_failed, "a value is too large", "");
  // Serialization failure, deadlock: somebody else goes first, then this works.
  if (state == "40001" || state == "40P01") return unavailable("the database is busy", true);
  // Another replica has changed the schema or the pooler has changed the session: prepare anew.
  bool stale_plan = state == "0A000" && message.find("cached plan") != std::string::npos;
  if (state == "26000" || stale_plan) return unavailable("a prepared statement is out of date", true);
  if (state == "53100")
    return named(ErrorCode::storage_full, "the database's disk is full; nothing was changed", "");
  bool temporary = state.starts_with("53") || state.starts_with("08") || state.starts_with("57") ||
                   state == "55P03" || state == "25006" || state == "25P03";
  if (temporary || state.empty()) {
    log::warning("database_unavailable",
                 {{"engine", "postgres"}, {"during", during}, {"message", message}, {"state", state}});
    // A standby (25006) after a switch-over: another connection may find the new primary.
    return unavailable("the database is not available at the moment", state == "25006");
  }
  log::error("statement_failed",
             {{"engine", "postgres"}, {"during", during}, {"message", message}, {"state", state}});
  return named(ErrorCode::internal, "the database could not run a statement", "");
}

} // namespace

PostgresFailure failure_of(const PGresult* result, std::string_view during) {
  std::string state = field(result, PG_DIAG_SQLSTATE);
  PostgresFailure failure = classify(result, state, during);
  failure.state = std::move(state);
  return failure;
}

} // namespace renova::storage

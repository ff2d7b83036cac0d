#include "storage/engine.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

namespace renova::storage {

namespace {

Error internal_error(const Statement& statement, std::string_view problem, std::string_view name) {
  log::error("statement_misused", {{"statement", statement.name}, {"problem", problem}, {"parameter", name}});
  return Error(ErrorCode::internal, "a statement was used wrongly");
}

bool can_be_stored(std::string_view text) {
  return text.find('\0') == std::string_view::npos && is_utf8(text);
}

} // namespace

result<void> Bindings::bind(const Statement& statement, const TenantId* tenant,
                            std::span<const Parameter> parameters) {
  if (statement.parameters.size() > kMaxParameters) return internal_error(statement, "too_many", "");
  size_ = statement.parameters.size();
  std::size_t used = 0;
  for (std::size_t place = 0; place < size_; ++place) {
    std::string_view name = statement.parameters[place];
    if (tenant != nullptr && name == "tenant_id") {
      tenant_ = tenant->uuid();
      values_[place] = &tenant_;
      continue;
    }
    auto found = std::find_if(parameters.begin(), parameters.end(),
                              [&](const Parameter& parameter) { return parameter.name == name; });
    if (found == parameters.end()) return internal_error(statement, "missing", name);
    ++used;
    values_[place] = &found->value;
    const auto* text = std::get_if<std::string_view>(&found->value);
    if (text != nullptr && !can_be_stored(*text)) {
      Error error(ErrorCode::validation_failed, "text must be UTF-8 without U+0000");
      error.about = name;
      return error;
    }
  }
  if (used != parameters.size() && !statement.ignores_extra)
    return internal_error(statement, "superfluous", "");
  return {};
}

result<std::int64_t> EngineTransaction::attempt(const Statement& statement, const TenantId* tenant,
                                                std::span<const Parameter> parameters, const OnRow& on_row) {
  if (faults_.before_statement) {
    if (std::optional<Error> fault = faults_.before_statement(statement)) return *fault;
  }
  Bindings bindings;
  TRY_DO(bindings.bind(statement, tenant, parameters));
  return run_bound(statement, tenant, bindings, on_row);
}

result<std::int64_t> EngineTransaction::execute(const Statement& statement, const TenantId* tenant,
                                                std::span<const Parameter> parameters, const OnRow& on_row) {
  if (failure_) return *failure_;
  result<std::int64_t> outcome = attempt(statement, tenant, parameters, on_row);
  if (outcome.has_error()) failure_ = outcome.error();
  return outcome;
}

result<void> EngineTransaction::call(const std::function<result<void>()>& work) {
  result<void> outcome;
  try {
    outcome = work();
  } catch (const std::exception& bug) {
    log::error("unit_of_work_threw", {{"what", bug.what()}});
    outcome = Error(ErrorCode::internal, "a unit of work failed unexpectedly");
  }
  if (outcome.has_value() && failure_) return *failure_;
  return outcome;
}

result<void> EngineTransaction::run_unit(const Database::Work& work) {
  return call([&] { return work(*this); });
}

result<void> EngineTransaction::savepoint(const std::function<result<void>()>& work) {
  if (failure_) return *failure_;
  std::size_t actions = actions_.size();
  int depth = ++depth_;
  result<void> outcome = run_savepoint(Savepoint::begin, depth);
  if (outcome.has_value()) {
    outcome = call(work);
    if (outcome.has_value()) {
      outcome = run_savepoint(Savepoint::release, depth);
      if (outcome.has_error()) failure_ = outcome.error();
    } else {
      actions_.resize(actions);
      result<void> undone = run_savepoint(Savepoint::rollback, depth);
      // When the whole transaction is gone (disk full, connection lost) the first error stays.
      if (undone.has_value())
        failure_.reset();
      else if (!failure_)
        failure_ = outcome.error();
    }
  } else {
    failure_ = outcome.error();
  }
  --depth_;
  return outcome;
}

void run_callback(const std::function<void()>& callback) noexcept {
  try {
    callback();
  } catch (const std::exception& bug) {
    log::error("storage_callback_threw", {{"what", bug.what()}});
  }
}

Error queue_full_error() {
  Error error(ErrorCode::unavailable, "too many units of work are waiting for the database");
  error.retry_after_s = 1;
  return error;
}

Error closing_error() { return Error(ErrorCode::unavailable, "the database is being closed"); }

} // namespace renova::storage

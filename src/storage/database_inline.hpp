// The template members of database.hpp.
#pragma once

#include <future>

namespace renova::storage {

template <class T>
result<std::vector<T>> Transaction::all(const SystemStatement& statement, Parameters parameters) {
  std::vector<T> rows;
  TRY_DO(run(statement, parameters, [&](const Row& row) { rows.push_back(read_row<T>(row)); }));
  return rows;
}

template <class T>
result<std::optional<T>> Transaction::first(const SystemStatement& statement, Parameters parameters) {
  std::optional<T> found;
  TRY_DO(run(statement, parameters, [&](const Row& row) {
    if (!found) found = read_row<T>(row);
  }));
  return found;
}

inline TenantTransaction Transaction::tenant(TenantScope scope) { return TenantTransaction(*this, scope); }

template <class F, class Start>
std::invoke_result_t<F, Transaction&> Database::wait(F work, Start start) {
  using Outcome = std::invoke_result_t<F, Transaction&>;
  std::optional<Outcome> outcome;
  std::promise<result<void>> finished;
  start(
      [&](Transaction& tx) -> result<void> {
        outcome.emplace(work(tx));
        if (outcome->has_error()) return outcome->error();
        return {};
      },
      [&](result<void> committed) { finished.set_value(std::move(committed)); });
  result<void> committed = finished.get_future().get();
  if (committed.has_error()) return committed.error();
  return std::move(*outcome);
}

} // namespace renova::storage

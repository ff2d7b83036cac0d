// What both engines share: binding by name, the rule that a failed statement fails its transaction,
// savepoints and after_commit. Only for the engines.
#pragma once

#include "storage/database.hpp"

#include <array>

namespace renova::storage {

inline constexpr std::size_t kMaxParameters = 100; // of one statement

// The values of a statement in the order of its numbers. Points into what it was made from.
class Bindings {
 public:
  Bindings() = default;
  Bindings(const Bindings&) = delete;
  Bindings& operator=(const Bindings&) = delete;

  // Errors: internal for a missing or superfluous name, validation_failed for text that PostgreSQL could not
  // hold.
  result<void> bind(const Statement& statement, const TenantId* tenant,
                    std::span<const Parameter> parameters);

  std::size_t size() const { return size_; }
  const Value& operator[](std::size_t place) const { return *values_[place]; }

 private:
  std::array<const Value*, kMaxParameters> values_;
  std::size_t size_ = 0;
  Value tenant_;
};

class EngineTransaction : public Transaction {
 public:
  explicit EngineTransaction(const FaultHooks& faults) : faults_(faults) {}

  // Runs a unit of work: exceptions become `internal`, and a failed statement fails the unit.
  result<void> run_unit(const Database::Work& work);

  // The after_commit actions, for whoever committed.
  std::vector<std::function<void()>> take_actions() { return std::move(actions_); }

  result<void> savepoint(const std::function<result<void>()>& work) override;
  void after_commit(std::function<void()> action) override { actions_.push_back(std::move(action)); }

 protected:
  enum class Savepoint { begin, release, rollback };

  result<std::int64_t> execute(const Statement& statement, const TenantId* tenant,
                               std::span<const Parameter> parameters, const OnRow& on_row) final;
  virtual result<std::int64_t> run_bound(const Statement& statement, const TenantId* tenant,
                                         const Bindings& bindings, const OnRow& on_row) = 0;
  virtual result<void> run_savepoint(Savepoint step, int depth) = 0;

 private:
  result<std::int64_t> attempt(const Statement& statement, const TenantId* tenant,
                               std::span<const Parameter> parameters, const OnRow& on_row);
  result<void> call(const std::function<result<void>()>& work);

  const FaultHooks& faults_;
  std::optional<Error> failure_; // of the first failed statement
  std::vector<std::function<void()>> actions_;
  int depth_ = 0;
};

// Runs callbacks that must not throw; one that does is a bug, which is logged.
void run_callback(const std::function<void()>& callback) noexcept;

// One error text for a full queue.
Error queue_full_error();
Error closing_error();

} // namespace renova::storage

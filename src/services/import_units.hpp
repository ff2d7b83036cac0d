// How the walks of imports.hpp run their units of work. Internal to services/import*.cpp.
#pragma once

#include "services/import_reading.hpp"
#include "services/imports.hpp"

#include <string>
#include <type_traits>
#include <vector>

namespace renova::services::imports {

// One unit, repeated when it lost a race for a phone or the database was busy for a moment.
inline constexpr int kUnitAttempts = 5;
// A chunk ends early when its lines have this many bytes.
inline constexpr std::size_t kChunkBytes = 4 * 1024 * 1024;
template <class F>
auto run_unit(const Job& job, F work) -> std::invoke_result_t<F, storage::TenantTransaction&> {
  if (job.stop && job.stop->load()) {
    return Error(ErrorCode::unavailable,
                 "the server is stopping; the same call goes on where this one ended");
  }
  auto unit = [&](storage::Transaction& tx) {
    storage::TenantTransaction tenant = tx.tenant(job.scope);
    return work(tenant);
  };
  auto outcome = job.database.write_now(unit);
  for (int attempt = 1; attempt < kUnitAttempts && outcome.has_error(); ++attempt) {
    Error error = outcome.error();
    // `about` holds the constraint of a lost race; a conflict of our own has none.
    bool race = error.code == ErrorCode::conflict && !error.about.empty();
    if (!race) break;
    outcome = job.database.write_now(unit);
  }
  return outcome;
}
template <class F>
auto look(const Job& job, F work) {
  return job.database.read_now([&](storage::Transaction& tx) {
    storage::TenantTransaction tenant = tx.tenant(job.scope);
    return work(tenant);
  });
}

// A line between the file and the database.
struct PendingLine {
  std::int64_t line = 0;
  std::string row_json;
  bool is_template = false;
  ImportEntry entry; // of a client
  std::optional<RepeatedLines::Earlier> repeats;
};

// What would become of lines, with everything that lies between lines: repetitions, and chunks.
class Judge {
 public:
  Judge(const Job& job, const ImportContext& context, ImportId id, bool stored, std::int64_t total)
      : job_(job), context_(context), id_(id), stored_(stored), total_(total) {}

  // Takes a line; writes a chunk when one is full.
  result<void> add(std::int64_t line, std::string row_json);
  result<void> flush();
  const ImportCounts& counts() const { return counts_; }

 private:
  result<ImportCounts> write(storage::TenantTransaction& tx) const;
  result<storage::ImportLineRecord> judge(storage::TenantTransaction& tx, const PendingLine& line) const;

  const Job& job_;
  const ImportContext& context_;
  ImportId id_;
  bool stored_; // the lines are in the database: only their outcomes change
  std::int64_t total_;
  RepeatedLines repeated_;
  std::vector<PendingLine> pending_;
  std::size_t pending_bytes_ = 0;
  std::vector<std::int64_t> superseded_; // earlier lines that a later one replaces
  ImportCounts counts_;
};

// A live event, once the unit is durable.
void announce_progress(storage::TenantTransaction& tx, ImportId id, domain::ImportState state,
                       std::int64_t total, std::int64_t done);

} // namespace renova::services::imports

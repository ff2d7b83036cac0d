// The connection was lost between COMMIT and its answer: ask the server what became of the transaction.
#include "storage/postgres/database.hpp"

namespace renova::storage {

namespace {

constexpr std::chrono::milliseconds kAskAgain{100};

// Nothing when it should be asked again.
std::optional<CommitFate> ask(const std::string& url, const BackendIdentity& backend, const std::string& id) {
  result<PostgresSession> session = PostgresSession::open(url);
  if (session.has_error()) return std::nullopt;
  auto timeline = session->query("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)");
  if (timeline.has_error() || timeline->empty()) return std::nullopt;
  // A standby has taken over: it may lack the transaction and have given its number to another one.
  if ((*timeline)[0][0] != backend.timeline) return CommitFate::unknown;
  auto status = session->query("SELECT pg_xact_status($1::xid8)", {id});
  if (status.has_error()) return std::nullopt;
  const std::optional<std::string>& text = (*status)[0][0];
  if (!text) return CommitFate::unknown; // too old to be known
  if (*text == "committed") return CommitFate::committed;
  if (*text == "aborted") return CommitFate::rolled_back;
  // "in progress": the server has not noticed that we are gone, and COMMIT may not even have arrived.
  auto ended = session->query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2",
      {std::to_string(backend.process), backend.started});
  return std::nullopt;
}

} // namespace

CommitFate look_up_commit(const std::string& url, const BackendIdentity& backend,
                          const std::string& transaction_id, std::chrono::steady_clock::time_point deadline) {
  while (true) {
    if (std::optional<CommitFate> fate = ask(url, backend, transaction_id)) return *fate;
    if (std::chrono::steady_clock::now() + kAskAgain >= deadline) return CommitFate::unknown;
    std::this_thread::sleep_for(kAskAgain);
  }
}

} // namespace renova::storage

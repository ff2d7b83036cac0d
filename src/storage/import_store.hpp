// Imports and their lines. What the JSON texts hold is services/import_types' business.
#pragma once

#include "domain/import_job.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::storage {

struct ImportRecord {
  ImportId id;
  domain::ImportState state{};
  domain::ImportFormat format{};
  std::string file_name;
  std::string file_hash; // SHA-256, hexadecimal
  std::optional<std::string> delimiter;
  std::optional<std::string> encoding;
  std::string columns; // JSON
  std::string options; // JSON
  std::string counts;  // JSON
  std::int64_t done_line = 0;
  std::string actor;
  Instant created_at;
  std::optional<Instant> committed_at;
  std::optional<Instant> undone_at;
};
BOOST_DESCRIBE_STRUCT(ImportRecord, (),
                      (id, state, format, file_name, file_hash, delimiter, encoding, columns, options, counts,
                       done_line, actor, created_at, committed_at, undone_at))

struct ImportLineRecord {
  std::int64_t line =
      0; // csv: the line of the file on which it begins; legacy: its place in the list, from 1
  domain::LineOutcome outcome{};
  std::string row_json;
  std::string errors;                  // JSON
  std::string warnings;                // JSON
  std::optional<std::int64_t> repeats; // the line that has the same phone
  std::optional<ClientId> client_id;
  std::optional<std::string> before_json;
  std::optional<domain::UndoOutcome> undo;
};
BOOST_DESCRIBE_STRUCT(ImportLineRecord, (),
                      (line, outcome, row_json, errors, warnings, repeats, client_id, before_json, undo))

// A plan as lists name it.
struct ImportPlan {
  PlanId id;
  std::string name;
  std::string name_key;
  std::string plan_type;
  std::int64_t price_amount = 0;
  std::string price_currency;
};
BOOST_DESCRIBE_STRUCT(ImportPlan, (), (id, name, name_key, plan_type, price_amount, price_currency))

struct ClientLine {
  ImportId import_id;
  std::int64_t line = 0;
  std::string before_json;
};
BOOST_DESCRIBE_STRUCT(ClientLine, (), (import_id, line, before_json))

// How many lines have each outcome.
struct OutcomeCounts {
  std::int64_t create = 0;
  std::int64_t update = 0;
  std::int64_t skip = 0;
  std::int64_t error = 0;
  std::int64_t lines() const { return create + update + skip + error; }
};
struct UndoCounts {
  std::int64_t removed = 0;
  std::int64_t archived = 0;
  std::int64_t restored = 0;
  std::int64_t kept = 0;
};

namespace import_store {

// All: besides what is said, the errors of the database.
result<void> insert(TenantTransaction& tx, const ImportRecord& record);
// Error: not_found.
result<ImportRecord> get(TenantTransaction& tx, ImportId id);
// The newest first, without those still uploading; `before`: the last one of the page before.
result<std::vector<ImportRecord>> page(TenantTransaction& tx, std::optional<std::pair<Instant, Uuid>> before,
                                       int limit);
// An earlier import of exactly this file that was committed.
result<std::optional<ImportId>> same_file(TenantTransaction& tx, std::string_view file_hash, ImportId but);

// Each of the following is guarded by the state it starts from. Error: conflict when it is another.
result<void> set_columns(TenantTransaction& tx, ImportId id, std::string_view columns,
                         std::string_view options);
// `columns` and `options` as the caller has read the lines with.
result<void> end_preview(TenantTransaction& tx, ImportId id, domain::ImportState from,
                         std::string_view columns, std::string_view options, std::string_view counts);
result<void> begin_state(TenantTransaction& tx, ImportId id, domain::ImportState from, domain::ImportState to,
                         std::int64_t done_line);
// Moves `done_line`; conflict when another process has moved it meanwhile.
result<void> advance(TenantTransaction& tx, ImportId id, domain::ImportState state, std::int64_t from,
                     std::int64_t to, std::string_view counts);
result<void> end_commit(TenantTransaction& tx, ImportId id, Instant now);
result<void> end_undo(TenantTransaction& tx, ImportId id, Instant now);

// Imports to clear away, at most 20.
result<std::vector<ImportId>> stale(TenantTransaction& tx, Instant uploading_before, Instant preview_before);
// Deletes at most `limit` lines, and the import itself once it has none; true when it is gone. Never a
// committed one.
result<bool> delete_part(TenantTransaction& tx, ImportId id, std::int64_t limit);

result<void> insert_line(TenantTransaction& tx, ImportId import, const ImportLineRecord& line);
// Outcome, errors, warnings and repeats of a line that is in.
result<void> judge_line(TenantTransaction& tx, ImportId import, const ImportLineRecord& line);
// Outcome, errors, warnings, client and before after the line was applied.
result<void> set_line_applied(TenantTransaction& tx, ImportId import, const ImportLineRecord& line);
result<void> set_line_undone(TenantTransaction& tx, ImportId import, const ImportLineRecord& line);

result<std::vector<ImportLineRecord>> lines_after(TenantTransaction& tx, ImportId import, std::int64_t after,
                                                  std::int64_t limit);
// Backwards.
result<std::vector<ImportLineRecord>> lines_before(TenantTransaction& tx, ImportId import,
                                                   std::int64_t before, std::int64_t limit);
result<std::vector<ImportLineRecord>> lines_of_outcome(TenantTransaction& tx, ImportId import,
                                                       domain::LineOutcome outcome, std::int64_t after,
                                                       std::int64_t limit);
result<OutcomeCounts> count_outcomes(TenantTransaction& tx, ImportId import);
result<UndoCounts> count_undone(TenantTransaction& tx, ImportId import);

// The plans that a list can name, at most `limit`.
result<std::vector<ImportPlan>> plans(TenantTransaction& tx, std::int64_t limit);

// For undo. Messages in any state: their ledger stays.
result<bool> client_has_messages(TenantTransaction& tx, ClientId client);
result<bool> subscription_has_messages(TenantTransaction& tx, SubscriptionId subscription);
// A client without messages, with all that belongs to it.
result<void> delete_client(TenantTransaction& tx, ClientId client);
// A subscription without messages, with its renewals.
result<void> delete_subscription(TenantTransaction& tx, SubscriptionId subscription);
result<void> delete_renewal(TenantTransaction& tx, RenewalId renewal);
// Lines of any import that changed this client and were not undone.
result<std::vector<ClientLine>> lines_of_client(TenantTransaction& tx, ClientId client);
result<void> set_before(TenantTransaction& tx, ImportId import, std::int64_t line,
                        std::string_view before_json);

} // namespace import_store
} // namespace renova::storage

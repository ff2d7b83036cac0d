#include "storage/import_store.hpp"

#include "storage/sql/clients.hpp"
#include "storage/sql/imports.hpp"

#include <limits>
#include <utility>

namespace renova::storage {
namespace {

// An update that is guarded by a state found none.
result<void> one_row(result<std::int64_t> changed) {
  if (changed.has_error()) return changed.error();
  if (*changed == 1) return {};
  return Error(ErrorCode::conflict, "the import is in another state, or is being worked on by somebody else");
}
result<void> ran(result<std::int64_t> changed) {
  if (changed.has_error()) return changed.error();
  return {};
}

struct OutcomeCount {
  domain::LineOutcome outcome{};
  std::int64_t lines = 0;
};
BOOST_DESCRIBE_STRUCT(OutcomeCount, (), (outcome, lines))

struct UndoCount {
  domain::UndoOutcome undo{};
  std::int64_t lines = 0;
};
BOOST_DESCRIBE_STRUCT(UndoCount, (), (undo, lines))

} // namespace

namespace import_store {

result<void> insert(TenantTransaction& tx, const ImportRecord& r) {
  return ran(tx.run(sql::import_insert, {{"id", r.id},
                                         {"state", r.state},
                                         {"format", r.format},
                                         {"file_name", r.file_name},
                                         {"file_hash", r.file_hash},
                                         {"delimiter", r.delimiter},
                                         {"encoding", r.encoding},
                                         {"columns", r.columns},
                                         {"options", r.options},
                                         {"counts", r.counts},
                                         {"actor", r.actor},
                                         {"created_at", r.created_at}}));
}

result<ImportRecord> get(TenantTransaction& tx, ImportId id) {
  TRY(auto found, tx.first<ImportRecord>(sql::import_get, {{"id", id}}));
  if (!found) return Error(ErrorCode::not_found, "there is no such import");
  return std::move(*found);
}

result<std::vector<ImportRecord>> page(TenantTransaction& tx, std::optional<std::pair<Instant, Uuid>> before,
                                       int limit) {
  std::pair<Instant, Uuid> from{Instant{std::numeric_limits<std::int64_t>::max()}, Uuid{}};
  if (before) from = *before;
  return tx.all<ImportRecord>(sql::imports_page,
                              {{"before_at", from.first}, {"before_id", from.second}, {"limit", limit}});
}

result<std::optional<ImportId>> same_file(TenantTransaction& tx, std::string_view file_hash, ImportId but) {
  return tx.first<ImportId>(sql::import_same_file, {{"file_hash", file_hash}, {"id", but}});
}

result<void> set_columns(TenantTransaction& tx, ImportId id, std::string_view columns,
                         std::string_view options) {
  return one_row(tx.run(sql::import_set_columns, {{"id", id}, {"columns", columns}, {"options", options}}));
}

result<void> end_preview(TenantTransaction& tx, ImportId id, domain::ImportState from,
                         std::string_view columns, std::string_view options, std::string_view counts) {
  return one_row(
      tx.run(sql::import_end_preview,
             {{"id", id}, {"from", from}, {"columns", columns}, {"options", options}, {"counts", counts}}));
}

result<void> begin_state(TenantTransaction& tx, ImportId id, domain::ImportState from, domain::ImportState to,
                         std::int64_t done_line) {
  return one_row(
      tx.run(sql::import_begin, {{"id", id}, {"from", from}, {"to", to}, {"done_line", done_line}}));
}

result<void> advance(TenantTransaction& tx, ImportId id, domain::ImportState state, std::int64_t from,
                     std::int64_t to, std::string_view counts) {
  return one_row(tx.run(sql::import_advance,
                        {{"id", id}, {"state", state}, {"from", from}, {"to", to}, {"counts", counts}}));
}

result<void> end_commit(TenantTransaction& tx, ImportId id, Instant now) {
  return one_row(tx.run(sql::import_end_commit, {{"id", id}, {"now", now}}));
}

result<void> end_undo(TenantTransaction& tx, ImportId id, Instant now) {
  return one_row(tx.run(sql::import_end_undo, {{"id", id}, {"now", now}}));
}

result<std::vector<ImportId>> stale(TenantTransaction& tx, Instant uploading_before, Instant preview_before) {
  return tx.all<ImportId>(sql::imports_stale,
                          {{"uploading_before", uploading_before}, {"preview_before", preview_before}});
}

result<bool> delete_part(TenantTransaction& tx, ImportId id, std::int64_t limit) {
  TRY(std::int64_t deleted, tx.run(sql::import_lines_delete, {{"import_id", id}, {"limit", limit}}));
  if (deleted >= limit) return false;
  TRY_DO(one_row(tx.run(sql::import_delete, {{"id", id}})));
  return true;
}

result<void> insert_line(TenantTransaction& tx, ImportId import, const ImportLineRecord& line) {
  return ran(tx.run(sql::import_line_insert, {{"import_id", import},
                                              {"line", line.line},
                                              {"outcome", line.outcome},
                                              {"row_json", line.row_json},
                                              {"errors", line.errors},
                                              {"warnings", line.warnings},
                                              {"repeats", line.repeats}}));
}

result<void> judge_line(TenantTransaction& tx, ImportId import, const ImportLineRecord& line) {
  return ran(tx.run(sql::import_line_judge, {{"import_id", import},
                                             {"line", line.line},
                                             {"outcome", line.outcome},
                                             {"errors", line.errors},
                                             {"warnings", line.warnings},
                                             {"repeats", line.repeats}}));
}

result<void> set_line_applied(TenantTransaction& tx, ImportId import, const ImportLineRecord& line) {
  return ran(tx.run(sql::import_line_applied, {{"import_id", import},
                                               {"line", line.line},
                                               {"outcome", line.outcome},
                                               {"errors", line.errors},
                                               {"warnings", line.warnings},
                                               {"client_id", line.client_id},
                                               {"before_json", line.before_json}}));
}

result<void> set_line_undone(TenantTransaction& tx, ImportId import, const ImportLineRecord& line) {
  return ran(
      tx.run(sql::import_line_undone,
             {{"import_id", import}, {"line", line.line}, {"undo", line.undo}, {"errors", line.errors}}));
}

result<std::vector<ImportLineRecord>> lines_after(TenantTransaction& tx, ImportId import, std::int64_t after,
                                                  std::int64_t limit) {
  return tx.all<ImportLineRecord>(sql::import_lines_after,
                                  {{"import_id", import}, {"after", after}, {"limit", limit}});
}

result<std::vector<ImportLineRecord>> lines_before(TenantTransaction& tx, ImportId import,
                                                   std::int64_t before, std::int64_t limit) {
  return tx.all<ImportLineRecord>(sql::import_lines_before,
                                  {{"import_id", import}, {"before", before}, {"limit", limit}});
}

result<std::vector<ImportLineRecord>> lines_of_outcome(TenantTransaction& tx, ImportId import,
                                                       domain::LineOutcome outcome, std::int64_t after,
                                                       std::int64_t limit) {
  return tx.all<ImportLineRecord>(
      sql::import_lines_of_outcome,
      {{"import_id", import}, {"outcome", outcome}, {"after", after}, {"limit", limit}});
}

result<OutcomeCounts> count_outcomes(TenantTransaction& tx, ImportId import) {
  TRY(auto rows, tx.all<OutcomeCount>(sql::import_count_outcomes, {{"import_id", import}}));
  OutcomeCounts counts;
  for (const auto& row : rows) {
    switch (row.outcome) {
      case domain::LineOutcome::create:
        counts.create = row.lines;
        break;
      case domain::LineOutcome::update:
        counts.update = row.lines;
        break;
      case domain::LineOutcome::skip:
        counts.skip = row.lines;
        break;
      case domain::LineOutcome::error:
        counts.error = row.lines;
        break;
    }
  }
  return counts;
}

result<UndoCounts> count_undone(TenantTransaction& tx, ImportId import) {
  TRY(auto rows, tx.all<UndoCount>(sql::import_count_undone, {{"import_id", import}}));
  UndoCounts counts;
  for (const auto& row : rows) {
    switch (row.undo) {
      case domain::UndoOutcome::removed:
        counts.removed = row.lines;
        break;
      case domain::UndoOutcome::archived:
        counts.archived = row.lines;
        break;
      case domain::UndoOutcome::restored:
        counts.restored = row.lines;
        break;
      case domain::UndoOutcome::kept:
        counts.kept = row.lines;
        break;
    }
  }
  return counts;
}

result<std::vector<ImportPlan>> plans(TenantTransaction& tx, std::int64_t limit) {
  return tx.all<ImportPlan>(sql::import_plans, {{"limit", limit}});
}

result<bool> client_has_messages(TenantTransaction& tx, ClientId client) {
  TRY(auto count, tx.first<std::int64_t>(sql::undo_client_messages, {{"client_id", client}}));
  return count.value_or(0) > 0;
}

result<bool> subscription_has_messages(TenantTransaction& tx, SubscriptionId subscription) {
  TRY(auto count, tx.first<std::int64_t>(sql::undo_subscription_messages, {{"id", subscription}}));
  return count.value_or(0) > 0;
}

result<void> delete_client(TenantTransaction& tx, ClientId client) {
  if (tx.engine() == Engine::sqlite) TRY_DO(tx.run(sql::client_search_remove, {{"id", client}}));
  for (const TenantStatement* statement :
       {&sql::undo_delete_facets, &sql::undo_delete_tags, &sql::undo_delete_notes, &sql::undo_delete_events,
        &sql::undo_delete_renewals, &sql::undo_delete_subscriptions, &sql::undo_delete_client}) {
    TRY_DO(tx.run(*statement, {{"client_id", client}}));
  }
  return {};
}

result<void> delete_subscription(TenantTransaction& tx, SubscriptionId subscription) {
  TRY_DO(tx.run(sql::undo_delete_renewals_of_subscription, {{"id", subscription}}));
  return ran(tx.run(sql::undo_delete_subscription, {{"id", subscription}}));
}

result<void> delete_renewal(TenantTransaction& tx, RenewalId renewal) {
  return ran(tx.run(sql::undo_delete_renewal, {{"id", renewal}}));
}

result<std::vector<ClientLine>> lines_of_client(TenantTransaction& tx, ClientId client) {
  return tx.all<ClientLine>(sql::import_lines_of_client, {{"client_id", client}});
}

result<void> set_before(TenantTransaction& tx, ImportId import, std::int64_t line,
                        std::string_view before_json) {
  return ran(tx.run(sql::import_line_set_before,
                    {{"import_id", import}, {"line", line}, {"before_json", before_json}}));
}

} // namespace import_store
} // namespace renova::storage

// Reminder rules as rows.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace renova::storage {

struct RuleRow {
  RuleId id;
  std::string name;
  int offset_days = 0;                   // from the due date
  std::optional<int> at_minutes;         // of the local day; none: auto
  std::string plan_types = "[]";         // JSON list of plan types; empty: all
  std::optional<TemplateId> template_id; // none: by kind and plan type
  std::string channel_ids = "[]";        // JSON list of ids in order of preference; empty: any
  bool enabled = true;
  Instant enabled_at; // what came due before it is not caught up
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(RuleRow, (),
                      (id, name, offset_days, at_minutes, plan_types, template_id, channel_ids, enabled,
                       enabled_at, version, created_at, updated_at))

struct RulePageQuery {
  enum class Sort { offset_days, name, created_at };
  Sort sort = Sort::offset_days;
  bool descending = false;
  int limit = 20;
  bool after = false;            // begin after the row with this key and id
  std::int64_t after_number = 0; // offset_days, or created_at in microseconds
  std::string after_name;
  RuleId after_id;
  std::optional<bool> enabled;
};

namespace rule_store {

// `row.version`, `enabled_at`, `created_at` and `updated_at` are set by the store. `enabled_at`: since when
// the rule counts; none: `now`.
result<void> insert(TenantTransaction& tx, const RuleRow& row, Instant now,
                    std::optional<Instant> enabled_at = std::nullopt);
result<std::optional<RuleRow>> get(TenantTransaction& tx, RuleId id);
result<std::vector<RuleRow>> page(TenantTransaction& tx, const RulePageQuery& query);
result<std::int64_t> count(TenantTransaction& tx, std::optional<bool> enabled);
// Both need the version that was read. Error: version_mismatch.
result<void> update(TenantTransaction& tx, const RuleRow& row, Instant now);
result<void> remove(TenantTransaction& tx, RuleId id, std::int64_t version);
// Cancels, with its ledger entry (reason rule_changed), what the rule has put into the queue and nobody has
// handed over yet; how many.
result<std::int64_t> cancel_waiting(TenantTransaction& tx, RuleId id, Instant now);
result<bool> template_exists(TenantTransaction& tx, TemplateId id);
result<bool> channel_exists(TenantTransaction& tx, ChannelId id);

} // namespace rule_store
} // namespace renova::storage

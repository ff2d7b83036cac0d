// Reminder rules: how many days from the due date, when, to whom, with which text, by which channel.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "services/audit.hpp"
#include "storage/rule_store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace renova::services {

// Everything that an owner decides about a rule.
struct RuleContent {
  std::string name;
  int offset_days = 0;                   // from the due date; negative is before it
  std::optional<std::string> at;         // "HH:MM" or "auto"; none is auto
  std::vector<std::string> plan_types;   // empty: all
  std::optional<TemplateId> template_id; // none: by kind and plan type
  std::vector<ChannelId> channel_ids;    // in order of preference; empty: any
  bool enabled = true;
  friend bool operator==(const RuleContent&, const RuleContent&) = default;
};

struct Rule {
  RuleId id;
  RuleContent content; // `at` is "HH:MM" or "auto", always set
  Instant enabled_at;  // what came due before it is not caught up
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
};

namespace rules {

inline constexpr std::size_t kMaxPlanTypes = 50;
inline constexpr std::size_t kMaxChannels = 20;

// The content as it is stored, apart from what only the database knows. Pointers /name, /offset_days, /at,
// /plan_types/n, /channel_ids.
result<RuleContent> check(RuleContent content);

// Error: internal, for a row that no version of this program wrote.
result<Rule> from_row(const storage::RuleRow& row);

// Errors: validation_failed (also when template or channel do not exist: /template_id, /channel_ids/n),
// limit_exceeded (domain::kMaxRules).
result<Rule> create(storage::TenantTransaction& tx, Instant now, const Actor& actor, RuleContent content);
// Error: not_found.
result<Rule> get(storage::TenantTransaction& tx, RuleId id);
result<std::vector<Rule>> list(storage::TenantTransaction& tx, const storage::RulePageQuery& query);
// Of all pages.
result<std::int64_t> count(storage::TenantTransaction& tx, const storage::RulePageQuery& query);
// Applies `change` to the present content. Switching a rule off cancels what it has put into the queue;
// switching it on begins with what comes due from now. Errors: not_found, version_mismatch,
// validation_failed.
result<Rule> update(storage::TenantTransaction& tx, Instant now, const Actor& actor, RuleId id,
                    std::optional<std::int64_t> expected,
                    const std::function<result<void>(RuleContent&)>& change);
// Cancels what it has put into the queue. Errors: not_found, version_mismatch.
result<void> remove(storage::TenantTransaction& tx, Instant now, const Actor& actor, RuleId id,
                    std::optional<std::int64_t> expected);

// The tenant's civil day at `now`: what a preview without a date is about.
result<Date> today(storage::TenantTransaction& tx, Instant now);

} // namespace rules
} // namespace renova::services

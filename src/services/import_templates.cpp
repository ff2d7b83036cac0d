// Message templates of the original system. Its own choice was the first template of the type and plan type;
// ours is the oldest of the kind and plan type. So a reminder's text goes into the template that is there, or
// nobody would ever see it.
#include "base/text.hpp"
#include "services/import_apply.hpp"
#include "services/import_snapshot.hpp"

namespace renova::services::imports {
namespace {

using domain::LineOutcome;
using storage::TemplateRow;

constexpr int kTemplatesCompared = 500;

bool chosen_by_kind(domain::MessageKind kind) {
  return kind == domain::MessageKind::reminder || kind == domain::MessageKind::due_today;
}

result<std::optional<TemplateRow>> counterpart(storage::TenantTransaction& tx, const ImportContext& context,
                                               const LegacyTemplate& entry) {
  storage::TemplatePageQuery query;
  query.by_name = false;
  query.limit = kTemplatesCompared;
  query.kind = entry.kind;
  TRY(auto rows, storage::template_store::page(tx, query));
  for (TemplateRow& row : rows) {
    if (row.plan_type != entry.plan_type || row.locale != context.locale) continue;
    if (chosen_by_kind(entry.kind) || fold(row.name) == fold(entry.name))
      return std::optional(std::move(row));
  }
  return std::optional<TemplateRow>();
}

// The row as the import leaves it, or none when it is so already.
std::optional<TemplateRow> changed(const std::optional<TemplateRow>& found, const ImportContext& context,
                                   const LegacyTemplate& entry) {
  if (found && found->body == entry.body && found->variants == "[]" && found->enabled) return std::nullopt;
  TemplateRow row = found.value_or(TemplateRow{});
  row.name = entry.name;
  row.kind = entry.kind;
  row.plan_type = entry.plan_type;
  row.locale = context.locale;
  row.body = entry.body;
  row.variants = "[]";
  row.enabled = true;
  return row;
}

} // namespace

result<Applied> foresee_template(storage::TenantTransaction& tx, const ImportContext& context,
                                 const LegacyTemplate& entry) {
  Applied applied;
  TRY(auto found, counterpart(tx, context, entry));
  if (!changed(found, context, entry)) {
    applied.warnings.push_back({"", "unchanged", "the template is like this already"});
  } else {
    applied.outcome = found ? LineOutcome::update : LineOutcome::create;
  }
  return applied;
}

result<Applied> apply_template(storage::TenantTransaction& tx, const ImportContext& context,
                               const LegacyTemplate& entry, Instant now) {
  TRY(Applied applied, foresee_template(tx, context, entry));
  if (applied.outcome == LineOutcome::skip) return applied;
  TRY(auto found, counterpart(tx, context, entry));
  TemplateRow row = *changed(found, context, entry);
  Snapshot snapshot;
  if (found) {
    snapshot.template_before = *found;
    TRY_DO(storage::template_store::update(tx, row, now));
    snapshot.template_version = row.version + 1;
  } else {
    row.id = TemplateId::make(now);
    TRY_DO(storage::template_store::insert(tx, row, now));
    snapshot.template_version = 1;
  }
  snapshot.template_id = row.id;
  applied.before = to_json(snapshot);
  return applied;
}

} // namespace renova::services::imports

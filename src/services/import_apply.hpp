// What one line does to one client, and back. Internal to services/import*.cpp.
#pragma once

#include "services/audit.hpp"
#include "services/import_reading.hpp"

#include <optional>
#include <string>
#include <vector>

namespace renova::services::imports {

struct Applied {
  domain::LineOutcome outcome = domain::LineOutcome::skip;
  std::vector<LineProblem> errors;   // with outcome error or skip: why
  std::vector<LineProblem> warnings; // found besides the entry's own
  std::optional<ClientId> client;
  std::optional<std::string> before; // what undo needs; none: nothing to undo
};

// What apply() would do now, without doing it. `second`: another line of the list has the same phone and is
// about another subscription of the same person.
result<Applied> foresee(storage::TenantTransaction& tx, const ImportContext& context,
                        const ImportEntry& entry, bool second);

// Creates the client, or brings the one with this phone up to what the line says. The entry must be ok().
result<Applied> apply(storage::TenantTransaction& tx, const ImportContext& context, const Actor& actor,
                      ImportId import, const ImportEntry& entry, bool second, Instant now);

// The same for a message template of the original system.
result<Applied> foresee_template(storage::TenantTransaction& tx, const ImportContext& context,
                                 const LegacyTemplate& entry);
result<Applied> apply_template(storage::TenantTransaction& tx, const ImportContext& context,
                               const LegacyTemplate& entry, Instant now);

struct Undone {
  domain::UndoOutcome outcome = domain::UndoOutcome::kept;
  std::vector<LineProblem> errors; // with `kept`: why
};
// Takes back what `before` describes.
result<Undone> undo_line(storage::TenantTransaction& tx, const Actor& actor, std::string_view before,
                         Instant now);

} // namespace renova::services::imports

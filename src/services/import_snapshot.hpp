// What a committed line changed, as JSON beside the line: all that undo needs. Internal to
// services/import*.cpp.
#pragma once

#include "storage/client_store.hpp"
#include "storage/subscription_store.hpp"
#include "storage/template_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services::imports {

struct Snapshot {
  // Versions as the import left them: any other means that somebody has changed the object since.
  std::optional<ClientId> client;
  std::int64_t version = 0;
  std::int64_t version_before = 0;                 // 0: the line created the client
  std::optional<storage::ClientRow> client_before; // when the client itself was changed
  std::optional<SubscriptionId> subscription;      // created or changed
  std::int64_t subscription_version = 0;
  std::optional<storage::SubscriptionRow> subscription_before; // none: the line created it
  std::vector<NoteId> notes;
  std::vector<RenewalId> renewals;

  std::optional<TemplateId> template_id; // a line about a message template has only these three
  std::int64_t template_version = 0;
  std::optional<storage::TemplateRow> template_before; // none: the line created it
};
BOOST_DESCRIBE_STRUCT(Snapshot, (),
                      (client, version, version_before, client_before, subscription, subscription_version,
                       subscription_before, notes, renewals, template_id, template_version, template_before))

std::string to_json(const Snapshot& snapshot);
result<Snapshot> snapshot_from_json(std::string_view json);

} // namespace renova::services::imports

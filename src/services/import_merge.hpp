// What a line would change of a client that exists: computed first, written (or not) afterwards. Internal to
// services/import*.cpp.
#pragma once

#include "services/import_reading.hpp"
#include "storage/client_store.hpp"
#include "storage/subscription_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace renova::services::imports {

struct Merge {
  storage::ClientWithSubscriptions before;
  storage::ClientRow client; // as it will be
  std::vector<std::string> tags;
  bool client_changed = false;
  bool comes_back = false; // it was archived

  std::optional<storage::SubscriptionRow> subscription; // as it will be, when it changes or is new
  bool subscription_is_new = false;

  std::vector<ImportNote> notes; // those that the client does not have
  std::vector<ImportRenewal> renewals;
  std::vector<LineProblem> warnings;

  bool changes() const {
    return client_changed || subscription.has_value() || !notes.empty() || !renewals.empty();
  }
};

// Only what the line has is merged: tags and custom fields are added, other fields replaced. The line's
// subscription is the client's one of the same plan type; or its only one; or a new one, when `second` or
// when there are several of other types.
result<Merge> merge_into(storage::TenantTransaction& tx, const ImportContext& context, ClientId existing,
                         const ImportEntry& entry, bool second);

// A new subscription as the line describes it; ids and times are the caller's. The entry has one.
storage::SubscriptionRow new_subscription(const ImportContext& context, const ImportEntry& entry);

// {"key":"value",…} with `added` on top, at most domain::kMaxCustomFields; false when some did not fit.
bool merge_custom(std::string& custom_json, const std::vector<std::pair<std::string, std::string>>& added);
// The names with `added`, each once by fold(), at most domain::kMaxTags; false when some did not fit.
bool merge_tags(std::vector<std::string>& tags, const std::vector<std::string>& added);

} // namespace renova::services::imports

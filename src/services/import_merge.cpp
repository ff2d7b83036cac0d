#include "services/import_merge.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/text_rules.hpp"
#include "storage/note_store.hpp"
#include "storage/renewal_store.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace renova::services::imports {
namespace {

namespace json = boost::json;
using storage::SubscriptionRow;

constexpr int kNotesCompared = 500; // the newest of a client's
constexpr int kRenewalsCompared = 1000;

template <class T>
bool replace(T& target, const T& value) {
  if (target == value) return false;
  target = value;
  return true;
}
template <class T>
bool replace(std::optional<T>& target, const std::optional<T>& value) {
  if (!value || target == value) return false;
  target = value;
  return true;
}

bool declare(const ImportContext& context, const ImportEntry& entry, SubscriptionRow& row) {
  if (!entry.row.status) return false;
  domain::Account account{row.expires_on, row.prepaid_until, row.owed_amount, row.owed_on};
  if (domain::payment_status(account, context.today, context.window) == *entry.row.status) return false;
  account =
      domain::declare_payment(account, *entry.row.status, row.price_amount, context.today, context.window);
  row.prepaid_until = account.prepaid_until;
  row.owed_amount = account.owed;
  row.owed_on = account.owed_on;
  return true;
}

// True when the line changes something of `row`.
bool overlay(const ImportContext& context, const ImportEntry& entry, SubscriptionRow& row) {
  bool changed = replace(row.plan_id, entry.plan_id);
  if (entry.row.plan_type) changed |= replace(row.plan_type, *entry.row.plan_type);
  if (entry.row.price) {
    changed |= replace(row.price_amount, entry.row.price->amount);
    changed |= replace(row.price_currency, std::string(entry.row.price->currency.code()));
  }
  if (entry.row.due_on && replace(row.expires_on, *entry.row.due_on)) {
    changed = true;
    row.anchor_day = static_cast<int>(entry.row.due_on->day());
  }
  changed |= replace(row.before_at, entry.before_at);
  changed |= replace(row.due_at, entry.due_at);
  changed |= replace(row.before_text, entry.before_text);
  changed |= replace(row.due_text, entry.due_text);
  changed |= declare(context, entry, row);
  return changed;
}

// The live subscription that the line is about, or none: it is a new one.
const SubscriptionRow* find_subscription(const std::vector<SubscriptionRow>& live, const ImportEntry& entry,
                                         bool second) {
  for (const SubscriptionRow& row : live) {
    if (entry.row.plan_type && row.plan_type == *entry.row.plan_type) return &row;
  }
  for (const SubscriptionRow& row : live) {
    if (entry.plan_id && row.plan_id == entry.plan_id) return &row;
  }
  return live.size() == 1 && !second ? &live.front() : nullptr;
}

void merge_client(const ImportEntry& entry, Merge& merge) {
  storage::ClientRow& client = merge.client;
  merge.client_changed |= replace(client.name, entry.row.name);
  merge.client_changed |= replace(client.email, entry.row.email);
  std::size_t tags = merge.tags.size();
  if (!merge_tags(merge.tags, entry.row.tags)) {
    merge.warnings.push_back({"tags", "too_many", "the client has as many tags as it can"});
  }
  if (merge.tags.size() != tags) {
    client.tags = cells_to_json(merge.tags);
    merge.client_changed = true;
  }
  if (!merge_custom(client.custom, entry.custom)) {
    merge.warnings.push_back({"custom", "too_many", "the client has as many custom fields as it can"});
  }
  merge.client_changed |= client.custom != merge.before.client.custom;
  if (client.archived_at) {
    client.archived_at.reset();
    merge.comes_back = true;
    merge.client_changed = true;
    merge.warnings.push_back({"", "was_archived", "the client was archived and comes back"});
  }
}

void merge_subscription(const ImportContext& context, const ImportEntry& entry, bool second, Merge& merge) {
  if (!entry.row.has_subscription()) return;
  const auto& live = merge.before.subscriptions;
  const SubscriptionRow* found = find_subscription(live, entry, second);
  if (!found && !entry.row.plan_type && !entry.plan_id && live.size() > 1) {
    merge.warnings.push_back(
        {"plan_type", "several_subscriptions",
         "the client has several subscriptions and the line does not say which one it means"});
    return;
  }
  if (!found) {
    merge.subscription = new_subscription(context, entry);
    merge.subscription_is_new = true;
    return;
  }
  SubscriptionRow row = *found;
  if (overlay(context, entry, row)) merge.subscription = std::move(row);
}

result<void> merge_history(storage::TenantTransaction& tx, const ImportEntry& entry, Merge& merge) {
  if (!entry.notes.empty()) {
    TRY(auto notes, storage::notes_of_client(tx, merge.client.id, kNotesCompared, {}));
    for (const ImportNote& note : entry.notes) {
      bool known = std::any_of(notes.begin(), notes.end(), [&](const storage::NoteRow& row) {
        return row.text == note.text && (!note.at || row.created_at == *note.at);
      });
      if (!known) merge.notes.push_back(note);
    }
  }
  if (!entry.renewals.empty()) {
    TRY(auto renewals, storage::list_renewals(tx, merge.client.id, false, kRenewalsCompared, {}));
    for (const ImportRenewal& renewal : entry.renewals) {
      bool known = std::any_of(renewals.begin(), renewals.end(), [&](const storage::RenewalRow& row) {
        return row.created_at == renewal.at && row.to_expires_on == renewal.to;
      });
      if (!known) merge.renewals.push_back(renewal);
    }
  }
  return {};
}

} // namespace

result<Merge> merge_into(storage::TenantTransaction& tx, const ImportContext& context, ClientId existing,
                         const ImportEntry& entry, bool second) {
  Merge merge;
  TRY(merge.before, storage::get_client(tx, existing));
  merge.client = merge.before.client;
  TRY(merge.tags, cells_from_json(merge.client.tags));
  if (second) {
    merge.warnings.push_back({"phone", "second_subscription",
                              "another line has the same phone: this one is about "
                              "another subscription of the same client"});
  } else {
    merge_client(entry, merge);
  }
  merge_subscription(context, entry, second, merge);
  TRY_DO(merge_history(tx, entry, merge));
  return merge;
}

storage::SubscriptionRow new_subscription(const ImportContext& context, const ImportEntry& entry) {
  SubscriptionRow row;
  row.plan_id = entry.plan_id;
  row.plan_type = plan_type_of(context, entry);
  row.price_amount = entry.row.price->amount;
  row.price_currency = entry.row.price->currency.code();
  row.expires_on = *entry.row.due_on;
  row.anchor_day = static_cast<int>(row.expires_on.day());
  row.before_at = entry.before_at;
  row.due_at = entry.due_at;
  row.before_text = entry.before_text;
  row.due_text = entry.due_text;
  declare(context, entry, row);
  return row;
}

bool merge_custom(std::string& custom_json, const std::vector<std::pair<std::string, std::string>>& added) {
  if (added.empty()) return true;
  boost::system::error_code failed;
  json::value parsed = json::parse(custom_json, failed);
  json::object fields;
  if (!failed && parsed.is_object()) fields = std::move(parsed.get_object());
  bool all = true;
  for (const auto& [key, value] : added) {
    if (!fields.contains(key) && fields.size() >= domain::kMaxCustomFields) {
      all = false;
    } else {
      fields[key] = value;
    }
  }
  custom_json.clear();
  JsonWriter writer(custom_json);
  writer.begin_object();
  for (const auto& field : fields) {
    writer.key(std::string_view(field.key().data(), field.key().size()));
    writer.raw(json::serialize(field.value()));
  }
  writer.end_object();
  return all;
}

bool merge_tags(std::vector<std::string>& tags, const std::vector<std::string>& added) {
  for (const std::string& tag : added) {
    std::string folded = fold(tag);
    bool known = std::any_of(tags.begin(), tags.end(),
                             [&](const std::string& other) { return fold(other) == folded; });
    if (known) continue;
    if (tags.size() >= domain::kMaxTags) return false;
    tags.push_back(tag);
  }
  return true;
}

} // namespace renova::services::imports

// Clients and what belongs to them, as the outside sees them (API.md, "Clients, plans, renewals"): standing,
// days and payment status follow from the tenant's today and are stored nowhere.
#pragma once

#include "base/id.hpp"
#include "base/time.hpp"
#include "domain/subscription.hpp"
#include "services/terms.hpp"
#include "storage/client_store.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace renova::services {

struct Amount {
  std::int64_t amount = 0; // minor units
  std::string currency;    // ISO 4217
};
BOOST_DESCRIBE_STRUCT(Amount, (), (amount, currency))

struct Subscription {
  SubscriptionId id;
  std::optional<PlanId> plan_id;
  std::string plan_type;
  Amount price;
  Date expires_on;
  int anchor_day = 1;
  int days_left = 0; // negative once expired
  domain::Standing standing = domain::Standing::active;
  domain::PaymentStatus payment_status = domain::PaymentStatus::paid;
  Amount owed;
  bool auto_renew = false;
  bool reminders_muted = false;
  std::optional<std::string> before_at; // "HH:MM": own time of reminders ahead of the due date
  std::optional<std::string> due_at;    // and of those from the due date on
  std::optional<std::string> before_text;
  std::optional<std::string> due_text;
  std::optional<Date> prepaid_until;
  ClientId client_id;
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(Subscription, (),
                      (id, plan_id, plan_type, price, expires_on, anchor_day, days_left, standing,
                       payment_status, owed, auto_renew, reminders_muted, before_at, due_at, before_text,
                       due_text, prepaid_until, client_id, version))

struct Client {
  ClientId id;
  std::string name;
  std::optional<std::string> phone;
  std::optional<std::string> email;
  std::vector<std::string> tags;
  bool opt_out = false;
  std::map<std::string, std::string> custom;
  bool archived = false;
  std::int64_t version = 1;
  Instant created_at;
  Instant updated_at;
  std::vector<Subscription> subscriptions;
};
BOOST_DESCRIBE_STRUCT(Client, (),
                      (id, name, phone, email, tags, opt_out, custom, archived, version, created_at,
                       updated_at, subscriptions))

domain::Account account_of(const storage::SubscriptionRow& row);
Subscription view(const storage::SubscriptionRow& row, const Terms& terms);
Client view(const storage::ClientWithSubscriptions& row, const Terms& terms);

// The JSON text of the columns `tags` and `custom`, and back.
std::string tags_to_json(const std::vector<std::string>& tags);
std::vector<std::string> tags_from_json(std::string_view json);
std::string custom_to_json(const std::map<std::string, std::string>& custom);
std::map<std::string, std::string> custom_from_json(std::string_view json);

} // namespace renova::services

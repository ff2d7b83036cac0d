// Bodies and parameters that several endpoints of clients share, and what the services make of them.
#pragma once

#include "api/json_map.hpp"
#include "api/query_decode.hpp"
#include "domain/subscription.hpp"
#include "services/clients.hpp"
#include "services/renewals.hpp"

#include <boost/describe.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace renova::api {

services::PriceInput to_service(const MoneyInput& input);
std::optional<services::PriceInput> to_service(const std::optional<MoneyInput>& input);

template <class T>
services::Edit<T> to_service(const Patch<T>& patch) {
  return {patch.present, patch.value};
}

struct SubscriptionBody {
  std::optional<PlanId> plan_id;
  std::optional<std::string> plan_type;
  std::optional<MoneyInput> price;
  std::optional<Date> expires_on;
  std::optional<bool> auto_renew;
  std::optional<bool> reminders_muted;
  std::optional<std::string> before_at;
  std::optional<std::string> due_at;
  std::optional<std::string> before_text;
  std::optional<std::string> due_text;
};
BOOST_DESCRIBE_STRUCT(SubscriptionBody, (),
                      (plan_id, plan_type, price, expires_on, auto_renew, reminders_muted, before_at, due_at,
                       before_text, due_text))
services::SubscriptionInput to_service(const SubscriptionBody& body);

struct RenewBody {
  std::optional<int> days;
  std::optional<int> months;
  std::optional<Date> until;
  std::optional<domain::RenewalBase> from;
  std::optional<bool> paid;
  std::optional<MoneyInput> amount;
  std::optional<std::string> method;
  std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(RenewBody, (), (days, months, until, from, paid, amount, method, note))
services::renewals::Request to_service(const RenewBody& body);

enum class Archived { no, yes, all };
std::string_view to_text(Archived archived); // "false", "true", "all"
bool from_text(std::string_view text, Archived& out);

// The filters of GET /clients; also a bulk action's and an export's.
struct ClientFilterFields {
  std::optional<std::string> q;
  std::optional<domain::Standing> standing;
  std::optional<domain::PaymentStatus> payment_status;
  std::optional<std::string> plan_type;
  std::optional<std::string> tag;
  std::optional<Date> due_from;
  std::optional<Date> due_to;
  std::optional<Archived> archived;
};
BOOST_DESCRIBE_STRUCT(ClientFilterFields, (),
                      (q, standing, payment_status, plan_type, tag, due_from, due_to, archived))

inline constexpr std::size_t kSearchMax = 200; // characters of q

// Errors: validation_failed; pointers begin with `prefix` ("" for parameters, "/filter/" for a body).
result<services::clients::ListFilter> to_service(const ClientFilterFields& fields, std::string_view prefix);

} // namespace renova::api

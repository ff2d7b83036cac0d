// What people send about clients and subscriptions, and the rules that it must keep. Every broken rule of
// every field is reported, with its JSON pointer.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/field_errors.hpp"
#include "domain/money.hpp"
#include "services/terms.hpp"
#include "storage/client_store.hpp"
#include "storage/database.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services {

inline constexpr int kMaxSubscriptions = 20;           // live ones of one client
inline constexpr std::int32_t kMaxDueDaysAhead = 3650; // how far from today a due date may lie, either way
inline constexpr std::size_t kMaxOverrideText = 4096;  // characters of a subscription's own reminder texts

// A field of a merge patch that null clears.
template <class T>
struct Edit {
  bool present = false;
  std::optional<T> value;
};

// {"amount":5000,"currency":"BRL"} or "50.00".
struct PriceInput {
  std::optional<std::int64_t> amount; // minor units; absent: `decimal` was given
  std::string currency;               // empty: the tenant's
  std::string decimal;
};

struct SubscriptionInput {
  std::optional<PlanId> plan_id;
  std::optional<std::string> plan_type; // absent: the plan's
  std::optional<PriceInput> price;      // absent: the plan's
  std::optional<Date> expires_on;       // absent: one period of the plan from today
  bool auto_renew = false;
  bool reminders_muted = false;
  std::optional<std::string> before_at; // "HH:MM"
  std::optional<std::string> due_at;
  std::optional<std::string> before_text;
  std::optional<std::string> due_text;
};

struct SubscriptionPatch {
  Edit<PlanId> plan_id; // type and price stay as they are unless they are given
  std::optional<std::string> plan_type;
  std::optional<PriceInput> price;
  std::optional<Date> expires_on; // sets anchor_day anew
  std::optional<bool> auto_renew;
  std::optional<bool> reminders_muted;
  Edit<std::string> before_at;
  Edit<std::string> due_at;
  Edit<std::string> before_text;
  Edit<std::string> due_text;
};

struct NewClient {
  std::string name;
  std::string phone; // any human format
  std::optional<std::string> email;
  std::vector<std::string> tags;
  std::map<std::string, std::string> custom;
  bool opt_out = false;
  std::optional<std::string> notes; // becomes the first note
  std::optional<SubscriptionInput> subscription;
};

struct ClientPatch {
  std::optional<std::string> name;
  std::optional<std::string> phone;
  Edit<std::string> email;
  Edit<std::vector<std::string>> tags;
  Edit<std::map<std::string, std::optional<std::string>>> custom; // merged; null removes a key
  std::optional<bool> opt_out;
  std::optional<bool> archived;
};

// Errors: required, invalid_money, too_many_decimals, out_of_range, invalid_currency; pointers are relative.
result<domain::Money> read_price(const PriceInput& input, domain::Currency tenants);

// The subscription that `input` asks for; mistakes go to `errors` under `pointer`. Error: the database's.
result<storage::SubscriptionRow> read_subscription(storage::TenantTransaction& tx, const Terms& terms,
                                                   const SubscriptionInput& input, std::string_view pointer,
                                                   Instant now, domain::FieldErrors& errors);

// Applies `patch` to `row`; mistakes go to `errors`. Error: the database's.
result<void> apply_patch(storage::TenantTransaction& tx, const Terms& terms, const SubscriptionPatch& patch,
                         storage::SubscriptionRow& row, domain::FieldErrors& errors);

// Applies `patch` to `row` and `tags` (opt-out and archive by `now`). Errors: validation_failed.
result<void> apply_patch(const Terms& terms, const ClientPatch& patch, Instant now, storage::ClientRow& row,
                         std::vector<std::string>& tags);

// The client that `input` asks for (without its subscription); mistakes go to `errors`.
storage::ClientRow read_client(const Terms& terms, const NewClient& input, Instant now,
                               std::vector<std::string>& tags, domain::FieldErrors& errors);

} // namespace renova::services

// One action on many clients, with an outcome for each.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/subscription.hpp"
#include "services/audit.hpp"
#include "services/clients.hpp"
#include "services/renewals.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace renova::services::bulk {

inline constexpr std::size_t kMaxItems = 10'000;
inline constexpr std::size_t kChunk = 250; // clients in one transaction

enum class Action { renew, message, tag, untag, mute, unmute, archive, restore, payment_status, opt_out };
std::string_view to_text(Action action); // "payment-status", "opt-out", …
bool from_text(std::string_view text, Action& out);

// An action and what it needs; members that the action does not use are ignored.
struct Command {
  Action action = Action::archive;
  renewals::Request renewal;                                  // renew: every live subscription of the client
  std::optional<std::string> body;                            // message
  std::optional<TemplateId> template_id;                      // message
  std::optional<ChannelId> channel_id;                        // message
  std::optional<Instant> not_before;                          // message
  std::vector<std::string> tags;                              // tag, untag
  domain::PaymentStatus status = domain::PaymentStatus::paid; // payment-status: every live subscription
  bool opt_out = true;                                        // opt-out
};

struct Item {
  ClientId client_id;
  std::string outcome;               // "done", "unchanged", "error"
  std::optional<std::string> code;   // of an error: "not_found", "conflict", "validation_failed", …
  std::optional<std::string> detail; // English
};
BOOST_DESCRIBE_STRUCT(Item, (), (client_id, outcome, code, detail))

// What can be said before any client is looked at. Error: validation_failed with pointers into the request.
result<void> check(const Command& command);

// Each client under its own savepoint: one that fails changes nothing and does not stop the others. With
// `dry_run` everything is tried and undone. Error: only the database's.
result<std::vector<Item>> apply(storage::TenantTransaction& tx, const Actor& actor,
                                std::span<const ClientId> ids, const Command& command, bool dry_run,
                                Instant now);

// The clients that a filter means now. Error: limit_exceeded above kMaxItems.
result<std::vector<ClientId>> select(storage::TenantTransaction& tx, const clients::ListFilter& filter,
                                     Instant now);

} // namespace renova::services::bulk

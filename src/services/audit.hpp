// The append-only record of who changed what, written in the same transaction as the change.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace renova::services {

// Whoever causes a change.
struct Actor {
  enum class Kind { user, api_key, command_line, system };
  Kind kind = Kind::system;
  Uuid id{};           // the user's or the API key's; nil otherwise
  std::string name;    // e-mail of the user, name of the key, or what the system did it for
  std::string address; // IP address as text; empty when there is none
  std::string request_id;

  static Actor system() { return Actor{Kind::system, {}, "renova", {}, {}}; }
  static Actor command_line() { return Actor{Kind::command_line, {}, "renova", {}, {}}; }
};
std::string_view to_text(Actor::Kind kind);
bool from_text(std::string_view text, Actor::Kind& kind);

// One change. `before` and `after` are JSON objects without secrets; empty when there is none.
struct AuditRecord {
  std::string_view action;      // "client_created", "user_role_changed", …
  std::string_view object_kind; // "client"
  std::string object_id;        // as text
  std::string before;
  std::string after;
};

// Appends one entry. Errors: those of the database.
result<void> record(storage::TenantTransaction& tx, Instant now, const Actor& actor,
                    const AuditRecord& entry);

} // namespace renova::services

// The append-only record of who changed what, written in the same transaction as the change.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// One stored entry.
struct AuditRow {
  AuditId id;
  Instant at;
  Actor::Kind actor_kind{};
  std::optional<AuditId> actor_id;
  std::string actor_name;
  std::string action;
  std::string object_kind;
  std::string object_id;
  std::optional<std::string> before_json;
  std::optional<std::string> after_json;
  std::string address;
  std::string request_id;
};
BOOST_DESCRIBE_STRUCT(AuditRow, (),
                      (id, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, before_json,
                       after_json, address, request_id))

struct AuditQuery {
  int limit = 20;
  bool descending = true;
  std::optional<AuditId> after;
  std::optional<std::string> action;
  std::optional<std::string> object_kind;
  std::optional<std::string> object_id;
  std::optional<Instant> since; // included
  std::optional<Instant> until; // not included
};
// By time; one row more than `limit` when there are more.
result<std::vector<AuditRow>> list_audit(storage::TenantTransaction& tx, const AuditQuery& query);

} // namespace renova::services

// The list of clients: filters, sort orders and search, a page at a time (the SQL and its indexes:
// queries/client_list.sql).
//
// A page of 50 out of a million costs a few milliseconds whatever is asked: first a bounded walk of the sort
// order's index, which fills the page unless the filters are narrow; then, if few clients can match, these
// are fetched and sorted; otherwise the walk goes on.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "storage/client_store.hpp"
#include "storage/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace renova::storage {

inline constexpr std::int64_t kNoDay = 2'932'897;      // the day after 9999-12-31: never
inline constexpr std::int64_t kEarliestDay = -719'162; // 0001-01-01

// Days since 1970-01-01, both included; empty when first > last.
struct DayRange {
  std::int64_t first = kEarliestDay;
  std::int64_t last = kNoDay;
  friend bool operator==(const DayRange&, const DayRange&) = default;
};

struct ClientFilter {
  enum class Which { active, archived, both };
  Which which = Which::active;
  std::optional<std::string> tag;       // any form of its name
  std::optional<std::string> plan_type; // as stored
  // Words as they were typed; matches the name (accents and case aside), digits of the phone, and tags.
  std::string search;
  // Bounds of the columns expires_on, late_on and collect_on, and of expires_on for each pay_class.
  bool by_days = false;
  DayRange due;
  DayRange late;
  DayRange collect;
  DayRange by_class[3];
};

enum class ClientSort { name, expires_on, created_at, price };

using SortKey = std::variant<std::int64_t, std::string>; // text when sorted by name

struct ClientListQuery {
  ClientFilter filter;
  ClientSort sort = ClientSort::name;
  bool descending = false;
  int limit = 20;
  struct After {
    SortKey key;
    ClientId id;
  };
  std::optional<After> after; // the last row of the page before
};

struct ClientListItem {
  SortKey key;
  ClientWithSubscriptions entry;
};

// At most `limit` clients.
result<std::vector<ClientListItem>> list_clients(TenantTransaction& tx, const ClientListQuery& query);

// Exact; costs a walk over everything that one index cannot narrow (about 0.1 µs a client).
result<std::int64_t> count_clients(TenantTransaction& tx, const ClientFilter& filter);

} // namespace renova::storage

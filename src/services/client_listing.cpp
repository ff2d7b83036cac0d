// The list of clients: what its filters mean today, and how many match.
#include "services/clients.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace renova::services::clients {
namespace {

using storage::ClientFilter;
using storage::DayRange;
using storage::kNoDay;

constexpr std::int64_t kExactUpTo = 50'000;
constexpr Duration kCountAge = std::chrono::minutes(1);
constexpr std::size_t kCountsKept = 1'000;

DayRange meet(DayRange a, DayRange b) { return {std::max(a.first, b.first), std::min(a.last, b.last)}; }

DayRange range_of(domain::Standing standing, std::int64_t today, int expiring_days) {
  switch (standing) {
    case domain::Standing::expired:
      return {storage::kEarliestDay, today - 1};
    case domain::Standing::expiring:
      return {today, today + expiring_days};
    case domain::Standing::active:
      break;
  }
  return {today + expiring_days + 1, kNoDay - 1};
}

// See the columns of `clients` in the schema: pay_class 0 follows from the due date alone, 1 is paid whatever
// the date, 2 needs the bounds of late_on and collect_on.
void narrow(ClientFilter& out, domain::PaymentStatus status, std::int64_t today, int window) {
  DayRange& plain = out.by_class[0];
  switch (status) {
    case domain::PaymentStatus::overdue:
      plain = meet(plain, {storage::kEarliestDay, today - 1});
      out.by_class[1] = {1, 0};
      out.late = {storage::kEarliestDay, today - 1};
      break;
    case domain::PaymentStatus::pending:
      plain = meet(plain, {today, today + window});
      out.by_class[1] = {1, 0};
      out.late = {today, kNoDay};
      out.collect = {storage::kEarliestDay, today + window};
      break;
    case domain::PaymentStatus::paid:
      plain = meet(plain, {today + window + 1, kNoDay - 1});
      out.late = {today, kNoDay};
      out.collect = {today + window + 1, kNoDay};
      break;
  }
}

// Large counts, remembered for a minute.
class Counts {
 public:
  std::optional<std::int64_t> find(const std::string& key, Instant now) {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    const Duration age = now - found->second.at;
    if (age < Duration::zero() || age > kCountAge) return std::nullopt;
    return found->second.count;
  }
  void keep(const std::string& key, std::int64_t count, Instant now) {
    std::lock_guard lock(mutex_);
    if (entries_.size() >= kCountsKept) entries_.clear();
    entries_[key] = {count, now};
  }

 private:
  struct Entry {
    std::int64_t count = 0;
    Instant at;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

Counts& counts() {
  static Counts instance;
  return instance;
}

std::string key_of(TenantId tenant, const ListFilter& f, Date today) {
  std::string key = tenant.str() + to_string(today);
  const auto add = [&](std::string_view text) { (key += '\x1f') += text; };
  add(f.q);
  add(f.standing ? to_text(*f.standing) : "");
  add(f.payment_status ? to_text(*f.payment_status) : "");
  add(f.plan_type.value_or(""));
  add(f.tag.value_or(""));
  add(f.due_from ? to_string(*f.due_from) : "");
  add(f.due_to ? to_string(*f.due_to) : "");
  add(std::to_string(static_cast<int>(f.which)));
  return key;
}

} // namespace

ClientFilter resolve(const ListFilter& filter, const Terms& terms) {
  ClientFilter out;
  out.which = filter.which;
  out.tag = filter.tag;
  out.plan_type = filter.plan_type;
  out.search = filter.q;
  out.by_days = filter.standing || filter.payment_status || filter.due_from || filter.due_to;
  if (!out.by_days) return out;
  const std::int64_t today = terms.today.days;
  out.due.last = kNoDay - 1;
  if (filter.due_from) out.due = meet(out.due, {filter.due_from->days, kNoDay - 1});
  if (filter.due_to) out.due = meet(out.due, {storage::kEarliestDay, filter.due_to->days});
  if (filter.standing) out.due = meet(out.due, range_of(*filter.standing, today, terms.expiring_days));
  for (DayRange& range : out.by_class) range = out.due;
  if (filter.payment_status) narrow(out, *filter.payment_status, today, terms.window);
  return out;
}

result<std::vector<ListedClient>> list(storage::TenantTransaction& tx, const ListFilter& filter,
                                       storage::ClientListQuery query, Instant now) {
  TRY(Terms terms, terms_at(tx, now));
  query.filter = resolve(filter, terms);
  TRY(auto rows, storage::list_clients(tx, query));
  std::vector<ListedClient> listed;
  listed.reserve(rows.size());
  for (storage::ClientListItem& row : rows) listed.push_back({std::move(row.key), view(row.entry, terms)});
  return listed;
}

result<std::int64_t> count(storage::TenantTransaction& tx, const ListFilter& filter, Instant now) {
  TRY(Terms terms, terms_at(tx, now));
  const std::string key = key_of(tx.tenant(), filter, terms.today);
  if (auto known = counts().find(key, now)) return *known;
  TRY(std::int64_t clients, storage::count_clients(tx, resolve(filter, terms)));
  if (clients > kExactUpTo) counts().keep(key, clients, now);
  return clients;
}

} // namespace renova::services::clients

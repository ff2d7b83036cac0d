#include "services/message_list.hpp"

#include "domain/calendar.hpp"
#include "storage/onboarding_store.hpp"

#include <algorithm>
#include <tuple>

namespace renova::services::messages {

result<std::vector<storage::MessageRow>> list(storage::TenantTransaction& tx, storage::MessagePageQuery query,
                                              const std::vector<domain::MessageState>& states) {
  if (states.empty()) return storage::message_store::page(tx, query);
  std::vector<storage::MessageRow> rows;
  for (domain::MessageState state : states) {
    query.state = state;
    TRY(auto of_state, storage::message_store::page(tx, query));
    std::move(of_state.begin(), of_state.end(), std::back_inserter(rows));
  }
  std::sort(rows.begin(), rows.end(), [&](const storage::MessageRow& a, const storage::MessageRow& b) {
    auto left = std::tie(a.created_at, a.id);
    auto right = std::tie(b.created_at, b.id);
    return query.ascending ? left < right : right < left;
  });
  if (rows.size() > static_cast<std::size_t>(query.limit)) rows.resize(static_cast<std::size_t>(query.limit));
  return rows;
}

result<std::int64_t> count(storage::TenantTransaction& tx, storage::MessagePageQuery query,
                           const std::vector<domain::MessageState>& states) {
  if (states.empty()) return storage::message_store::count(tx, query);
  std::int64_t total = 0;
  for (domain::MessageState state : states) {
    query.state = state;
    TRY(std::int64_t n, storage::message_store::count(tx, query));
    total += n;
  }
  return total;
}

result<MessageWithLedger> get(storage::TenantTransaction& tx, MessageId id) {
  TRY(auto row, storage::message_store::get(tx, id));
  if (!row) return Error(ErrorCode::not_found, "there is no such message");
  TRY(auto events, storage::message_store::events(tx, id));
  return MessageWithLedger{std::move(*row), std::move(events)};
}

result<Instant> instant_of(storage::TenantTransaction& tx, std::string_view parameter, std::string_view text,
                           bool end_of_day) {
  if (auto instant = parse_instant(text); instant.has_value()) return *instant;
  auto date = parse_date(text);
  if (date.has_error()) {
    return field_error(std::string(parameter), "invalid_format", "must be an RFC 3339 instant or a date");
  }
  TRY(auto tenant, storage::onboarding_store::tenant_brief(tx));
  TRY(domain::TimeZone zone, domain::TimeZone::find(tenant.time_zone));
  return zone.at_local(end_of_day ? *date + 1 : *date, 0);
}

} // namespace renova::services::messages

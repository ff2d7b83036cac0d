#include "services/sending_calendar.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace renova::services {
namespace {

Error unreadable() {
  return Error(ErrorCode::internal, "a tenant's stored sending windows are not readable");
}

result<boost::json::value> parse(std::string_view text) {
  boost::json::error_code ec;
  auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), ec);
  if (ec) return unreadable();
  return value;
}

result<int> minutes(const boost::json::value& value, bool allow_end) {
  if (!value.is_string()) return unreadable();
  return domain::parse_time_of_day(std::string_view(value.get_string()), allow_end);
}

result<std::vector<domain::MinuteRange>> read_day(const boost::json::value& day) {
  if (!day.is_array()) return unreadable();
  std::vector<domain::MinuteRange> ranges;
  for (const auto& range : day.get_array()) {
    if (!range.is_array() || range.get_array().size() != 2) return unreadable();
    TRY(int from, minutes(range.get_array()[0], false));
    TRY(int to, minutes(range.get_array()[1], true));
    ranges.push_back({from, to});
  }
  return ranges;
}

} // namespace

result<domain::SendingCalendar> read_calendar(std::string_view time_zone, std::string_view sending_windows,
                                              std::string_view holidays) {
  domain::SendingCalendar calendar;
  TRY(calendar.zone, domain::TimeZone::find(time_zone));
  TRY(auto windows, parse(sending_windows));
  TRY(auto days, parse(holidays));
  if (!windows.is_object() || !days.is_array()) return unreadable();
  for (std::size_t day = 0; day < calendar.windows.days.size(); ++day) {
    auto name = domain::kWeekdayNames[day];
    const auto* ranges = windows.get_object().if_contains(boost::json::string_view(name.data(), name.size()));
    if (ranges == nullptr) continue;
    TRY(calendar.windows.days[day], read_day(*ranges));
  }
  for (const auto& day : days.get_array()) {
    if (!day.is_string()) return unreadable();
    TRY(Date date, parse_date(std::string_view(day.get_string())));
    calendar.holidays.push_back(date);
  }
  std::sort(calendar.holidays.begin(), calendar.holidays.end());
  return calendar;
}

result<domain::SendingCalendar> calendar_of(const storage::SendingTenantRow& tenant) {
  return read_calendar(tenant.time_zone, tenant.sending_windows, tenant.holidays);
}

result<storage::SendingTenantRow> sending_tenant(storage::TenantTransaction& tx) {
  TRY(auto row, storage::message_store::tenant(tx));
  if (!row) return Error(ErrorCode::not_found, "no such tenant");
  return std::move(*row);
}

} // namespace renova::services

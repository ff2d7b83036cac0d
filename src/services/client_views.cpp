#include "services/client_views.hpp"

#include "base/json.hpp"

#include <boost/json/parse.hpp>

namespace renova::services {
namespace {

std::optional<std::string> time_text(std::optional<int> minutes) {
  if (!minutes) return std::nullopt;
  return domain::format_time_of_day(*minutes);
}

} // namespace

domain::Account account_of(const storage::SubscriptionRow& row) {
  return {row.expires_on, row.prepaid_until, row.owed_amount, row.owed_on};
}

Subscription view(const storage::SubscriptionRow& row, const Terms& terms) {
  Subscription out;
  out.id = row.id;
  out.plan_id = row.plan_id;
  out.plan_type = row.plan_type;
  out.price = {row.price_amount, row.price_currency};
  out.expires_on = row.expires_on;
  out.anchor_day = row.anchor_day;
  out.days_left = row.expires_on - terms.today;
  out.standing = domain::standing(row.expires_on, terms.today, terms.expiring_days);
  out.payment_status = domain::payment_status(account_of(row), terms.today, terms.window);
  out.owed = {row.owed_amount, row.price_currency};
  out.auto_renew = row.auto_renew;
  out.reminders_muted = row.muted;
  out.before_at = time_text(row.before_at);
  out.due_at = time_text(row.due_at);
  out.before_text = row.before_text;
  out.due_text = row.due_text;
  out.prepaid_until = row.prepaid_until;
  out.client_id = row.client_id;
  out.version = row.version;
  return out;
}

Client view(const storage::ClientWithSubscriptions& row, const Terms& terms) {
  Client out;
  out.id = row.client.id;
  out.name = row.client.name;
  out.phone = row.client.phone;
  out.email = row.client.email;
  out.tags = tags_from_json(row.client.tags);
  out.opt_out = row.client.opted_out_at.has_value();
  out.custom = custom_from_json(row.client.custom);
  out.archived = row.client.archived_at.has_value();
  out.version = row.client.version;
  out.created_at = row.client.created_at;
  out.updated_at = row.client.updated_at;
  out.subscriptions.reserve(row.subscriptions.size());
  for (const storage::SubscriptionRow& subscription : row.subscriptions) {
    out.subscriptions.push_back(view(subscription, terms));
  }
  return out;
}

std::string tags_to_json(const std::vector<std::string>& tags) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (const std::string& tag : tags) writer.value(tag);
  writer.end_array();
  return out;
}

std::vector<std::string> tags_from_json(std::string_view json) {
  std::vector<std::string> tags;
  if (json == "[]") return tags;
  const boost::json::value parsed = boost::json::parse({json.data(), json.size()});
  for (const auto& tag : parsed.as_array()) {
    tags.emplace_back(std::string_view(tag.as_string()));
  }
  return tags;
}

std::string custom_to_json(const std::map<std::string, std::string>& custom) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  for (const auto& [key, value] : custom) writer.field(key, value);
  writer.end_object();
  return out;
}

std::map<std::string, std::string> custom_from_json(std::string_view json) {
  std::map<std::string, std::string> custom;
  if (json == "{}") return custom;
  const boost::json::value parsed = boost::json::parse({json.data(), json.size()});
  for (const auto& [key, value] : parsed.as_object()) {
    custom.emplace(std::string_view(key), std::string_view(value.as_string()));
  }
  return custom;
}

} // namespace renova::services

#include "api/message_views.hpp"

namespace renova::api {

MessageView view_of(const storage::MessageRow& row) {
  MessageView view;
  view.id = row.id;
  if (!row.client_id.is_nil()) view.client_id = row.client_id;
  view.subscription_id = row.subscription_id;
  view.rule_id = row.rule_id;
  view.kind = row.kind;
  view.channel_id = row.channel_id;
  view.to = row.recipient;
  view.body = row.body;
  view.state = row.state;
  view.reason = row.reason;
  view.priority = row.priority;
  view.due_on = row.due_on;
  view.not_before = row.not_before;
  view.attempts = row.attempt;
  view.gateway_id = row.gateway_id;
  view.created_at = row.created_at;
  view.sent_at = row.sent_at;
  view.delivered_at = row.delivered_at;
  view.read_at = row.read_at;
  view.failed_at = row.failed_at;
  return view;
}

MessageWithEvents view_of(const storage::MessageRow& row,
                          const std::vector<storage::MessageEventRow>& events) {
  MessageWithEvents view;
  static_cast<MessageView&>(view) = view_of(row);
  for (const auto& event : events) {
    view.events.push_back(
        {event.at, event.from_state, event.to_state, event.attempt, event.reason, event.detail});
  }
  return view;
}

WhyView view_of(const services::reminders::Why& why) {
  WhyView view;
  view.subscription_id = why.subscription;
  view.date = why.date;
  view.due_on = why.due_on;
  for (const auto& item : why.items) {
    WhyItemView shown;
    shown.rule_id = item.rule;
    shown.rule_name = item.rule_name;
    shown.kind = item.kind;
    shown.at = item.at;
    shown.not_before = item.not_before;
    shown.verdict = item.verdict;
    if (item.reason != domain::MessageReason::none) shown.reason = std::string(to_text(item.reason));
    if (item.message) shown.message = view_of(*item.message, item.events);
    view.data.push_back(std::move(shown));
  }
  return view;
}

QueueView view_of(const services::messages::QueueFigures& figures) {
  QueueView view;
  view.paused = figures.paused;
  view.states = {figures.planned, figures.queued, figures.sending, figures.unknown};
  for (const auto& channel : figures.channels) {
    view.channels.push_back(
        {channel.channel, {channel.planned, channel.queued, channel.sending, channel.unknown}});
  }
  view.rate_per_minute = figures.rate_per_minute;
  view.eta_s = figures.eta_s;
  view.oldest = figures.oldest;
  view.oldest_age_s = figures.oldest_age_s;
  return view;
}

} // namespace renova::api

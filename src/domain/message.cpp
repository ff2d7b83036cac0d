#include "domain/message.hpp"

#include "domain/enum_text.hpp"

#include <algorithm>

namespace renova::domain {
namespace {

using State = MessageState;
using Event = MessageEvent;

constexpr std::array<std::string_view, kMessageStates> kStates{"planned", "queued",    "sending", "accepted",
                                                               "sent",    "delivered", "read",    "failed",
                                                               "unknown", "cancelled", "skipped"};
constexpr std::array<std::string_view, kMessageEvents> kEvents{
    "enqueue",      "claim",          "accept",       "requeue",
    "fail",         "lose",           "receipt_sent", "receipt_delivered",
    "receipt_read", "receipt_failed", "cancel",       "skip",
    "resolve_sent", "resolve_resend", "resolve_drop", "retry"};
constexpr std::array<std::string_view, 28> kReasons{"",
                                                    "paid",
                                                    "renewed",
                                                    "opted_out",
                                                    "archived",
                                                    "muted",
                                                    "superseded",
                                                    "window_passed",
                                                    "by_user",
                                                    "erased",
                                                    "due_date_changed",
                                                    "rule_changed",
                                                    "missing_value",
                                                    "no_template",
                                                    "no_channel",
                                                    "template_problem",
                                                    "recipient_problem",
                                                    "recipient_limited",
                                                    "channel_problem",
                                                    "message_problem",
                                                    "needs_template",
                                                    "attempts_exhausted",
                                                    "answer_lost",
                                                    "process_lost",
                                                    "expired",
                                                    "circuit_open",
                                                    "rate_limited",
                                                    "unreachable"};
static_assert(kReasons.size() == static_cast<std::size_t>(MessageReason::unreachable) + 1);
constexpr std::array<std::string_view, 9> kKinds{"reminder", "due_today", "overdue", "renewed", "welcome",
                                                 "promo",    "custom",    "manual",  "test"};

constexpr Duration kMaxWished = std::chrono::hours(24);

// How far the gateway's own news says that a message has come; 0 for states that know no gateway.
int progress(State state) {
  switch (state) {
    case State::accepted:
      return 1;
    case State::sent:
      return 2;
    case State::failed:
      return 3;
    case State::delivered:
      return 4;
    case State::read:
      return 5;
    default:
      return 0;
  }
}

// A hand-over has been tried, or may have been: news from the gateway can be about this message.
bool may_have_left(State state) {
  return state != State::planned && state != State::cancelled && state != State::skipped;
}

std::optional<State> advance(State state, State news) {
  if (!may_have_left(state) || progress(news) <= progress(state)) return std::nullopt;
  // The failure of an attempt says nothing about the next one, which waits already.
  if (news == State::failed && state == State::queued) return std::nullopt;
  return news;
}

std::optional<State> when(bool applies, State to) { return applies ? std::optional(to) : std::nullopt; }

} // namespace

std::string_view to_text(MessageState state) { return enum_to_text(kStates, state); }
bool from_text(std::string_view text, MessageState& out) { return enum_from_text(kStates, text, out); }
std::string_view to_text(MessageEvent event) { return enum_to_text(kEvents, event); }
bool from_text(std::string_view text, MessageEvent& out) { return enum_from_text(kEvents, text, out); }
std::string_view to_text(MessageReason reason) { return enum_to_text(kReasons, reason); }
bool from_text(std::string_view text, MessageReason& out) { return enum_from_text(kReasons, text, out); }
std::string_view to_text(MessageKind kind) { return enum_to_text(kKinds, kind); }
bool from_text(std::string_view text, MessageKind& out) { return enum_from_text(kKinds, text, out); }

std::optional<State> next(State state, Event event) {
  bool waiting = is_waiting(state);
  switch (event) {
    case Event::enqueue:
      return when(state == State::planned, State::queued);
    case Event::claim:
      return when(state == State::queued, State::sending);
    case Event::accept:
      return when(state == State::sending || state == State::unknown, State::accepted);
    case Event::requeue:
      return when(state == State::sending || state == State::unknown, State::queued);
    case Event::fail:
      return when(state == State::queued || state == State::sending || state == State::unknown,
                  State::failed);
    case Event::lose:
      return when(state == State::sending, State::unknown);
    case Event::receipt_sent:
      return advance(state, State::sent);
    case Event::receipt_delivered:
      return advance(state, State::delivered);
    case Event::receipt_read:
      return advance(state, State::read);
    case Event::receipt_failed:
      return advance(state, State::failed);
    case Event::cancel:
      return when(waiting, State::cancelled);
    case Event::skip:
      return when(waiting, State::skipped);
    case Event::resolve_sent:
      return when(state == State::unknown, State::sent);
    case Event::resolve_resend:
      return when(state == State::unknown, State::queued);
    case Event::resolve_drop:
      return when(state == State::unknown, State::cancelled);
    case Event::retry:
      return when(state == State::failed, State::queued);
  }
  return std::nullopt;
}

bool is_final(State state) { return !is_waiting(state) && state != State::sending; }
bool is_waiting(State state) { return state == State::planned || state == State::queued; }

bool has_templates(MessageKind kind) { return kind != MessageKind::manual && kind != MessageKind::test; }

int priority_of(MessageKind kind) {
  if (!has_templates(kind)) return 1;
  return kind == MessageKind::due_today ? 3 : 5;
}

int aged_priority(int priority, Instant not_before, Instant now) {
  if (now <= not_before) return priority;
  std::int64_t steps = (now - not_before) / kAgingStep;
  return static_cast<int>(std::max<std::int64_t>(0, priority - steps));
}

Duration backoff(int attempt, double random, const BackoffPolicy& policy, std::optional<Duration> wished) {
  Duration base = policy.first;
  for (int i = 1; i < attempt && base < policy.cap; ++i) base *= 2;
  base = std::min(base, policy.cap);
  double factor = 1.0 + policy.jitter * (2.0 * random - 1.0);
  Duration own(static_cast<std::int64_t>(static_cast<double>(base.count()) * factor));
  return wished ? std::max(own, std::min(*wished, kMaxWished)) : own;
}

Duration pair_backoff(int attempt) {
  constexpr Duration kCap = std::chrono::hours(1);
  Duration wait = std::chrono::seconds(1);
  for (int i = 0; i < attempt && wait < kCap; ++i) wait *= 4;
  return std::min(wait, kCap);
}

} // namespace renova::domain

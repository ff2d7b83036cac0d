// The life of one message: its states, what moves it, why it ended, and how soon it is tried again (DESIGN.md
// §5).
#pragma once

#include "base/id.hpp"
#include "base/time.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace renova::domain {

// Repeated as a CHECK constraint of the messages table.
enum class MessageState {
  planned,   // its time has not come
  queued,    // waits for the sender
  sending,   // a gateway is being called
  accepted,  // the gateway took it and gave an id
  sent,      // on its way to the phone
  delivered, // on the phone
  read,
  failed,    // permanently, with a reason
  unknown,   // handed over, but the answer was lost: never resent blindly
  cancelled, // no longer wanted, before it was handed over
  skipped,   // never meant to go out
};
inline constexpr int kMessageStates = 11;
std::string_view to_text(MessageState state);
bool from_text(std::string_view text, MessageState& out);

enum class MessageEvent {
  enqueue,      // its time has come
  claim,        // the sender took it
  accept,       // the gateway's answer: taken
  requeue,      // the gateway's answer, or proof, that nothing was sent; to be tried again
  fail,         // the gateway's answer: permanently refused; or attempts exhausted
  lose,         // no answer, or the claim's lease lapsed
  receipt_sent, // later news from the gateway …
  receipt_delivered,
  receipt_read,
  receipt_failed,
  cancel,         // paid, renewed, opted out, archived, by the owner
  skip,           // superseded, window passed, …
  resolve_sent,   // the owner decides about an unknown one: it was sent
  resolve_resend, //   send it again
  resolve_drop,   //   leave it
  retry,          // the owner wants a failed one tried again
};
inline constexpr int kMessageEvents = 16;
std::string_view to_text(MessageEvent event);
bool from_text(std::string_view text, MessageEvent& out);

// Where `event` takes a message, or nothing when it does not apply (a late or repeated receipt, a cancel that
// came too late): the message then stays as it is. Receipts may come in any order and any number, even before
// the gateway's answer was recorded or while a resend waits; the furthest wins: accepted < sent < failed <
// delivered < read.
std::optional<MessageState> next(MessageState state, MessageEvent event);

// No event except a receipt or an owner's decision moves it any more.
bool is_final(MessageState state);
// It may still be cancelled for sure.
bool is_waiting(MessageState state);

// Why a message is in its state; stable codes, translated by the user interface.
enum class MessageReason {
  none,
  paid,
  renewed,
  opted_out,
  archived,
  muted,
  superseded,    // a newer rule's message took its place
  window_passed, // it came too late to make sense
  by_user,
  erased, // the client was removed
  due_date_changed,
  rule_changed,
  missing_value, // a variable of the template has no value
  no_template,
  no_channel,
  template_problem,  // refused by the gateway because of the template
  recipient_problem, // the address cannot be reached
  recipient_limited,
  channel_problem, // the sending number or account is in trouble
  message_problem, // refused because of this message's content
  needs_template,  // the free-text window is closed and there is no template
  attempts_exhausted,
  answer_lost,  // unknown: no answer came
  process_lost, // unknown: the sending process went away
  expired,      // the gateway gave up delivering
  circuit_open,
  rate_limited,
  unreachable, // the gateway could not be reached; nothing was sent
};
std::string_view to_text(MessageReason reason); // none → ""
bool from_text(std::string_view text, MessageReason& out);

enum class MessageKind { reminder, due_today, overdue, renewed, welcome, promo, custom, manual, test };
inline constexpr std::array kMessageKinds{MessageKind::reminder, MessageKind::due_today, MessageKind::overdue,
                                          MessageKind::renewed,  MessageKind::welcome,   MessageKind::promo,
                                          MessageKind::custom,   MessageKind::manual,    MessageKind::test};
std::string_view to_text(MessageKind kind);
bool from_text(std::string_view text, MessageKind& out);
// Templates exist for all kinds but manual and test.
bool has_templates(MessageKind kind);

// 0–9, smaller goes first: manual and test 1, due today 3, all others 5.
inline constexpr int kMaxPriority = 9;
int priority_of(MessageKind kind);
// Nothing starves: each `kAgingStep` of waiting makes a message one step more urgent, down to 0.
inline constexpr Duration kAgingStep = std::chrono::minutes(10);
int aged_priority(int priority, Instant not_before, Instant now);

struct BackoffPolicy {
  Duration first = std::chrono::seconds(30);
  Duration cap = std::chrono::hours(1);
  double jitter = 0.25; // ± this share
  int max_attempts = 8; // then failed: attempts_exhausted
};
// How long to wait after `attempt` (1 = the first) failed: first · 2^(attempt−1), capped, ± jitter by
// `random` in [0, 1). The gateway's own wish, when longer, wins (without an upper bound but 24 h).
Duration backoff(int attempt, double random, const BackoffPolicy& policy,
                 std::optional<Duration> wished = {});
// The pair limit's wait, 4^attempt seconds up to one hour (PROTOCOLS.md §1.4, code 131056).
Duration pair_backoff(int attempt);

} // namespace renova::domain

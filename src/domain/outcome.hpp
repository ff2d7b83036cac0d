// What a gateway can answer, as a closed list (PROTOCOLS.md §0.1): the queue needs no vendor knowledge.
#pragma once

#include "base/time.hpp"
#include "domain/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace renova::domain {

// For the ledger and the owner: the vendor's code ("131026") and its words, already free of personal data.
struct VendorNote {
  std::string code;
  std::string detail;
  friend bool operator==(const VendorNote&, const VendorNote&) = default;
};

// The vendor took it; delivery is still unknown.
struct Accepted {
  std::string gateway_id;
  std::string canonical_address; // the vendor's own form of the recipient, "" when it gave none
};
// Nothing was sent; the cause is temporary.
struct Retry {
  std::optional<Duration> after;
  std::optional<int> max_attempts; // for this cause, when fewer than the policy's
  bool hold_channel = false;       // nothing else of this channel goes out before `after` either
  MessageReason reason = MessageReason::unreachable;
  VendorNote note;
};
// Nothing was sent; only this recipient is limited.
struct RetryRecipient {
  std::optional<Duration> after;
  std::optional<int> max_attempts;
  VendorNote note;
};
// The answer was lost after the request was written: it may have been sent.
struct Unknown {
  VendorNote note;
};
// Free text is not allowed now; a template would be.
struct NeedsTemplate {
  VendorNote note;
};
// Permanent for this address.
struct FailRecipient {
  bool opt_out = false; // the recipient asked for no more
  VendorNote note;
};
// The template is refused: nothing else by it goes out.
struct FailTemplate {
  VendorNote note;
};
// This one message is refused (its content, its media).
struct FailMessage {
  MessageReason reason = MessageReason::message_problem;
  VendorNote note;
};
// The sending number, account or session is in trouble: nothing of it goes out, and the owner is told.
// The message itself goes back to the queue.
struct PauseChannel {
  std::optional<Duration> pause; // none: until the owner acts
  VendorNote note;
};

using Outcome = std::variant<Accepted, Retry, RetryRecipient, Unknown, NeedsTemplate, FailRecipient,
                             FailTemplate, FailMessage, PauseChannel>;

// A stable name for metrics and the ledger: "accepted", "retry", "fail_recipient", …
std::string_view outcome_name(const Outcome& outcome);
const VendorNote* note_of(const Outcome& outcome); // nothing for Accepted

// What the outcome of attempt number `attempt` makes of the message that is `sending`.
struct Verdict {
  MessageEvent event = MessageEvent::accept;
  MessageReason reason = MessageReason::none;
  Duration wait{}; // with requeue: not before now + wait
};
// `has_template`: the message could be sent as a template instead. `random` in [0, 1).
Verdict judge(const Outcome& outcome, int attempt, double random, const BackoffPolicy& policy,
              bool has_template = false);

// For the breaker: true when the party itself failed, not the message.
bool counts_as_failure(const Outcome& outcome);

} // namespace renova::domain

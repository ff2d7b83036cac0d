#include "domain/outcome.hpp"

#include <array>

namespace renova::domain {
namespace {

// PROTOCOLS.md §1.4: a recipient's own limit (131049) is retried after a day, and growing.
constexpr Duration kRecipientFirst = std::chrono::minutes(1);
constexpr int kRecipientAttempts = 5;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

Verdict fail(MessageReason reason) { return {MessageEvent::fail, reason, {}}; }

} // namespace

std::string_view outcome_name(const Outcome& outcome) {
  static constexpr std::array<std::string_view, std::variant_size_v<Outcome>> kNames{
      "accepted",       "retry",         "retry_recipient", "unknown",      "needs_template",
      "fail_recipient", "fail_template", "fail_message",    "pause_channel"};
  return kNames[outcome.index()];
}

const VendorNote* note_of(const Outcome& outcome) {
  return std::visit(Overloaded{[](const Accepted&) -> const VendorNote* { return nullptr; },
                               [](const auto& other) -> const VendorNote* { return &other.note; }},
                    outcome);
}

Verdict judge(const Outcome& outcome, int attempt, double random, const BackoffPolicy& policy,
              bool has_template) {
  auto again = [&](std::optional<int> limit, int usual, MessageReason reason, const BackoffPolicy& p,
                   std::optional<Duration> after) -> Verdict {
    if (attempt >= std::min(limit.value_or(usual), usual)) return fail(MessageReason::attempts_exhausted);
    return {MessageEvent::requeue, reason, backoff(attempt, random, p, after)};
  };
  return std::visit(
      Overloaded{
          [](const Accepted&) -> Verdict {
            return {MessageEvent::accept, MessageReason::none, {}};
          },
          [&](const Retry& r) {
            return again(r.max_attempts, policy.max_attempts, r.reason, policy, r.after);
          },
          [&](const RetryRecipient& r) {
            BackoffPolicy slow = policy;
            slow.first = std::max(policy.first, kRecipientFirst);
            return again(r.max_attempts, kRecipientAttempts, MessageReason::recipient_limited, slow, r.after);
          },
          [](const Unknown&) -> Verdict {
            return {MessageEvent::lose, MessageReason::answer_lost, {}};
          },
          [&](const NeedsTemplate&) -> Verdict {
            if (!has_template || attempt >= policy.max_attempts) return fail(MessageReason::needs_template);
            return {MessageEvent::requeue, MessageReason::needs_template, {}};
          },
          [](const FailRecipient& f) {
            return fail(f.opt_out ? MessageReason::opted_out : MessageReason::recipient_problem);
          },
          [](const FailTemplate&) { return fail(MessageReason::template_problem); },
          [](const FailMessage& f) { return fail(f.reason); },
          // Not this message's fault: it waits with the channel, and its attempts are not used up.
          [&](const PauseChannel& p) -> Verdict {
            return {MessageEvent::requeue, MessageReason::channel_problem, p.pause.value_or(policy.first)};
          }},
      outcome);
}

bool counts_as_failure(const Outcome& outcome) {
  if (std::holds_alternative<Unknown>(outcome)) return true;
  const auto* retry = std::get_if<Retry>(&outcome);
  return retry && retry->reason == MessageReason::unreachable;
}

} // namespace renova::domain

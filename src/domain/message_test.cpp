#include "domain/message.hpp"

#include "domain/outcome.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace renova::domain {
namespace {

std::vector<MessageState> all_states() {
  std::vector<MessageState> states;
  for (int i = 0; i < kMessageStates; ++i) states.push_back(static_cast<MessageState>(i));
  return states;
}
std::vector<MessageEvent> all_events() {
  std::vector<MessageEvent> events;
  for (int i = 0; i < kMessageEvents; ++i) events.push_back(static_cast<MessageEvent>(i));
  return events;
}

// DESIGN.md §5's picture, written as a table: "state event" → state. Everything that is not here must change
// nothing.
const std::map<std::string, std::string>& oracle() {
  static const std::map<std::string, std::string> kTable{
      {"planned enqueue", "queued"},
      {"planned cancel", "cancelled"},
      {"planned skip", "skipped"},
      {"queued claim", "sending"},
      {"queued cancel", "cancelled"},
      {"queued skip", "skipped"},
      {"queued fail", "failed"},
      {"queued receipt_sent", "sent"},
      {"queued receipt_delivered", "delivered"},
      {"queued receipt_read", "read"},
      {"sending accept", "accepted"},
      {"sending requeue", "queued"},
      {"sending fail", "failed"},
      {"sending lose", "unknown"},
      {"sending receipt_sent", "sent"},
      {"sending receipt_delivered", "delivered"},
      {"sending receipt_read", "read"},
      {"sending receipt_failed", "failed"},
      {"unknown accept", "accepted"},
      {"unknown requeue", "queued"},
      {"unknown fail", "failed"},
      {"unknown receipt_sent", "sent"},
      {"unknown receipt_delivered", "delivered"},
      {"unknown receipt_read", "read"},
      {"unknown receipt_failed", "failed"},
      {"unknown resolve_sent", "sent"},
      {"unknown resolve_resend", "queued"},
      {"unknown resolve_drop", "cancelled"},
      {"accepted receipt_sent", "sent"},
      {"accepted receipt_delivered", "delivered"},
      {"accepted receipt_read", "read"},
      {"accepted receipt_failed", "failed"},
      {"sent receipt_delivered", "delivered"},
      {"sent receipt_read", "read"},
      {"sent receipt_failed", "failed"},
      {"delivered receipt_read", "read"},
      {"failed receipt_delivered", "delivered"},
      {"failed receipt_read", "read"},
      {"failed retry", "queued"},
  };
  return kTable;
}

TEST(Message, EveryTransitionIsInTheTable) {
  std::size_t moves = 0;
  for (MessageState state : all_states()) {
    for (MessageEvent event : all_events()) {
      std::string key = std::string(to_text(state)) + " " + std::string(to_text(event));
      auto expected = oracle().find(key);
      auto to = next(state, event);
      EXPECT_EQ(to ? to_text(*to) : "", expected == oracle().end() ? "" : expected->second) << key;
      moves += to.has_value();
    }
  }
  EXPECT_EQ(moves, oracle().size());
}

TEST(Message, TextsAreDistinctAndReadBack) {
  for (MessageState state : all_states()) {
    MessageState read{};
    EXPECT_TRUE(from_text(to_text(state), read));
    EXPECT_EQ(read, state);
  }
  for (MessageEvent event : all_events()) {
    MessageEvent read{};
    EXPECT_TRUE(from_text(to_text(event), read));
    EXPECT_EQ(read, event);
  }
  for (int i = 0; i <= static_cast<int>(MessageReason::unreachable); ++i) {
    MessageReason read{};
    EXPECT_TRUE(from_text(to_text(static_cast<MessageReason>(i)), read));
    EXPECT_EQ(static_cast<int>(read), i);
  }
  for (MessageKind kind : kMessageKinds) {
    MessageKind read{};
    EXPECT_TRUE(from_text(to_text(kind), read));
    EXPECT_EQ(read, kind);
  }
  MessageState state{};
  EXPECT_FALSE(from_text("Sent", state));
  EXPECT_EQ(to_text(MessageReason::opted_out), "opted_out");
  EXPECT_EQ(to_text(MessageReason::rate_limited), "rate_limited");
}

TEST(Message, OnlyWaitingOnesCanBeCancelled) {
  for (MessageState state : all_states()) {
    EXPECT_EQ(next(state, MessageEvent::cancel).has_value(), is_waiting(state)) << to_text(state);
  }
  EXPECT_FALSE(is_final(MessageState::sending));
  EXPECT_TRUE(is_final(MessageState::unknown));
}

// Receipts in any order, any number of times, always end at the furthest one.
RC_GTEST_PROP(MessageProperty, ReceiptsCommute, ()) {
  auto start = *rc::gen::element(MessageState::sending, MessageState::accepted, MessageState::unknown);
  auto receipts = *rc::gen::nonEmpty(rc::gen::container<std::vector<MessageEvent>>(
      rc::gen::element(MessageEvent::receipt_sent, MessageEvent::receipt_delivered,
                       MessageEvent::receipt_read, MessageEvent::receipt_failed)));
  auto run = [&](const std::vector<MessageEvent>& events) {
    MessageState state = start;
    for (MessageEvent event : events) state = next(state, event).value_or(state);
    return state;
  };
  auto shuffled = receipts;
  std::sort(shuffled.begin(), shuffled.end());
  MessageState expected = run(receipts);
  do {
    RC_ASSERT(run(shuffled) == expected);
  } while (shuffled.size() <= 6 && std::next_permutation(shuffled.begin(), shuffled.end()));
  receipts.insert(receipts.end(), receipts.begin(), receipts.end());
  RC_ASSERT(run(receipts) == expected);
}

// No run of events hands a message over again after it may have left, unless the owner or a proof of not-sent
// said so.
RC_GTEST_PROP(MessageProperty, NothingIsSentTwiceByItself, ()) {
  auto events = *rc::gen::container<std::vector<MessageEvent>>(
      rc::gen::element(MessageEvent::enqueue, MessageEvent::claim, MessageEvent::accept, MessageEvent::fail,
                       MessageEvent::lose, MessageEvent::receipt_sent, MessageEvent::receipt_delivered,
                       MessageEvent::receipt_read, MessageEvent::receipt_failed, MessageEvent::cancel,
                       MessageEvent::skip, MessageEvent::resolve_sent, MessageEvent::resolve_drop));
  MessageState state = MessageState::planned;
  int claims = 0;
  for (MessageEvent event : events) {
    auto to = next(state, event);
    claims += to == MessageState::sending;
    state = to.value_or(state);
  }
  RC_ASSERT(claims <= 1);
}

TEST(Message, PrioritiesAge) {
  EXPECT_LT(priority_of(MessageKind::manual), priority_of(MessageKind::due_today));
  EXPECT_LT(priority_of(MessageKind::due_today), priority_of(MessageKind::promo));
  Instant t{1'000'000'000'000};
  EXPECT_EQ(aged_priority(5, t, t - kAgingStep), 5);
  EXPECT_EQ(aged_priority(5, t, t + kAgingStep), 4);
  EXPECT_EQ(aged_priority(5, t, t + kAgingStep * 1000), 0);
}

TEST(Backoff, GrowsIsCappedAndJitters) {
  BackoffPolicy policy;
  using std::chrono::seconds;
  EXPECT_EQ(backoff(1, 0.5, policy), seconds(30));
  EXPECT_EQ(backoff(2, 0.5, policy), seconds(60));
  EXPECT_EQ(backoff(100, 0.5, policy), policy.cap);
  EXPECT_EQ(backoff(1, 0.0, policy), std::chrono::milliseconds(22'500));
  EXPECT_EQ(backoff(1, 0.5, policy, seconds(90)), seconds(90));
  EXPECT_EQ(backoff(1, 0.5, policy, seconds(1)), seconds(30));
  EXPECT_EQ(backoff(1, 0.5, policy, std::chrono::hours(1000)), std::chrono::hours(24));
  EXPECT_EQ(pair_backoff(0), seconds(1));
  EXPECT_EQ(pair_backoff(3), seconds(64));
  EXPECT_EQ(pair_backoff(50), std::chrono::hours(1));
}

TEST(Outcome, EachHasItsVerdict) {
  BackoffPolicy policy;
  auto judged = [&](const Outcome& outcome, int attempt = 1, bool has_template = false) {
    Verdict verdict = judge(outcome, attempt, 0.5, policy, has_template);
    return std::string(to_text(verdict.event)) + " " + std::string(to_text(verdict.reason));
  };
  EXPECT_EQ(judged(Accepted{"wamid.1", ""}), "accept ");
  EXPECT_EQ(judged(Retry{}), "requeue unreachable");
  EXPECT_EQ(judged(Retry{}, policy.max_attempts), "fail attempts_exhausted");
  Retry twice;
  twice.max_attempts = 2;
  EXPECT_EQ(judged(twice, 2), "fail attempts_exhausted");
  EXPECT_EQ(judged(RetryRecipient{}), "requeue recipient_limited");
  EXPECT_EQ(judged(Unknown{}), "lose answer_lost");
  EXPECT_EQ(judged(NeedsTemplate{}), "fail needs_template");
  EXPECT_EQ(judged(NeedsTemplate{}, 1, true), "requeue needs_template");
  EXPECT_EQ(judged(FailRecipient{}), "fail recipient_problem");
  EXPECT_EQ(judged(FailRecipient{true, {}}), "fail opted_out");
  EXPECT_EQ(judged(FailTemplate{}), "fail template_problem");
  EXPECT_EQ(judged(FailMessage{}), "fail message_problem");
  EXPECT_EQ(judged(PauseChannel{}, 1000), "requeue channel_problem");
  EXPECT_EQ(outcome_name(PauseChannel{}), "pause_channel");
  EXPECT_EQ(outcome_name(Accepted{}), "accepted");
  EXPECT_EQ(note_of(Accepted{}), nullptr);
  Outcome paused = PauseChannel{{}, {"190", "expired"}};
  EXPECT_EQ(note_of(paused)->code, "190");
  EXPECT_TRUE(counts_as_failure(Unknown{}));
  EXPECT_TRUE(counts_as_failure(Retry{}));
  EXPECT_FALSE(counts_as_failure(FailRecipient{}));
}

} // namespace
} // namespace renova::domain

#include "messaging/gateway/cloud_api_errors.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace renova::messaging::cloud_api {
namespace {

using domain::MessageReason;
using domain::Outcome;
using domain::VendorNote;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

enum class Class {
  retry,               // `wait` and `attempts` when given
  retry_channel,       // the same, and nothing else of the number goes out meanwhile
  retry_then_template, // `attempts` times, then the template is to blame
  retry_recipient,     // `wait` for each attempt so far; none: the pair limit's own
  fail_recipient,
  opt_out,
  needs_template,
  fail_message,
  expired,
  fail_template,
  pause // for `wait`, or until the owner acts
};

struct Rule {
  int first;
  int last;
  Class what;
  std::chrono::seconds wait{};
  int attempts = 0;
};

// Sorted by code.
constexpr Rule kRules[] = {
    {0, 0, Class::pause},                                // token missing
    {1, 1, Class::retry, {}, 5},                         // unknown API error
    {2, 2, Class::retry},                                // service temporarily down
    {3, 3, Class::pause},                                // capability missing
    {4, 4, Class::retry_channel, minutes(5)},            // app-wide call limit
    {10, 10, Class::pause},                              // permission missing
    {33, 33, Class::pause},                              // phone number id deleted
    {100, 100, Class::fail_message},                     // bad parameter
    {104, 104, Class::pause},                            // token
    {190, 190, Class::pause},                            // token expired
    {200, 299, Class::pause},                            // permissions
    {368, 368, Class::pause},                            // blocked for policy violation
    {80007, 80007, Class::retry_channel, minutes(1)},    // WABA rate limit
    {130429, 130429, Class::retry_channel, seconds(5)},  // number throughput
    {130472, 130472, Class::fail_recipient},             // user is in a Meta experiment
    {130497, 130497, Class::fail_recipient},             // country not allowed
    {131000, 131000, Class::retry, {}, 3},               // something went wrong
    {131005, 131005, Class::pause},                      // permission
    {131008, 131009, Class::fail_message},               // missing / invalid parameter
    {131016, 131016, Class::retry},                      // service unavailable
    {131021, 131021, Class::fail_recipient},             // recipient equals sender
    {131026, 131026, Class::fail_recipient},             // undeliverable
    {131030, 131030, Class::fail_recipient},             // not in the test allow-list
    {131031, 131031, Class::pause},                      // account locked
    {131037, 131037, Class::pause},                      // display name not approved
    {131042, 131042, Class::pause},                      // payment method
    {131043, 131043, Class::expired},                    // expired before delivery
    {131045, 131045, Class::pause},                      // number not registered
    {131047, 131047, Class::needs_template},             // 24 h window closed
    {131048, 131048, Class::pause, hours(4)},            // spam rate limit
    {131049, 131049, Class::retry_recipient, hours(24)}, // healthy ecosystem: a day, then longer
    {131050, 131050, Class::opt_out},                    // user stopped marketing messages
    {131051, 131053, Class::fail_message},               // unsupported type, media
    {131056, 131056, Class::retry_recipient},            // pair limit: 4^X seconds
    {131057, 131057, Class::pause, seconds(60)},         // maintenance, throughput upgrade
    {131062, 131062, Class::fail_recipient},             // BSUID not usable; we already send to phones
    {131063, 131063, Class::fail_template},              // marketing templates off
    {131064, 131064, Class::pause},                      // messaging limit after violations
    {132000, 132001, Class::fail_template},              // parameters; not approved in this language
    {132005, 132005, Class::fail_message},               // too long after substitution
    {132007, 132008, Class::fail_template},              // policy; parameter format
    {132012, 132012, Class::fail_template},              // parameter format
    {132015, 132016, Class::fail_template},              // paused, disabled
    {132068, 132068, Class::fail_template},              // flow blocked
    {132069, 132069, Class::retry},                      // flow throttled
    {133004, 133004, Class::retry},                      // server unavailable
    {133010, 133010, Class::pause},                      // number not registered
    {133016, 133016, Class::pause, hours(72)},           // too many registrations
    {135000, 135000, Class::retry_then_template, {}, 2}, // generic user error
    {137000, 137000, Class::fail_recipient},             // identity key hash mismatch
};
static_assert(std::is_sorted(std::begin(kRules), std::end(kRules),
                             [](const Rule& a, const Rule& b) { return a.last < b.first; }));

constexpr Rule kOther{0, 0, Class::retry, {}, 2};

const Rule* find(int code) {
  for (const Rule& rule : kRules) {
    if (code >= rule.first && code <= rule.last) return &rule;
  }
  return nullptr;
}

Outcome retry(const Rule& rule, VendorNote note) {
  domain::Retry outcome;
  if (rule.wait.count() > 0) outcome.after = rule.wait;
  if (rule.attempts > 0) outcome.max_attempts = rule.attempts;
  outcome.hold_channel = rule.what == Class::retry_channel;
  outcome.reason = outcome.hold_channel ? MessageReason::rate_limited : MessageReason::unreachable;
  outcome.note = std::move(note);
  return outcome;
}

} // namespace

bool is_known(int code) { return find(code) != nullptr; }

Outcome classify(int code, int attempt, VendorNote note) {
  const Rule* found = find(code);
  const Rule& rule = found != nullptr ? *found : kOther;
  switch (rule.what) {
    case Class::retry:
    case Class::retry_channel:
      return retry(rule, std::move(note));
    case Class::retry_then_template:
      if (attempt >= rule.attempts) return domain::FailTemplate{std::move(note)};
      return retry(rule, std::move(note));
    case Class::retry_recipient: {
      domain::RetryRecipient outcome{{}, {}, std::move(note)};
      if (rule.wait.count() > 0) outcome.after = rule.wait * std::max(attempt, 1);
      return outcome;
    }
    case Class::fail_recipient:
      return domain::FailRecipient{false, std::move(note)};
    case Class::opt_out:
      return domain::FailRecipient{true, std::move(note)};
    case Class::needs_template:
      return domain::NeedsTemplate{std::move(note)};
    case Class::fail_message:
      return domain::FailMessage{MessageReason::message_problem, std::move(note)};
    case Class::expired:
      return domain::FailMessage{MessageReason::expired, std::move(note)};
    case Class::fail_template:
      return domain::FailTemplate{std::move(note)};
    case Class::pause:
      break;
  }
  domain::PauseChannel outcome{{}, std::move(note)};
  if (rule.wait.count() > 0) outcome.pause = rule.wait;
  return outcome;
}

} // namespace renova::messaging::cloud_api

// One channel's sending, in memory. Belongs to the loop's thread.
#pragma once

#include "base/metrics.hpp"
#include "domain/calendar.hpp"
#include "domain/pacing.hpp"
#include "messaging/composer.hpp"
#include "messaging/gateway/gateway.hpp"
#include "storage/sender_store.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace renova::messaging {

// A message between its claim and its answer.
struct InFlight {
  ClientId client;
  std::string recipient;
  std::optional<TemplateId> template_id;
  domain::MessageKind kind = domain::MessageKind::manual;
  int attempt = 1;
  bool template_possible = false;
  std::chrono::steady_clock::time_point began;
};

struct Lane {
  TenantId tenant;
  ChannelId id;
  storage::SenderChannelRow row;
  domain::SendingCalendar calendar;
  std::shared_ptr<Gateway> gateway; // none: its settings do not allow one
  std::string party;                // "": no breaker
  std::optional<domain::Pacer> pacer;

  std::int64_t fence = 0; // 0: somebody else's channel
  bool first_sent_noted = false;
  bool claiming = false;      // a claim is on its way through the database
  bool again = false;         // look once more when it is done
  bool uncertain = false;     // a claim failed in a way that may have left rows behind
  bool maybe_tests = true;    // look for test messages even outside of the windows
  bool stepping = false;      // a step is in the loop's queue
  bool probing = false;       // holds the breaker's one probe
  Instant next_at{INT64_MAX}; // the timer that counts
  int failures = 0;           // of the database, in a row

  std::unordered_map<MessageId, InFlight> in_flight;
  std::unordered_map<std::string, Instant> held; // recipients that must wait, and until when
  std::shared_ptr<const TemplateBook> templates;

  Metrics::Histogram* latency = nullptr;
  std::array<Metrics::Counter*, std::variant_size_v<domain::Outcome>> answers{};
};

} // namespace renova::messaging

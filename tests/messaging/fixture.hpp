// A business with clients, a gateway that does what the test says, and engines that can die.
#pragma once

#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/metrics.hpp"
#include "messaging/engine.hpp"
#include "services/channels.hpp"
#include "services/clients.hpp"
#include "services/message_service.hpp"
#include "services/rules.hpp"
#include "storage/client_store.hpp"
#include "storage/message_store.hpp"
#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace renova::test {

using domain::MessageReason;
using domain::MessageState;
using messaging::Answer;
using messaging::HandOver;

// Waits until `condition` holds; false when it does not within ten seconds.
bool eventually(const std::function<bool()>& condition);

// Records every hand-over, and answers by `respond`, or not at all until told to.
class FakeGateway {
 public:
  using Respond = std::function<std::optional<Answer>(const HandOver&)>;

  FakeGateway();
  void respond_with(Respond respond); // nothing returned: held until answer()
  std::size_t count() const;
  std::vector<HandOver> handed_over() const;
  // How often a message was handed over.
  int times(MessageId message) const;
  std::size_t held() const;
  // Answers the oldest held one, or the held one of a message.
  void answer(Answer answer);
  void answer_all();
  // The most that were in flight at once.
  std::size_t peak() const;

  std::shared_ptr<messaging::Gateway> make(const messaging::ChannelConfig& config);
  std::string party = "https://gateway.example:443";

 private:
  friend class FakeGatewayEnd;
  void take(const HandOver& message, messaging::OnAnswer done);

  mutable std::mutex mutex_;
  Respond respond_;
  std::vector<HandOver> seen_;
  std::deque<std::pair<HandOver, messaging::OnAnswer>> held_;
  std::size_t in_flight_ = 0;
  std::size_t peak_ = 0;
};

Answer accepted(const HandOver& message);
Answer answered(domain::Outcome outcome, bool party_failed = false);

// Wednesday 2026-11-25 09:00 in São Paulo.
inline const Instant kMorning = *parse_instant("2026-11-25T12:00:00Z");
inline const Date kToday = Date::of(2026, 11, 25);

class World {
 public:
  explicit World(storage::Engine engine, Instant now = kMorning);
  ~World();

  // One tenant with the default rules and templates, and one simulator-typed channel that the fake gateway
  // serves.
  void add_business();
  ChannelId add_channel(std::string_view pacing = "{}", std::string_view name = "WhatsApp");
  ClientId add_client(std::string_view name, std::string_view phone, std::optional<Date> expires_on = {},
                      std::string_view plan_type = "IPTV");
  MessageId send(ClientId client, std::string_view body = "Olá");
  RuleId rule(int offset_days);

  // By `own_clock` instead of the world's, when given.
  std::unique_ptr<messaging::Engine> engine(std::string instance = "one", Clock* own_clock = nullptr);
  // Starts `running` and lets it plan.
  void start(std::string instance = "one");
  void crash() { running.reset(); }
  // Stops the world's engine in good order.
  void stop();
  // Moves the clock, and waits for the planner.
  void move_to(Instant now);

  // --- what the database says ---
  template <class F>
  auto write(F work) {
    return must(db->write_now([&](storage::Transaction& tx) {
      auto scoped = tx.tenant(storage::TenantScope(tenant));
      return work(scoped);
    }));
  }
  template <class F>
  auto read(F work) {
    return must(db->read_now([&](storage::Transaction& tx) {
      auto scoped = tx.tenant(storage::TenantScope(tenant));
      return work(scoped);
    }));
  }
  storage::MessageRow message(MessageId id);
  std::vector<storage::MessageRow> messages(std::optional<MessageState> state = {});
  std::size_t count(MessageState state) { return messages(state).size(); }
  std::vector<std::string> states(MessageId id); // of its events: "queued sending accepted"
  bool reaches(MessageId id, MessageState state);
  std::string opaque(MessageId id, int attempt);
  // A Cloud API status webhook, stored as the simulator's would be.
  void receipt(MessageId id, int attempt, std::string_view status, std::string_view gateway_id);

  TestDatabase db;
  TestClock clock;
  Metrics metrics;
  SecretBox secrets{1, std::string(32, 'k')};
  FakeGateway gateway;
  TenantId tenant;
  ChannelId channel;
  messaging::EngineOptions options;
  std::unique_ptr<messaging::Engine> running;
};

class Flow : public testing::TestWithParam<storage::Engine> {
 protected:
  World world{GetParam()};
};

} // namespace renova::test

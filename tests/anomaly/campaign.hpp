// A business with a Cloud API channel that leads to a local stand-in, due reminders day after day, and the
// questions that decide whether a message was lost or sent twice.
#pragma once

#include "base/time.hpp"
#include "tests/support/fake_meta.hpp"
#include "tests/support/program.hpp"

#include <map>
#include <string>
#include <vector>

namespace renova::test {

// How large a run is: small in CI, large with RENOVA_SOAK=1 (bin/test --soak).
int campaign_size(int in_ci, int in_soak);

class Campaign {
 public:
  // `database_url` names an empty database. `clients_a_day` clients are due on each of `days` days.
  Campaign(std::string database_url, int days, int clients_a_day);

  // Starts the program at `clock` (test mode), always on the same port, and signs in.
  std::unique_ptr<Program> start(Instant clock);

  // A second replica beside a running one (PostgreSQL).
  std::unique_ptr<Program> start_replica(Instant clock);

  // Tenant, owner, settings, channel, clients: through the command line and the API.
  void set_up();
  // Its first two steps, for tests that bring clients of their own.
  void add_owner();
  void add_channel(Program& program);
  void sign_in(Program& program);

  // The instant on day `day` (0 is the first) when reminders of the day have just come due: 09:00:30 in São
  // Paulo.
  Instant due_instant(int day) const;

  struct Message {
    std::string id;
    std::string client;
    std::string state;
    std::string reason;
    std::string gateway_id;
    int attempts = 0;
  };
  // Every message of the ledger, through the API.
  std::vector<Message> messages(Program& program);
  // How many are planned, queued or being sent.
  std::size_t open_count(Program& program);

  // Sends the gateway's receipts for everything that it took: sent, then delivered; some twice, some out of
  // order.
  void deliver_receipts(Program& program);

  FakeMeta& meta() { return meta_; }
  const std::string& token() const { return token_; }
  int expected_messages(int days) const { return days * clients_a_day_; }

  // The invariants (RELIABILITY: I1, I2): after `days` days every due client has exactly one message in a
  // final or listed state, and the gateway saw each message at most once. Empty when they hold, else what is
  // wrong.
  std::vector<std::string> violations(Program& program, int days);

 private:
  std::unique_ptr<Program> launch(Instant clock, std::uint16_t port);
  void leave_one_rule(Program& program);
  std::string csv() const;

  std::string database_url_;
  int days_;
  int clients_a_day_;
  FakeMeta meta_;
  std::uint16_t port_ = 0;
  std::string token_;
  std::string channel_id_;
};

} // namespace renova::test

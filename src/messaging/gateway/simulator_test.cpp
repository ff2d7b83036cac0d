#include "messaging/gateway/simulator.hpp"

#include <gtest/gtest.h>

#include <future>

namespace renova::messaging {
namespace {

class SimulatorTest : public testing::Test {
 protected:
  std::vector<std::string> outcomes(boost::json::object settings, int count) {
    ChannelConfig config;
    config.settings = std::move(settings);
    auto gateway = make_simulator(config, clock_, runner_, [this](TenantId, ChannelId, InboxItem item) {
      std::lock_guard lock(mutex_);
      keys_.push_back(item.key);
      arrived_.notify_all();
    });
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) {
      std::promise<Answer> answer;
      HandOver message;
      message.message = MessageId::make(clock_.now());
      message.to = "5511961234567";
      gateway->hand_over(message, [&](Answer given) { answer.set_value(std::move(given)); });
      out.emplace_back(domain::outcome_name(answer.get_future().get().outcome));
    }
    return out;
  }

  SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::string> keys_;
  DelayedRunner runner_;
};

TEST_F(SimulatorTest, DoesWhatTheScriptSays) {
  EXPECT_EQ(
      outcomes({{"script", {"retry", "unknown", "fail_recipient", "pause_channel", "fail_template"}}}, 6),
      (std::vector<std::string>{"retry", "unknown", "fail_recipient", "pause_channel", "fail_template",
                                "accepted"}));
}

TEST_F(SimulatorTest, IsTheSameForTheSameSeed) {
  boost::json::object settings{{"seed", 7}, {"fail_share", 0.3}, {"retry_share", 0.3}};
  auto first = outcomes(settings, 200);
  EXPECT_EQ(outcomes(settings, 200), first);
  settings["seed"] = 8;
  EXPECT_NE(outcomes(settings, 200), first);
  auto failed = std::count(first.begin(), first.end(), "fail_recipient");
  EXPECT_GT(failed, 30);
  EXPECT_LT(failed, 90);
}

TEST_F(SimulatorTest, AnswersLaterAndDeliversInOrder) {
  boost::json::object settings{{"latency_ms", 5},
                               {"sent_after_ms", 1},
                               {"delivered_after_ms", 30},
                               {"read_after_ms", 60},
                               {"read_share", 1}};
  EXPECT_EQ(outcomes(settings, 1).at(0), "accepted");
  std::unique_lock lock(mutex_);
  ASSERT_TRUE(arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return keys_.size() == 3; }));
  EXPECT_TRUE(keys_[0].ends_with(":sent"));
  EXPECT_TRUE(keys_[1].ends_with(":delivered"));
  EXPECT_TRUE(keys_[2].ends_with(":read"));
}

} // namespace
} // namespace renova::messaging

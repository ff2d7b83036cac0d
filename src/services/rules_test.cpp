#include "services/rules.hpp"

#include <gtest/gtest.h>

namespace renova::services::rules {
namespace {

RuleContent good() {
  RuleContent content;
  content.name = "3 dias antes";
  content.offset_days = -3;
  content.at = "09:00";
  return content;
}

using Wrong = std::vector<std::string>;
Wrong wrong(const RuleContent& content) {
  auto checked = check(content);
  Wrong out;
  if (checked.has_value()) return out;
  Error error = checked.error();
  for (const auto& field : error.fields) out.push_back(field.pointer + " " + field.code);
  return out;
}

TEST(Rules, RefuseWhatThePlannerCouldNotUse) {
  RuleContent content = good();
  content.name = "";
  content.offset_days = 366;
  content.at = "9:00";
  content.plan_types = {"IPTV", "!"};
  ChannelId channel = ChannelId::make(Instant{1});
  content.channel_ids = {channel, channel};
  EXPECT_EQ(wrong(content), (Wrong{"/name required", "/offset_days out_of_range", "/at invalid_time",
                                   "/plan_types/1 invalid_plan_type", "/channel_ids/1 repeated"}));
  content = good();
  content.offset_days = -366;
  EXPECT_EQ(wrong(content), (Wrong{"/offset_days out_of_range"}));
  content = good();
  content.at = "24:00";
  EXPECT_EQ(wrong(content), (Wrong{"/at invalid_time"}));
}

TEST(Rules, TakeTheLimits) {
  for (int offset : {-365, 0, 365}) {
    RuleContent content = good();
    content.offset_days = offset;
    EXPECT_EQ(wrong(content), Wrong{}) << offset;
  }
}

TEST(Rules, ShowAutoForNoTime) {
  RuleContent content = good();
  content.at.reset();
  auto checked = check(content);
  ASSERT_TRUE(checked.has_value());
  EXPECT_EQ(checked->at, "auto");
  content.at = "auto";
  EXPECT_EQ(check(content)->at, "auto");
}

TEST(Rules, KeepEachPlanTypeOnce) {
  RuleContent content = good();
  content.plan_types = {"iptv", "IPTV", "outros"};
  auto checked = check(content);
  ASSERT_TRUE(checked.has_value());
  EXPECT_EQ(checked->plan_types, (std::vector<std::string>{"IPTV", "OTHER"}));
}

} // namespace
} // namespace renova::services::rules

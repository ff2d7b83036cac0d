#include "domain/openings.hpp"

#include "domain/template_text.hpp"
#include "domain/text_rules.hpp"

#include <gtest/gtest.h>

#include <set>

namespace renova::domain {
namespace {

// A new business that has set nothing up yet can send each of them.
TEST(Openings, EveryTemplateRendersForANewBusiness) {
  for (Locale locale : {Locale::pt_br, Locale::en, Locale::es}) {
    std::set<std::string> names;
    std::set<std::pair<MessageKind, std::string>> kinds;
    for (const DefaultTemplate& t : default_templates(locale)) {
      EXPECT_TRUE(parse_label(t.name));
      EXPECT_TRUE(names.insert(std::string(t.name)).second) << t.name;
      EXPECT_TRUE(kinds.insert({t.kind, std::string(t.plan_type)}).second) << t.name;
      auto text = parse_template(t.body);
      ASSERT_TRUE(text) << t.name << ": " << Error(text.error()).detail;
      ValueSource source;
      source.name = "Ana Souza";
      source.plan_type = "IPTV";
      source.value = Money{5000, Currency()};
      source.due_on = Date::of(2026, 12, 31);
      source.today = Date::of(2026, 12, 28);
      source.business = "Loja";
      source.locale = locale;
      EXPECT_TRUE(render(*text, make_values(source)).ok()) << t.name;
    }
    for (MessageKind kind : kMessageKinds)
      EXPECT_EQ(kinds.count({kind, ""}), has_templates(kind) ? 1u : 0u) << to_text(kind);
    for (std::string type : {"IPTV", "VPN"}) {
      for (MessageKind kind :
           {MessageKind::reminder, MessageKind::due_today, MessageKind::overdue, MessageKind::promo}) {
        EXPECT_EQ(kinds.count({kind, type}), 1u) << type << to_text(kind);
      }
    }
  }
}

TEST(Openings, RulesWindowsAndPacingAreThoseOfTheContract) {
  for (Locale locale : {Locale::pt_br, Locale::en, Locale::es}) {
    auto rules = default_rules(locale);
    ASSERT_EQ(rules.size(), 3u);
    EXPECT_EQ(rules[0].offset_days, -3);
    EXPECT_EQ(rules[0].at, 540);
    EXPECT_TRUE(rules[0].enabled);
    EXPECT_EQ(rules[1].offset_days, 0);
    EXPECT_EQ(rules[1].at, 600);
    EXPECT_TRUE(rules[1].enabled);
    EXPECT_EQ(rules[2].offset_days, 1);
    EXPECT_EQ(rules[2].at, 600);
    EXPECT_FALSE(rules[2].enabled);
  }
  auto windows = check_windows(default_windows());
  ASSERT_TRUE(windows);
  EXPECT_TRUE(windows->days[6].empty());
  EXPECT_EQ(windows->days[5], (std::vector<MinuteRange>{{480, 1200}}));
  EXPECT_TRUE(TimeZone::find(kDefaultTimeZone));
  EXPECT_EQ(default_pacing(ChannelType::simulator), PacingPolicy{});
  EXPECT_TRUE(check_pacing(default_pacing(ChannelType::cloud_api)));
  EXPECT_EQ(default_pacing(ChannelType::cloud_api).pair_gap_ms, 6000);
  for (std::string_view type : kPlanTypes) EXPECT_EQ(*parse_plan_type(type), type);
  ChannelType type{};
  EXPECT_TRUE(from_text("cloud_api", type));
  EXPECT_FALSE(from_text("carrier_pigeon", type));
}

} // namespace
} // namespace renova::domain

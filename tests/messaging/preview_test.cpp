// Who gets what on a day, and why: computed, and the same as what then happens.
#include "services/clients.hpp"
#include "services/reminder_preview.hpp"
#include "tests/messaging/fixture.hpp"

namespace renova::test {
namespace {

using namespace std::chrono_literals;
using storage::TenantTransaction;

class Previewing : public Flow {};
INSTANTIATE_TEST_SUITE_P(Engines, Previewing, kBothEngines, engine_name);

TEST_P(Previewing, PreviewSaysWhatTheDayWillBringAndWhy) {
  world.add_client("Ana Souza", "11 96123-4567", kToday + 3);
  auto bruno = world.add_client("Bruno Lima", "11 96123-0002", kToday + 3);
  auto clara = world.add_client("Clara Dias", "11 96123-0003", kToday + 4);
  (void)clara;
  world.write([&](TenantTransaction& tx) {
    services::ClientPatch patch;
    patch.opt_out = true;
    return services::clients::update(tx, services::Actor::system(), bruno, patch, {}, world.clock.now());
  });
  // Created at nine sharp: today's nine o'clock belongs to them.
  auto today = world.read([&](TenantTransaction& tx) {
    return services::reminders::preview(tx, kToday, 100, world.clock.now());
  });
  EXPECT_EQ(today.planned, 1);
  EXPECT_EQ(today.skipped, 1);
  ASSERT_EQ(today.items.size(), 2u);
  EXPECT_EQ(today.items[1].reason, MessageReason::opted_out);
  EXPECT_EQ(today.items[0].channel, world.channel);
  auto tomorrow = world.read([&](TenantTransaction& tx) {
    return services::reminders::preview(tx, kToday + 1, 100, world.clock.now());
  });
  ASSERT_EQ(tomorrow.items.size(), 1u);
  EXPECT_EQ(tomorrow.items[0].client_name, "Clara Dias");
  EXPECT_EQ(tomorrow.items[0].at, kMorning + 24h);

  world.start();
  ASSERT_TRUE(eventually([&] { return world.count(MessageState::accepted) == 1; }));
  auto row = world.messages(MessageState::accepted)[0];
  auto why = world.read([&](TenantTransaction& tx) {
    return services::reminders::why(tx, *row.subscription_id, kToday, world.clock.now());
  });
  ASSERT_EQ(why.items.size(), 1u);
  EXPECT_EQ(why.items[0].verdict, "sent");
  EXPECT_EQ(why.items[0].events.size(), 3u);
}

} // namespace
} // namespace renova::test

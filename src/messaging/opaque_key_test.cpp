#include "messaging/opaque_key.hpp"

#include "messaging/opt_out.hpp"

#include <gtest/gtest.h>

namespace renova::messaging {
namespace {

TEST(OpaqueKey, ComesBackAsItWent) {
  Instant now{1'764'072'000'000'000};
  OpaqueKey key{TenantId::make(now), MessageId::make(now), 12};
  std::string text = make_opaque_key(key, "secret");
  EXPECT_LE(text.size(), 512u);
  auto read = read_opaque_key(text, "secret");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->tenant, key.tenant);
  EXPECT_EQ(read->message, key.message);
  EXPECT_EQ(read->attempt, 12);
}

TEST(OpaqueKey, IsRefusedWhenAnythingIsChanged) {
  Instant now{1'764'072'000'000'000};
  std::string text = make_opaque_key({TenantId::make(now), MessageId::make(now), 1}, "secret");
  EXPECT_FALSE(read_opaque_key(text, "other"));
  EXPECT_FALSE(read_opaque_key("", "secret"));
  EXPECT_FALSE(read_opaque_key("outbox:8123", "secret"));
  EXPECT_FALSE(read_opaque_key(text + "0", "secret"));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(read_opaque_key(changed, "secret")) << i;
  }
}

TEST(OptOut, KnowsTheWordsAndOnlyThem) {
  for (auto text :
       {"SAIR", "sair", " Parar ", "STOP", "Cancelar!", "pare.", "Não quero", "*parar*", "Parar avisos"}) {
    EXPECT_TRUE(is_opt_out(text)) << text;
  }
  for (auto text : {"", "Quando posso parar?", "não vou cancelar", "stopwatch", "ok", "!",
                    "sair sair sair sair sair sair sair sair sair sair sair sair sair sair"}) {
    EXPECT_FALSE(is_opt_out(text)) << text;
  }
}

} // namespace
} // namespace renova::messaging

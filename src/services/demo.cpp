#include "services/demo.hpp"

#include "domain/calendar.hpp"
#include "domain/openings.hpp"
#include "services/channels.hpp"
#include "services/clients.hpp"
#include "services/message_service.hpp"
#include "services/onboarding.hpp"
#include "services/plans.hpp"
#include "services/renewals.hpp"
#include "services/rules.hpp"
#include "services/templates.hpp"
#include "storage/onboarding_store.hpp"

#include <array>
#include <string>
#include <vector>

namespace renova::services::demo {
namespace {

constexpr std::array<std::string_view, 25> kFirstNames{
    "Alícia",  "Benício", "Caetana", "Danilo",  "Elisa",  "Fabrício", "Graziela", "Heitor", "Iara",
    "Jonas",   "Kátia",   "Lorena",  "Murilo",  "Noemi",  "Otávio",   "Priscila", "Quésia", "Ramiro",
    "Sabrina", "Tomás",   "Uriel",   "Valéria", "Wagner", "Yasmin",   "Zuleica"};
constexpr std::array<std::string_view, 20> kSurnames{
    "Aurora",    "Bonfim",   "Cristalino", "d'Ávila",    "Estrelado",  "Florestal", "Girassol",
    "Horizonte", "Imperial", "Jatobá",     "Laranjeira", "Monteverde", "Nevoeiro",  "Ondas",
    "Primavera", "Riacho",   "Serrano",    "Trovão",     "Umbuzeiro",  "Ventania"};
static_assert(kFirstNames.size() * kSurnames.size() >= kClients); // every client has a name of its own
constexpr std::array<std::string_view, 8> kAreaCodes{"11", "21", "31", "41", "51", "61", "71", "81"};
constexpr std::array<std::string_view, 5> kTags{"vip", "novo", "indicação", "fidelidade", "pix"};
constexpr std::array<std::string_view, 5> kNotes{"Prefere falar pela manhã.", "Pediu recibo por e-mail.",
                                                 "Indicado por outro cliente.", "Usa dois aparelhos.",
                                                 "Paga sempre pelo Pix."};

struct DemoPlan {
  std::string_view name;
  std::string_view plan_type;
  std::int64_t price; // centavos
  domain::Period period;
};
constexpr std::array<DemoPlan, 6> kPlans{{
    {"IPTV Mensal", "IPTV", 35'00, {1, domain::PeriodUnit::months}},
    {"IPTV Trimestral", "IPTV", 90'00, {3, domain::PeriodUnit::months}},
    {"VPN 30 dias", "VPN", 19'90, {30, domain::PeriodUnit::days}},
    {"Internet 300 Mega", "INTERNET", 79'90, {1, domain::PeriodUnit::months}},
    {"Streaming Família", "STREAMING", 45'50, {1, domain::PeriodUnit::months}},
    {"Servidor de jogos", "GAMING", 1'234'50, {1, domain::PeriodUnit::years}},
}};

// Everything that the parts of the demonstration share.
struct Stage {
  storage::TenantTransaction& tx;
  const Actor actor = Actor::system();
  Instant now;
  Date today;
  int minute = 0; // of the local day
  std::vector<PlanId> plans = {};
  std::vector<Client> clients = {};
};

// A small fixed mixing function (SplitMix64's finaliser): the same data every time, without looking regular.
std::uint64_t mixed(std::uint64_t n) {
  n += 0x9e3779b97f4a7c15;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
  n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
  return n ^ (n >> 31);
}
template <class Array>
const auto& pick(const Array& from, std::uint64_t n) {
  return from[static_cast<std::size_t>(n % from.size())];
}

domain::SendingWindows always_open() {
  domain::SendingWindows windows;
  for (auto& day : windows.days) day = {domain::MinuteRange{}};
  return windows;
}

result<void> add_plans(Stage& stage) {
  for (const DemoPlan& given : kPlans) {
    plans::PlanInput input;
    input.name = std::string(given.name);
    input.plan_type = std::string(given.plan_type);
    input.price = PriceInput{given.price, "BRL", {}};
    input.period = given.period;
    TRY(auto plan, plans::create(stage.tx, stage.actor, input, stage.now));
    stage.plans.push_back(plan.id);
  }
  return {};
}

// Receipts come after human times; a few answers are temporary failures, so that retries are seen too.
result<void> add_channel(Stage& stage, const SecretBox& secrets) {
  channels::NewChannel channel;
  channel.name = "WhatsApp (simulado)";
  channel.type = "simulator";
  channel.config = {{"seed", 7},
                    {"latency_ms", 250},
                    {"latency_jitter_ms", 350},
                    {"sent_after_ms", 600},
                    {"delivered_after_ms", 2500},
                    {"read_after_ms", 9000},
                    {"delivered_share", 0.98},
                    {"read_share", 0.8},
                    {"retry_share", 0.02},
                    {"fail_share", 0.01}};
  channel.pacing = {{"min_gap_ms", 700}, {"jitter_ms", 600}, {"concurrency", 8}};
  TRY_DO(channels::create(stage.tx, stage.now, stage.actor, channels::Context{secrets, {}}, channel));
  return {};
}

// Beside the three rules of every tenant, one that comes due two minutes from now for whoever is due in a few
// days.
result<void> add_rules(Stage& stage) {
  constexpr std::array<int, 3> kOffsets{-2, -1, 1};
  for (std::size_t i = 0; i < kOffsets.size(); ++i) {
    RuleContent rule;
    rule.offset_days = kOffsets[i];
    rule.name =
        "Demonstração: " + std::to_string(kOffsets[i]) + (std::abs(kOffsets[i]) == 1 ? " dia" : " dias");
    int at = stage.minute + 2 + 3 * static_cast<int>(i);
    rule.at = domain::format_time_of_day(at % domain::kMinutesPerDay);
    TRY_DO(rules::create(stage.tx, stage.now, stage.actor, rule));
  }
  return {};
}

NewClient invent(const Stage& stage, int index) {
  auto n = mixed(static_cast<std::uint64_t>(index));
  auto i = static_cast<std::size_t>(index);
  NewClient client;
  client.name = std::string(kFirstNames[i % kFirstNames.size()]) + " " +
                std::string(kSurnames[i / kFirstNames.size() % kSurnames.size()]);
  std::string number = std::to_string(index + 1);
  number.insert(0, 4 - number.size(), '0');
  client.phone = "+55 " + std::string(pick(kAreaCodes, n)) + " 90000-" + number;
  if (n % 4 == 0) client.tags.emplace_back(pick(kTags, n >> 8));
  if (n % 9 == 0) client.tags.emplace_back("vip");
  if (n % 6 == 0) client.notes = std::string(pick(kNotes, n >> 16));
  client.opt_out = n % 61 == 0;
  SubscriptionInput subscription;
  subscription.plan_id = pick(stage.plans, n >> 24);
  // A third lies within three days around today, the rest from three weeks ago to six weeks ahead.
  int days = n % 3 == 0 ? static_cast<int>((n >> 32) % 7) - 3 : static_cast<int>((n >> 32) % 63) - 21;
  subscription.expires_on = stage.today + days;
  subscription.auto_renew = n % 29 == 0;
  client.subscription = subscription;
  return client;
}

result<void> add_clients(Stage& stage) {
  for (int index = 0; index < kClients; ++index) {
    TRY(Client client, clients::create(stage.tx, stage.actor, invent(stage, index), stage.now));
    stage.clients.push_back(std::move(client));
  }
  return {};
}

// Some have just paid: their thank-you messages are the first that go out.
result<int> add_renewals(Stage& stage) {
  int renewed = 0;
  for (std::size_t i = 5; i < stage.clients.size(); i += 20) {
    renewals::Request request;
    request.days = i % 40 == 5 ? 30 : 90;
    request.method = "pix";
    request.paid = i % 60 != 5;
    TRY_DO(
        renewals::renew_only(stage.tx, stage.actor, stage.clients[i].id, request, std::nullopt, stage.now));
    ++renewed;
  }
  return renewed;
}

// By hand, so that they depend on no rule: at once, and then one every half minute.
result<int> add_messages(Stage& stage) {
  storage::TemplatePageQuery of_kind;
  of_kind.limit = 1;
  of_kind.kind = domain::MessageKind::promo;
  TRY(auto promo, templates::list(stage.tx, of_kind));
  int made = 0;
  for (std::size_t i = 0; i < stage.clients.size() && made < kMessagesAtOnce + kMessagesLater; i += 3) {
    const Client& client = stage.clients[i];
    if (client.opt_out) continue;
    messages::NewMessage message;
    message.client = client.id;
    if (made % 2 == 0 && !promo.empty()) {
      message.template_id = promo[0].id;
    } else {
      message.body = "Olá! Esta é uma mensagem de demonstração da *Loja Fictícia*. Bom proveito!";
    }
    if (made >= kMessagesAtOnce) {
      message.not_before = stage.now + std::chrono::seconds(30) * (made - kMessagesAtOnce + 1);
    }
    TRY_DO(messages::create(stage.tx, stage.actor, message, stage.now));
    ++made;
  }
  return made;
}

} // namespace

result<Outcome> create(storage::Transaction& tx, const SecretBox& secrets, Instant now) {
  TRY(auto present, onboarding::find_tenant_by_name(tx, kBusiness));
  if (present) return Outcome{*present, false, 0, 0};
  TRY(TenantId tenant, onboarding::new_tenant(tx, kBusiness, domain::Locale::pt_br, now));
  storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(tenant)); // ours: it was made just now
  TRY_DO(storage::onboarding_store::set_windows(scoped, onboarding::windows_json(always_open()), now));
  TRY(domain::TimeZone zone, domain::TimeZone::find(domain::kDefaultTimeZone));

  Stage stage{.tx = scoped, .now = now, .today = zone.today(now), .minute = zone.minute_of_day(now)};
  TRY_DO(add_plans(stage));
  TRY_DO(add_channel(stage, secrets));
  TRY_DO(add_rules(stage));
  TRY_DO(add_clients(stage));
  TRY(int thanked, add_renewals(stage));
  TRY(int written, add_messages(stage));
  return Outcome{tenant, true, kClients, thanked + written};
}

} // namespace renova::services::demo

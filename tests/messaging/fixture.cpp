#include "tests/messaging/fixture.hpp"

#include "domain/locale.hpp"
#include "messaging/hooks.hpp"
#include "messaging/opaque_key.hpp"
#include "services/onboarding.hpp"
#include "storage/planner_store.hpp"

#include <algorithm>
#include <chrono>

namespace renova::test {

using namespace std::chrono_literals;

bool eventually(const std::function<bool()>& condition) {
  // A condition variable that nobody signals: looking again after a while, without taking the processor.
  std::mutex mutex;
  std::condition_variable never;
  auto deadline = std::chrono::steady_clock::now() + 10s;
  std::unique_lock lock(mutex);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    never.wait_for(lock, 2ms);
  }
  return true;
}

Answer answered(domain::Outcome outcome, bool party_failed) { return {std::move(outcome), party_failed}; }

Answer accepted(const HandOver& message) {
  return answered(
      domain::Accepted{"wamid." + message.message.str() + "." + std::to_string(message.attempt), message.to});
}

class FakeGatewayEnd final : public messaging::Gateway {
 public:
  explicit FakeGatewayEnd(FakeGateway& gateway) : gateway_(gateway) {}
  void hand_over(const HandOver& message, messaging::OnAnswer done) override {
    gateway_.take(message, std::move(done));
  }
  std::string party() const override { return gateway_.party; }

 private:
  FakeGateway& gateway_;
};

FakeGateway::FakeGateway() : respond_([](const HandOver& message) { return accepted(message); }) {}

void FakeGateway::respond_with(Respond respond) {
  std::lock_guard lock(mutex_);
  respond_ = std::move(respond);
}

void FakeGateway::take(const HandOver& message, messaging::OnAnswer done) {
  std::optional<Answer> answer;
  {
    std::lock_guard lock(mutex_);
    seen_.push_back(message);
    answer = respond_(message);
    peak_ = std::max(peak_, ++in_flight_);
    if (!answer) {
      held_.emplace_back(message, std::move(done));
      return;
    }
    --in_flight_;
  }
  done(std::move(*answer));
}

std::size_t FakeGateway::count() const {
  std::lock_guard lock(mutex_);
  return seen_.size();
}

std::vector<HandOver> FakeGateway::handed_over() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

int FakeGateway::times(MessageId message) const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(
      std::count_if(seen_.begin(), seen_.end(), [&](const auto& one) { return one.message == message; }));
}

std::size_t FakeGateway::held() const {
  std::lock_guard lock(mutex_);
  return held_.size();
}

std::size_t FakeGateway::peak() const {
  std::lock_guard lock(mutex_);
  return peak_;
}

void FakeGateway::answer(Answer answer) {
  std::unique_lock lock(mutex_);
  auto done = std::move(held_.front().second);
  held_.pop_front();
  --in_flight_;
  lock.unlock();
  done(std::move(answer));
}

void FakeGateway::answer_all() {
  while (true) {
    std::unique_lock lock(mutex_);
    if (held_.empty()) return;
    auto [message, done] = std::move(held_.front());
    held_.pop_front();
    --in_flight_;
    lock.unlock();
    done(accepted(message));
  }
}

std::shared_ptr<messaging::Gateway> FakeGateway::make(const messaging::ChannelConfig&) {
  return std::make_shared<FakeGatewayEnd>(*this);
}

World::World(storage::Engine engine, Instant now) : db(engine), clock(now, TestClock::Flow::frozen) {
  crypto_init();
  add_business();
}

World::~World() { running.reset(); }

void World::add_business() {
  tenant = must(db->write_now([&](storage::Transaction& tx) {
    return services::onboarding::new_tenant(tx, "Loja Exemplo", domain::Locale::pt_br, clock.now());
  }));
  channel = add_channel();
}

ChannelId World::add_channel(std::string_view pacing, std::string_view name) {
  return write([&](storage::TenantTransaction& tx) -> result<ChannelId> {
    services::channels::NewChannel wanted;
    wanted.name = std::string(name);
    wanted.type = "simulator";
    wanted.pacing = boost::json::parse(boost::json::string_view(pacing.data(), pacing.size())).as_object();
    services::channels::Context context{secrets, {}};
    TRY(auto made, services::channels::create(tx, clock.now(), services::Actor::system(), context, wanted));
    return made.id;
  });
}

ClientId World::add_client(std::string_view name, std::string_view phone, std::optional<Date> expires_on,
                           std::string_view plan_type) {
  return write([&](storage::TenantTransaction& tx) -> result<ClientId> {
    services::NewClient wanted;
    wanted.name = std::string(name);
    wanted.phone = std::string(phone);
    if (expires_on) {
      services::SubscriptionInput subscription;
      subscription.plan_type = std::string(plan_type);
      subscription.price = services::PriceInput{5000, "BRL", ""};
      subscription.expires_on = expires_on;
      wanted.subscription = subscription;
    }
    TRY(auto made, services::clients::create(tx, services::Actor::system(), wanted, clock.now()));
    return made.id;
  });
}

MessageId World::send(ClientId client, std::string_view body) {
  return write([&](storage::TenantTransaction& tx) -> result<MessageId> {
    services::messages::NewMessage wanted;
    wanted.client = client;
    wanted.body = std::string(body);
    TRY(auto made, services::messages::create(tx, services::Actor::system(), wanted, clock.now()));
    return made.id;
  });
}

RuleId World::rule(int offset_days) {
  auto rules = read([](storage::TenantTransaction& tx) { return storage::planner_store::rules(tx); });
  for (const auto& one : rules) {
    if (one.offset_days == offset_days) return one.id;
  }
  throw std::runtime_error("no such rule");
}

std::unique_ptr<messaging::Engine> World::engine(std::string instance, Clock* own_clock) {
  messaging::EngineOptions chosen = options;
  chosen.instance = std::move(instance);
  Clock& by = own_clock != nullptr ? *own_clock : clock;
  messaging::EngineDependencies dependencies{*db, by, metrics, secrets, nullptr, {}, [] { return 0.5; }, {}};
  dependencies.gateways = [this](std::string_view, const messaging::ChannelConfig& config) {
    return gateway.make(config);
  };
  return std::make_unique<messaging::Engine>(std::move(dependencies), chosen);
}

void World::start(std::string instance) {
  running = engine(std::move(instance));
  running->start();
  running->plan_now();
}

void World::stop() {
  running->stop();
  running.reset();
}

void World::move_to(Instant now) {
  clock.set(now);
  if (running) running->plan_now();
}

storage::MessageRow World::message(MessageId id) {
  return *read([&](storage::TenantTransaction& tx) { return storage::message_store::get(tx, id); });
}

std::vector<storage::MessageRow> World::messages(std::optional<MessageState> state) {
  return read([&](storage::TenantTransaction& tx) {
    storage::MessagePageQuery query;
    query.ascending = true;
    query.limit = 20'000;
    query.state = state;
    return storage::message_store::page(tx, query);
  });
}

std::vector<std::string> World::states(MessageId id) {
  auto events = read([&](storage::TenantTransaction& tx) { return storage::message_store::events(tx, id); });
  std::vector<std::string> out;
  for (const auto& event : events) out.emplace_back(to_text(event.to_state));
  return out;
}

bool World::reaches(MessageId id, MessageState state) {
  if (eventually([&] { return message(id).state == state; })) return true;
  auto row = message(id);
  std::string path;
  for (const auto& one : states(id)) path += one + " ";
  ADD_FAILURE() << "still " << to_text(row.state) << " (" << path << "), attempt " << row.attempt
                << ", not before " << to_string(row.not_before) << ", reason " << row.reason.value_or("-")
                << ", at " << to_string(clock.now());
  return false;
}

std::string World::opaque(MessageId id, int attempt) {
  return messaging::make_opaque_key({tenant, id, attempt}, secrets.derive("renova.opaque-key"));
}

void World::receipt(MessageId id, int attempt, std::string_view status, std::string_view gateway_id) {
  std::string body = R"({"id":")" + std::string(gateway_id) + R"(","status":")" + std::string(status) +
                     R"(","timestamp":"1764072000")";
  if (attempt > 0) body += R"(,"biz_opaque_callback_data":")" + opaque(id, attempt) + "\"";
  if (status == "failed") body += R"(,"errors":[{"code":131026,"title":"Message undeliverable"}])";
  body += "}";
  messaging::InboxItem item{messaging::InboxItem::Kind::status,
                            std::string(gateway_id) + ":" + std::string(status), body};
  write([&](storage::TenantTransaction& tx) {
    return messaging::hooks::store_items(tx, channel, std::span(&item, 1), clock.now());
  });
  if (running) running->inbox_arrived();
}

} // namespace renova::test

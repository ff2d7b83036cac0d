#include "messaging/gateway/simulator.hpp"

#include "base/json.hpp"

#include <atomic>

namespace renova::messaging {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxReceipts = 500'000; // under way; more are not simulated

// SplitMix64 (Steele, Lea, Flood 2014): a well-mixed number for each (seed, position).
std::uint64_t mix(std::uint64_t seed, std::uint64_t position) {
  std::uint64_t z = seed * 0x9e3779b97f4a7c15ULL + position * 0xbf58476d1ce4e5b9ULL + 0x94d049bb133111ebULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

double share(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1.0p-53; }

domain::Outcome outcome_named(std::string_view name, std::string id, std::string to) {
  domain::VendorNote note{"simulated", "as the script says"};
  if (name == "retry") return domain::Retry{{}, {}, false, domain::MessageReason::unreachable, note};
  if (name == "retry_recipient") return domain::RetryRecipient{{}, {}, note};
  if (name == "unknown") return domain::Unknown{note};
  if (name == "needs_template") return domain::NeedsTemplate{note};
  if (name == "fail_recipient") return domain::FailRecipient{false, note};
  if (name == "fail_template") return domain::FailTemplate{note};
  if (name == "fail_message") return domain::FailMessage{domain::MessageReason::message_problem, note};
  if (name == "pause_channel") return domain::PauseChannel{{}, note};
  return domain::Accepted{std::move(id), std::move(to)};
}

class Simulator final : public Gateway {
 public:
  Simulator(const ChannelConfig& config, const Clock& clock, DelayedRunner& runner, DeliverItem deliver)
      : config_(config),
        clock_(clock),
        runner_(runner),
        deliver_(std::move(deliver)),
        seed_(static_cast<std::uint64_t>(config.integer("seed", 1))) {
    const auto* script = config.settings.if_contains("script");
    if (script == nullptr || !script->is_array()) return;
    for (const auto& word : script->get_array()) {
      if (word.is_string()) script_.emplace_back(word.get_string());
    }
  }

  void hand_over(const HandOver& message, OnAnswer done) override {
    std::uint64_t position = handed_over_.fetch_add(1);
    std::string id = "sim-" + message.message.str() + "-" + std::to_string(message.attempt);
    std::string name = pick(position);
    auto outcome = outcome_named(name, id, message.to);
    if (name == "accepted" || name == "unknown") receipts(position, id, message);
    auto latency = config_.integer("latency_ms", 0);
    auto jitter = config_.integer("latency_jitter_ms", 0);
    if (jitter > 0)
      latency += static_cast<std::int64_t>(share(mix(seed_, position * 8 + 1)) * double(jitter));
    if (latency <= 0) return done({std::move(outcome), false});
    runner_.after(milliseconds(latency), [done = std::move(done), outcome = std::move(outcome)] {
      done({outcome, false});
    });
  }
  std::string party() const override { return {}; }

 private:
  std::string pick(std::uint64_t position) const {
    if (position < script_.size()) return script_[position];
    double at = share(mix(seed_, position * 8));
    double fail = config_.number("fail_share", 0);
    double retry = fail + config_.number("retry_share", 0);
    double unknown = retry + config_.number("unknown_share", 0);
    if (at < fail) return "fail_recipient";
    if (at < retry) return "retry";
    if (at < unknown) return "unknown";
    return "accepted";
  }

  // A lost answer's message was sent all the same: its receipts settle it.
  void receipts(std::uint64_t position, const std::string& id, const HandOver& message) {
    if (deliver_ == nullptr || runner_.waiting() >= kMaxReceipts) return;
    auto sent = config_.integer("sent_after_ms", 400);
    auto delivered = varied("delivered_after_ms", 1500, position * 8 + 2);
    auto read = varied("read_after_ms", 6000, position * 8 + 3);
    bool is_delivered = share(mix(seed_, position * 8 + 4)) < config_.number("delivered_share", 1);
    bool is_read = is_delivered && share(mix(seed_, position * 8 + 5)) < config_.number("read_share", 0.8);
    later(sent, "sent", id, message);
    if (is_delivered) later(std::max(sent, delivered), "delivered", id, message);
    if (is_read) later(std::max({sent, delivered, read}), "read", id, message);
  }

  std::int64_t varied(std::string_view key, std::int64_t otherwise, std::uint64_t position) const {
    if (config_.settings.contains(boost::json::string_view(key.data(), key.size()))) {
      return config_.integer(key, otherwise);
    }
    return static_cast<std::int64_t>(double(otherwise) * (0.5 + share(mix(seed_, position))));
  }

  void later(std::int64_t delay_ms, std::string_view status, const std::string& id, const HandOver& message) {
    runner_.after(
        milliseconds(delay_ms), [deliver = deliver_, clock = &clock_, status = std::string(status), id,
                                 opaque = message.opaque, tenant = config_.tenant, channel = config_.id] {
          std::string body;
          JsonWriter writer(body);
          writer.begin_object();
          writer.field("id", id);
          writer.field("status", status);
          writer.field("timestamp", std::to_string(clock->now().us / 1'000'000));
          writer.field("biz_opaque_callback_data", opaque);
          writer.end_object();
          deliver(tenant, channel, InboxItem{InboxItem::Kind::status, id + ":" + status, std::move(body)});
        });
  }

  ChannelConfig config_;
  const Clock& clock_;
  DelayedRunner& runner_;
  DeliverItem deliver_;
  std::uint64_t seed_;
  std::vector<std::string> script_;
  std::atomic<std::uint64_t> handed_over_{0};
};

} // namespace

DelayedRunner::DelayedRunner() : thread_([this] { loop(); }) {}

DelayedRunner::~DelayedRunner() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void DelayedRunner::after(milliseconds delay, std::function<void()> run) {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  auto entry = waiting_.emplace(std::chrono::steady_clock::now() + delay, std::move(run));
  if (entry == waiting_.begin()) changed_.notify_all();
}

std::size_t DelayedRunner::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

void DelayedRunner::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    auto due = waiting_.begin()->first;
    if (due > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, due);
      continue;
    }
    auto run = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    lock.unlock();
    run();
    lock.lock();
  }
}

std::shared_ptr<Gateway> make_simulator(const ChannelConfig& config, const Clock& clock,
                                        DelayedRunner& runner, DeliverItem deliver) {
  return std::make_shared<Simulator>(config, clock, runner, std::move(deliver));
}

} // namespace renova::messaging

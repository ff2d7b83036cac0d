#include "http/outgoing.hpp"

#include "base/log.hpp"
#include "http/transfer.hpp"

#include <chrono>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

namespace renova::http {

namespace {

using Clock = std::chrono::steady_clock;
using Kind = OutgoingFailure::Kind;

constexpr std::size_t kHandlesKept = 256;
constexpr std::chrono::milliseconds kPollMax{1000};

class OutgoingClientImpl final : public OutgoingClient {
 public:
  explicit OutgoingClientImpl(Options options) : options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = curl_multi_init();
    if (initialised != CURLE_OK || multi_ == nullptr) throw std::runtime_error("libcurl cannot be set up");
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.connections_max));
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    thread_ = std::thread([this] { run(); });
  }

  ~OutgoingClientImpl() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    for (CURL* handle : handles_) curl_easy_cleanup(handle);
    curl_multi_cleanup(multi_);
  }

  void send(OutgoingRequest request, std::function<void(OutgoingResult)> done) override {
    auto transfer = std::make_unique<Transfer>();
    transfer->deadline = Clock::now() + request.total_timeout;
    transfer->private_allowed = options_.allow_private_addresses;
    transfer->request = std::move(request);
    transfer->done = std::move(done);
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = inbox_.empty();
      inbox_.push_back(std::move(transfer));
    }
    if (first) curl_multi_wakeup(multi_);
  }

 private:
  struct Host {
    int active = 0;
    std::deque<Transfer*> waiting;
  };

  void run();
  bool take_inbox(); // false: stopping
  void accept(std::unique_ptr<Transfer> transfer);
  void start(Transfer& transfer);
  void start_waiting();
  void forget_idle(const std::string& name);
  void collect();
  void expire_waiting(Clock::time_point now);
  void finish(Transfer& transfer, OutgoingResult result);
  void give_handle_back(Transfer& transfer);
  void stop_all();
  int poll_time() const;

  Options options_;
  CURLM* multi_ = nullptr;
  std::thread thread_;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Transfer>> inbox_;
  bool stopping_ = false;

  // The thread's own.
  std::unordered_map<Transfer*, std::unique_ptr<Transfer>> transfers_;
  std::map<std::string, Host> hosts_;
  std::set<std::pair<Clock::time_point, Transfer*>> waiting_; // by deadline
  std::deque<std::string> ready_hosts_;                       // have waiting transfers, and perhaps room
  std::vector<CURL*> handles_;
  int active_ = 0;
};

void OutgoingClientImpl::run() {
  pthread_setname_np(pthread_self(), "outgoing");
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  while (take_inbox()) {
    int running = 0;
    curl_multi_perform(multi_, &running);
    collect();
    expire_waiting(Clock::now());
    start_waiting();
    curl_multi_poll(multi_, nullptr, 0, poll_time(), nullptr);
  }
  stop_all();
}

int OutgoingClientImpl::poll_time() const {
  auto time = kPollMax;
  if (!waiting_.empty())
    time =
        std::min(time, std::chrono::ceil<std::chrono::milliseconds>(waiting_.begin()->first - Clock::now()));
  return static_cast<int>(std::max<std::int64_t>(0, time.count()));
}

bool OutgoingClientImpl::take_inbox() {
  std::vector<std::unique_ptr<Transfer>> taken;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    taken.swap(inbox_);
  }
  for (auto& transfer : taken) accept(std::move(transfer));
  return true;
}

void OutgoingClientImpl::accept(std::unique_ptr<Transfer> owned) {
  Transfer& transfer = *owned;
  transfers_.emplace(&transfer, std::move(owned));
  if (!prepare(transfer))
    return finish(transfer, OutgoingFailure{Kind::bad_url, false, "not a request that can be sent"});
  Host& host = hosts_[transfer.host];
  if (host.waiting.empty() && host.active < options_.connections_per_host_max &&
      active_ < options_.connections_max)
    return start(transfer);
  if (static_cast<int>(waiting_.size()) >= options_.waiting_max)
    return finish(transfer, OutgoingFailure{Kind::stopped, false, "too many requests are waiting"});
  if (host.waiting.empty()) ready_hosts_.push_back(transfer.host);
  host.waiting.push_back(&transfer);
  waiting_.emplace(transfer.deadline, &transfer);
}

void OutgoingClientImpl::start(Transfer& transfer) {
  if (handles_.empty()) {
    transfer.handle = curl_easy_init();
    if (transfer.handle != nullptr) configure_handle(transfer.handle, options_);
  } else {
    transfer.handle = handles_.back();
    handles_.pop_back();
  }
  if (transfer.handle == nullptr)
    return finish(transfer, OutgoingFailure{Kind::stopped, false, "out of memory"});
  ++hosts_[transfer.host].active;
  ++active_;
  configure(transfer);
  curl_multi_add_handle(multi_, transfer.handle);
}

// Starts what waits, one of each host in turn, as far as the limits allow.
void OutgoingClientImpl::start_waiting() {
  for (std::size_t stuck = 0; stuck < ready_hosts_.size() && active_ < options_.connections_max;) {
    const std::string name = std::move(ready_hosts_.front());
    ready_hosts_.pop_front();
    Host& host = hosts_[name];
    if (host.waiting.empty()) {
      forget_idle(name);
      continue;
    }
    if (host.active >= options_.connections_per_host_max) {
      ready_hosts_.push_back(name);
      ++stuck;
      continue;
    }
    Transfer& transfer = *host.waiting.front();
    host.waiting.pop_front();
    waiting_.erase({transfer.deadline, &transfer});
    if (!host.waiting.empty()) ready_hosts_.push_back(name);
    stuck = 0;
    start(transfer);
  }
}

void OutgoingClientImpl::forget_idle(const std::string& name) {
  const auto host = hosts_.find(name);
  if (host != hosts_.end() && host->second.active == 0 && host->second.waiting.empty()) hosts_.erase(host);
}

void OutgoingClientImpl::collect() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* user = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
    auto& transfer = *reinterpret_cast<Transfer*>(user);
    if (code == CURLE_OK &&
        !transfer.head_complete) { // libcurl takes the end of the connection for the end of the head
      finish(transfer, OutgoingFailure{Kind::broken, true, "the answer ends in the middle of its head"});
    } else if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
      transfer.response.status = static_cast<int>(status);
      finish(transfer, std::move(transfer.response));
    } else {
      const char* detail = transfer.detail[0] != '\0' ? transfer.detail : curl_easy_strerror(code);
      finish(transfer, OutgoingFailure{kind_of(code, transfer), was_sent(transfer), detail});
    }
  }
}

void OutgoingClientImpl::expire_waiting(Clock::time_point now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    Transfer& transfer = *waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    std::erase(hosts_[transfer.host].waiting, &transfer);
    finish(transfer, OutgoingFailure{Kind::timeout, false, "waited too long for a connection"});
  }
}

void OutgoingClientImpl::give_handle_back(Transfer& transfer) {
  curl_multi_remove_handle(multi_, transfer.handle);
  if (handles_.size() < kHandlesKept) {
    release(transfer.handle);
    handles_.push_back(transfer.handle);
  } else {
    curl_easy_cleanup(transfer.handle);
  }
  transfer.handle = nullptr;
}

void OutgoingClientImpl::finish(Transfer& transfer, OutgoingResult result) {
  const auto owned = std::move(transfers_.extract(&transfer).mapped());
  if (owned->handle != nullptr) {
    give_handle_back(*owned);
    --active_;
    --hosts_[owned->host].active;
    forget_idle(owned->host);
  }
  try {
    owned->done(std::move(result));
  } catch (const std::exception& bug) {
    log::error("outgoing_done_threw", {{"what", bug.what()}});
  }
}

void OutgoingClientImpl::stop_all() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      for (auto& transfer : inbox_) {
        Transfer* key = transfer.get();
        transfers_.emplace(key, std::move(transfer));
      }
      inbox_.clear();
    }
    if (transfers_.empty()) return;
    Transfer& transfer = *transfers_.begin()->second;
    const bool sent = transfer.handle != nullptr && was_sent(transfer);
    finish(transfer, OutgoingFailure{Kind::stopped, sent, "the client is being stopped"});
  }
}

} // namespace

std::unique_ptr<OutgoingClient> OutgoingClient::create(Options options) {
  return std::make_unique<OutgoingClientImpl>(std::move(options));
}

} // namespace renova::http

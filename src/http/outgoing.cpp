#include "http/outgoing.hpp"

#include "base/log.hpp"
#include "http/address.hpp"
#include "http/syntax.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace renova::http {

namespace {

using Clock = std::chrono::steady_clock;
using Kind = OutgoingFailure::Kind;

constexpr std::size_t kResponseHeadMax = 64 * 1024; // bytes of header lines of one answer
constexpr long kIdleConnectionMax = 60;             // seconds; older ones are closed instead of used again
constexpr std::size_t kHandlesKept = 256;
constexpr std::chrono::milliseconds kPollMax{1000};

struct Transfer {
  OutgoingRequest request;
  std::function<void(OutgoingResult)> done;
  Clock::time_point deadline;
  std::string host; // scheme, host and port: what the connection limit counts by
  CURL* handle = nullptr;
  curl_slist* headers = nullptr;
  bool private_allowed = false;

  // What the callbacks see.
  Response response;
  std::size_t head_bytes = 0;
  bool opened = false;         // a socket to an allowed address was made
  bool refused = false;        // an address was refused
  bool handed_over = false;    // the connection stood and the request began to be written
  bool replay_refused = false; // libcurl wanted to send the request once more
  bool head_complete = false;  // the empty line behind the header lines has come
  bool too_large = false;
  char detail[CURL_ERROR_SIZE] = {};

  ~Transfer() { curl_slist_free_all(headers); }
};

// Called for each new connection with the address that was really resolved, so neither a host name, an odd
// notation (decimal, octal) nor a second look-up gets around the filter.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.handed_over) {
    transfer.replay_refused = true;
    return CURL_SOCKET_BAD;
  }
  if (!transfer.private_allowed && !is_public_address(address->addr)) {
    transfer.refused = true;
    return CURL_SOCKET_BAD;
  }
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  transfer.opened = true;
  return fd;
}

// Called when the connection stands (TLS included), right before the request is written. libcurl sends a
// request a second time when a kept connection dies before the answer begins; for us that would be a message
// sent twice.
int on_before_request(void* user, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.handed_over) {
    transfer.replay_refused = true;
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.handed_over = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.head_bytes += size;
  if (transfer.head_bytes > kResponseHeadMax) {
    transfer.too_large = true;
    return 0;
  }
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) { // an interim answer (1xx) was before it
    transfer.response.headers = {};
    transfer.head_complete = false;
    return size;
  }
  if (line == "\r\n" || line == "\n") transfer.head_complete = true;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string_view value = line.substr(colon + 1);
  while (value.ends_with('\r') || value.ends_with('\n')) value.remove_suffix(1);
  transfer.response.headers.add(std::string(line.substr(0, colon)), std::string(syntax::trim_ows(value)));
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + size > transfer.request.response_max) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, size);
  return size;
}

// Checks what libcurl would take on trust, and finds the key for the connection limit. False: a bad request.
bool prepare(Transfer& transfer) {
  const OutgoingRequest& request = transfer.request;
  if (!syntax::is_token(request.method)) return false;
  for (const Header& line : request.headers.lines())
    if (!syntax::is_token(line.name) || !syntax::all_of(line.value, syntax::kFieldValue)) return false;
  // libcurl would skip a third slash, as browsers do.
  if (request.url.find(":///") != std::string::npos) return false;
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), 0) != CURLUE_OK) return false;
  if (request.url.size() != std::string_view(request.url.c_str()).size()) return false; // a NUL inside
  auto part = [&](CURLUPart which, unsigned flags) {
    char* text = nullptr;
    std::string copy;
    if (curl_url_get(url.get(), which, &text, flags) == CURLUE_OK) copy = text;
    curl_free(text);
    return copy;
  };
  const std::string scheme = part(CURLUPART_SCHEME, 0);
  if (scheme != "http" && scheme != "https") return false;
  if (!part(CURLUPART_USER, 0).empty() || !part(CURLUPART_PASSWORD, 0).empty()) return false;
  transfer.host = scheme + "://" + part(CURLUPART_HOST, 0) + ":" + part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return true;
}

void configure_method(Transfer& transfer) {
  CURL* handle = transfer.handle;
  const OutgoingRequest& request = transfer.request;
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.method == "GET" && request.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
  } else if (request.method == "POST" || !request.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data()); // not copied; lives in the transfer
  }
  if (request.method != "HEAD") curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  auto add = [&](const std::string& line) {
    transfer.headers = curl_slist_append(transfer.headers, line.c_str());
  };
  add("Expect:"); // no 100-continue
  if (!request.headers.has("Content-Type")) add("Content-Type:");
  // "Name;" is libcurl's way to write a field without a value.
  for (const Header& line : request.headers.lines())
    add(line.value.empty() ? line.name + ";" : line.name + ": " + line.value);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, transfer.headers);
}

void configure(Transfer& transfer, const OutgoingClient::Options& options) {
  CURL* handle = transfer.handle;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(transfer.deadline - Clock::now());
  const auto connect = std::min(transfer.request.connect_timeout, left);
  curl_easy_setopt(handle, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(handle, CURLOPT_URL, transfer.request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, ""); // no proxy from the environment
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L); // do not wait for a hanging look-up when stopping
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, kIdleConnectionMax);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, std::max<long>(1, static_cast<long>(left.count())));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, std::max<long>(1, static_cast<long>(connect.count())));
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, on_before_request);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer.detail);
  configure_method(transfer);
}

// Whether a byte of the request may have left. Over plain HTTP libcurl's count of written bytes is exact;
// over TLS a record may have left although its write failed, so the beginning of the write counts.
bool was_sent(const Transfer& transfer) {
  if (!transfer.handed_over) return false;
  if (transfer.host.starts_with("https:")) return true;
  long bytes = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

Kind kind_of(CURLcode code, const Transfer& transfer) {
  if (transfer.too_large) return Kind::too_large;
  if (transfer.replay_refused) return Kind::broken;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Kind::timeout;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Kind::resolve;
    case CURLE_COULDNT_CONNECT:
      return transfer.refused && !transfer.opened ? Kind::refused_address : Kind::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_INITFAILED:
      return Kind::tls;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: // also: an answer that is no HTTP
      return transfer.handed_over ? Kind::broken : Kind::bad_url;
    default:
      return transfer.handed_over ? Kind::broken : Kind::connect;
  }
}

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
  std::map<Transfer*, std::unique_ptr<Transfer>> transfers_;
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
  } else {
    transfer.handle = handles_.back();
    handles_.pop_back();
  }
  if (transfer.handle == nullptr)
    return finish(transfer, OutgoingFailure{Kind::stopped, false, "out of memory"});
  ++hosts_[transfer.host].active;
  ++active_;
  configure(transfer, options_);
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
    curl_easy_reset(transfer.handle);
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
    Transfer& transfer = *transfers_.begin()->first;
    const bool sent = transfer.handle != nullptr && was_sent(transfer);
    finish(transfer, OutgoingFailure{Kind::stopped, sent, "the client is being stopped"});
  }
}

} // namespace

std::unique_ptr<OutgoingClient> OutgoingClient::create(Options options) {
  return std::make_unique<OutgoingClientImpl>(std::move(options));
}

} // namespace renova::http

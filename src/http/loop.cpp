#include "http/loop.hpp"

#include "base/log.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace renova::http {

namespace {

constexpr int kBacklog = 4096;
constexpr int kAcceptBatch = 64;
constexpr std::chrono::milliseconds kAcceptBackOff{50};
// Above the cap so many connections still get a 503; beyond that they are closed at once.
constexpr int kOverLimitMax = 256;

constexpr int kUnsentMax = 128 * 1024;     // bytes
constexpr int kEventsMax = 128;            // of one look at the sockets
constexpr int kEventsWorthAnotherLook = 8; // so many were ready: by now others are
constexpr int kPollsInARow = 8;            // before timers and posted work get their turn

thread_local Loop* current_loop = nullptr;

// An eighth of the shortest deadline is exact enough, and half a second is often enough.
std::chrono::milliseconds tick_for(const ServerOptions& o) {
  const auto shortest = std::min(
      {o.header_deadline, o.body_deadline, o.idle_deadline, o.write_deadline, o.websocket_close_deadline});
  return std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
}

// "10.1.2.3", also when it came to an IPv6 socket.
std::string text_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
  } else if (address.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr))
      inet_ntop(AF_INET, in.sin6_addr.s6_addr + 12, text, sizeof text);
    else
      inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
  }
  return text;
}

void set_option(int fd, int option, int value) {
  ::setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value);
}

} // namespace

void Descriptor::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

void ServerShared::connection_closed() {
  if (connections.fetch_sub(1) != 1) return;
  const std::lock_guard lock(mutex);
  emptied.notify_all();
}

Response ServerShared::protocol_error(int status, std::string_view detail) const {
  if (options.protocol_error) return options.protocol_error(status, detail);
  Response response{.status = status,
                    .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                    .body = std::string(detail)};
  response.body += '\n';
  return response;
}

Loop::Loop(std::shared_ptr<ServerShared> shared)
    : shared_(std::move(shared)),
      context_(1),
      work_(asio::make_work_guard(context_)),
      poller_(context_.get_executor(), ::epoll_create1(EPOLL_CLOEXEC)),
      acceptor_(context_.get_executor()),
      back_off_(context_.get_executor()),
      ticker_(context_.get_executor()),
      tick_(tick_for(shared_->options)) {}

Loop::~Loop() = default;

Loop* Loop::current() { return current_loop; }

result<void> Loop::listen(const Tcp::endpoint& endpoint) {
  SystemError error;
  const asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT> reuse_port(true);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.set_option(reuse_port, error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (error)
    return Error(ErrorCode::unavailable, "cannot listen on " + endpoint.address().to_string() + ":" +
                                             std::to_string(endpoint.port()) + ": " + error.message());
  accept_soon();
  return {};
}

void Loop::run() {
  current_loop = this;
  poll_soon();
  context_.run();
  current_loop = nullptr;
}

void Loop::stop() {
  const std::lock_guard lock(post_mutex_);
  stopped_ = true;
  context_.stop();
}

void Loop::watch(int fd, Connection& connection, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &connection;
  ::epoll_ctl(poller_.native_handle(), EPOLL_CTL_ADD, fd, &event);
}

void Loop::change_watch(int fd, Connection& connection, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &connection;
  ::epoll_ctl(poller_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void Loop::unwatch(int fd) { ::epoll_ctl(poller_.native_handle(), EPOLL_CTL_DEL, fd, nullptr); }

void Loop::poll_soon() {
  poller_.async_wait(asio::posix::descriptor_base::wait_read, [this](SystemError error) {
    if (!error) poll_now();
  });
}

void Loop::poll_now() {
  std::array<epoll_event, kEventsMax> events;
  polling_ = true;
  for (int i = 0; i < kPollsInARow; ++i) {
    const int count = ::epoll_wait(poller_.native_handle(), events.data(), kEventsMax, 0);
    if (count <= 0) break;
    for (const epoll_event& event : std::span(events.data(), static_cast<std::size_t>(count)))
      static_cast<Connection*>(event.data.ptr)->on_ready(event.events);
    removed_.clear();
    if (count < kEventsWorthAnotherLook) break;
  }
  polling_ = false;
  poll_soon();
}

void Loop::accept_soon() {
  acceptor_.async_wait(Acceptor::wait_read, [this](SystemError error) {
    if (!error) accept_now();
  });
}

void Loop::accept_now() {
  for (int i = 0; i < kAcceptBatch; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    Descriptor socket(::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) {
      if (errno == EAGAIN) break;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return back_off();
      continue; // the peer has gone already, or the like
    }
    backing_off_ = false;
    const auto open = shared_->connections.load(std::memory_order_relaxed);
    if (open >= options().connections_max + kOverLimitMax) continue;
    set_option(socket.get(), TCP_NODELAY, 1);
    // The kernel holds little of what a slow reader has not taken, so that the pace of a write is the
    // reader's.
    set_option(socket.get(), TCP_NOTSENT_LOWAT, kUnsentMax);
    shared_->connections.fetch_add(1);
    start_session(*this, std::move(socket), text_of(address), open >= options().connections_max);
  }
  accept_soon();
}

// Out of file descriptors or memory: the kernel keeps the connection in its backlog, and at once trying again
// would only burn this thread.
void Loop::back_off() {
  if (!std::exchange(backing_off_, true)) log::warning("http_accept_back_off", {});
  back_off_.expires_after(kAcceptBackOff);
  back_off_.async_wait([this](SystemError error) {
    if (!error) accept_now();
  });
}

void Loop::begin_drain() {
  SystemError error;
  if (acceptor_.is_open()) {
    accept_now(); // who got through the handshake gets an answer
    acceptor_.close(error);
  }
  back_off_.cancel();
  for (const auto& connection : all()) connection->on_drain();
}

void Loop::abort_all() {
  SystemError error;
  acceptor_.close(error);
  for (const auto& connection : all()) connection->abort();
}

// A copy: what one connection does at its end may end another one.
std::vector<std::shared_ptr<Connection>> Loop::all() const {
  return {connections_.begin(), connections_.end()};
}

void Loop::add(std::shared_ptr<Connection> connection) {
  Connection& added = *connection;
  added.place_ = connections_.insert(connections_.end(), std::move(connection));
  added.registered_ = true;
  tick_soon();
}

void Loop::remove(Connection& connection) {
  if (!std::exchange(connection.registered_, false)) return;
  if (polling_) removed_.push_back(*connection.place_);
  connections_.erase(connection.place_);
}

void Loop::tick_soon() {
  if (ticking_ || connections_.empty()) return;
  ticking_ = true;
  ticker_.expires_after(tick_);
  ticker_.async_wait([this](SystemError error) {
    ticking_ = false;
    if (error) return;
    const TimePoint now = SteadyClock::now();
    for (const auto& connection : all()) connection->on_tick(now);
    tick_soon();
  });
}

} // namespace renova::http

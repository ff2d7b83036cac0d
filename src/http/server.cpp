#include "http/server.hpp"

#include "http/loop.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <csignal>
#include <thread>

namespace renova::http {

namespace {

// SO_REUSEPORT would let a second server of the same user share the port in silence; a plain bind tells.
result<Tcp::endpoint> claim_port(const ServerOptions& options) {
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  SystemError error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return Error(ErrorCode::unavailable, "not an IP address to listen on: " + options.host);
  asio::io_context context;
  Acceptor probe(context.get_executor());
  const Tcp::endpoint wanted(address, options.port);
  probe.open(wanted.protocol(), error);
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(wanted, error);
  if (error)
    return Error(ErrorCode::unavailable, "cannot listen on " + options.host + ":" +
                                             std::to_string(options.port) + ": " + error.message());
  return wanted;
}

class ServerImpl final : public Server {
 public:
  explicit ServerImpl(ServerOptions options) : shared_(std::make_shared<ServerShared>()) {
    shared_->options = std::move(options);
  }
  ~ServerImpl() override { drain(std::chrono::milliseconds(0)); }

  result<void> start() {
    TRY(Tcp::endpoint endpoint, claim_port(shared_->options));
    int count = shared_->options.threads;
    if (count <= 0) count = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    for (int i = 0; i < count; ++i) {
      auto loop = std::make_shared<Loop>(shared_);
      TRY_DO(loop->listen(endpoint));
      endpoint.port(loop->port()); // port 0: the others share what the first one got
      loops_.push_back(std::move(loop));
    }
    port_ = endpoint.port();
    // Signals are for the thread that waits for them, which is none of these.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (const auto& loop : loops_)
      threads_.emplace_back([loop] {
        pthread_setname_np(pthread_self(), "http");
        loop->run();
      });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void drain(std::chrono::milliseconds grace) override {
    if (threads_.empty()) return;
    shared_->draining = true;
    for (const auto& loop : loops_) loop->post([l = loop.get()] { l->begin_drain(); });
    {
      std::unique_lock lock(shared_->mutex);
      shared_->emptied.wait_for(lock, grace, [&] { return shared_->connections == 0; });
    }
    for (const auto& loop : loops_) {
      loop->post([l = loop.get()] {
        l->abort_all();
        l->stop();
      });
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  Figures figures() const override { return {shared_->connections, shared_->websockets}; }

 private:
  std::shared_ptr<ServerShared> shared_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
};

} // namespace

result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
  auto server = std::make_unique<ServerImpl>(std::move(options));
  TRY_DO(server->start());
  return std::unique_ptr<Server>(std::move(server));
}

} // namespace renova::http

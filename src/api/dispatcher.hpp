// The way of every request: id → route → who → how often → may they → once → endpoint → answer → metrics and
// log.
#pragma once

#include "api/application.hpp"
#include "api/guard.hpp"
#include "api/peer.hpp"
#include "api/static_files.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace renova::api {

class Dispatcher {
 public:
  Dispatcher(storage::Database& database, Clock& clock, Metrics& metrics, Guard& guard,
             const RouteTable& routes, const EmbeddedFiles& files, const Options& options);
  ~Dispatcher();

  void handle(http::Request request, http::Responder respond);
  std::size_t body_max(const http::Request& head) const;
  // Address and scheme of a request, through the trusted proxies.
  Peer peer_of(const http::Request& request) const { return find_peer(request, trusted_); }

 private:
  struct Exchange;
  using ExchangePtr = std::shared_ptr<Exchange>;

  void route(const ExchangePtr& exchange);
  void admit(const ExchangePtr& exchange, result<Identity> identity);
  RateVerdict limit(const Exchange& exchange, const Identity& identity);
  void run(const ExchangePtr& exchange);
  void run_handler(const ExchangePtr& exchange, const ReadHandler& handler);
  void run_handler(const ExchangePtr& exchange, const WriteHandler& handler);
  void run_handler(const ExchangePtr& exchange, const SystemReadHandler& handler);
  void run_handler(const ExchangePtr& exchange, const SystemWriteHandler& handler);
  void run_handler(const ExchangePtr& exchange, const CustomHandler& handler);
  void answer(const ExchangePtr& exchange, result<Reply> reply);
  void fail(const ExchangePtr& exchange, const Error& error);
  void finish(const ExchangePtr& exchange, http::Response response);
  void add_headers(const Exchange& exchange, http::Response& response) const;
  void measure(const Exchange& exchange, int status);

  storage::Database& database_;
  Clock& clock_;
  Guard& guard_;
  const RouteTable& routes_;
  const EmbeddedFiles& files_;
  const Options& options_;
  std::vector<AddressBlock> trusted_;
  RateLimiter anonymous_;
  RateLimiter members_;
  RateLimiter messages_;
  // Requests that have not been answered yet: their work ends in this object, so that it must not end before.
  struct UnderWay {
    void add(int change);
    void wait_for_none();
    std::mutex mutex;
    std::condition_variable none;
    std::int64_t count = 0;
  };
  UnderWay under_way_;
  struct Instruments;
  std::unique_ptr<Instruments> instruments_;
};

} // namespace renova::api

// A local server that stands in for Meta's Graph API: it takes messages, remembers each request, and can
// misbehave.
#pragma once

#include "http/server.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace renova::test {

class FakeMeta {
 public:
  struct Taken {
    std::string to;
    std::string key; // biz_opaque_callback_data
    std::string body;
    std::chrono::steady_clock::time_point at;
    std::string wamid;
  };
  // Decides the answer to the n-th request (from 0); the default is Meta's success.
  using Script = std::function<http::Response(std::size_t n, const Taken& taken)>;

  explicit FakeMeta(Script script = {});
  ~FakeMeta();

  std::string url() const;
  std::vector<Taken> taken() const;
  std::size_t count() const;
  void set_script(Script script);
  // How long the answer to the n-th request is held back; not at all by default.
  using Delay = std::function<std::chrono::milliseconds(std::size_t n)>;
  void set_delay(Delay delay);

  // How often each message was handed over, by the message id inside the key ("v1:<tenant>:<message>:…").
  std::map<std::string, int> times_by_message() const;

  static http::Response success(const std::string& to, const std::string& wamid);

 private:
  using Time = std::chrono::steady_clock::time_point;
  void handle(http::Request request, http::Responder respond);
  void answer_when_due();

  mutable std::mutex mutex_;
  std::vector<Taken> taken_;
  Script script_;
  Delay delay_;
  std::multimap<Time, std::function<void()>> waiting_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread answering_;
  std::unique_ptr<http::Server> server_;
};

// The body of a status webhook for one message, as Meta sends it, and its signature header.
std::string status_webhook(const std::string& wamid, const std::string& status, const std::string& to,
                           const std::string& key, std::int64_t unix_s);
std::string meta_signature(const std::string& app_secret, const std::string& body);

} // namespace renova::test

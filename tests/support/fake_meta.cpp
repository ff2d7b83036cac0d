#include "tests/support/fake_meta.hpp"

#include "base/crypto.hpp"

#include <boost/json.hpp>

#include <stdexcept>

namespace renova::test {
namespace {

namespace json = boost::json;

std::string text_at(const json::value& value, const char* key) {
  const auto* found = value.is_object() ? value.get_object().if_contains(key) : nullptr;
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

} // namespace

FakeMeta::FakeMeta(Script script) : script_(std::move(script)) {
  http::ServerOptions options;
  options.port = 0;
  options.threads = 1;
  options.body_max = [](const http::Request&) { return std::size_t{1024 * 1024}; };
  options.handle = [this](http::Request request, http::Responder respond) {
    handle(std::move(request), std::move(respond));
  };
  options.upgrade = [](std::shared_ptr<http::WebSocket>) { return std::nullopt; };
  options.protocol_error = [](int status, std::string_view) {
    http::Response response;
    response.status = status;
    return response;
  };
  auto started = http::Server::start(std::move(options));
  if (started.has_error()) throw std::runtime_error(started.error().detail);
  server_ = std::move(*started);
  answering_ = std::thread([this] { answer_when_due(); });
}

FakeMeta::~FakeMeta() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  answering_.join();
  server_->drain(std::chrono::seconds(0));
}

void FakeMeta::answer_when_due() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
    } else if (auto first = waiting_.begin(); first->first > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, Time(first->first));
    } else {
      auto answer = std::move(first->second);
      waiting_.erase(first);
      lock.unlock();
      answer();
      lock.lock();
    }
  }
}

void FakeMeta::set_delay(Delay delay) {
  std::lock_guard lock(mutex_);
  delay_ = std::move(delay);
}

std::string FakeMeta::url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

std::vector<FakeMeta::Taken> FakeMeta::taken() const {
  std::lock_guard lock(mutex_);
  return taken_;
}

std::size_t FakeMeta::count() const {
  std::lock_guard lock(mutex_);
  return taken_.size();
}

void FakeMeta::set_script(Script script) {
  std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

std::map<std::string, int> FakeMeta::times_by_message() const {
  std::map<std::string, int> times;
  for (const auto& taken : this->taken()) {
    auto tenant_end = taken.key.find(':', taken.key.find(':') + 1);
    auto end = taken.key.find(':', tenant_end + 1);
    ++times[taken.key.substr(tenant_end + 1, end - tenant_end - 1)];
  }
  return times;
}

http::Response FakeMeta::success(const std::string& to, const std::string& wamid) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body =
      json::serialize(json::object{{"messaging_product", "whatsapp"},
                                   {"contacts", json::array{json::object{{"input", to}, {"wa_id", to}}}},
                                   {"messages", json::array{json::object{{"id", wamid}}}}});
  return response;
}

void FakeMeta::handle(http::Request request, http::Responder respond) {
  boost::system::error_code failed;
  json::value value = json::parse(request.body, failed);
  Taken taken{text_at(value, "to"),
              text_at(value, "biz_opaque_callback_data"),
              request.body,
              std::chrono::steady_clock::now(),
              {}};
  http::Response response;
  {
    std::lock_guard lock(mutex_);
    std::size_t n = taken_.size();
    taken.wamid = "wamid.TEST" + std::to_string(n);
    taken_.push_back(taken);
    response = script_ ? script_(n, taken) : success(taken.to, taken.wamid);
    if (delay_) {
      waiting_.emplace(std::chrono::steady_clock::now() + delay_(n),
                       [respond, response] { respond(response); });
      changed_.notify_all();
      return;
    }
  }
  respond(std::move(response));
}

std::string status_webhook(const std::string& wamid, const std::string& status, const std::string& to,
                           const std::string& key, std::int64_t unix_s) {
  json::object item{
      {"id", wamid}, {"status", status}, {"timestamp", std::to_string(unix_s)}, {"recipient_id", to}};
  if (!key.empty()) item["biz_opaque_callback_data"] = key;
  json::object change{{"field", "messages"},
                      {"value", json::object{{"messaging_product", "whatsapp"},
                                             {"metadata", json::object{{"phone_number_id", "100200300"}}},
                                             {"statuses", json::array{item}}}}};
  return json::serialize(json::object{
      {"object", "whatsapp_business_account"},
      {"entry", json::array{json::object{{"id", "900800700"}, {"changes", json::array{change}}}}}});
}

std::string meta_signature(const std::string& app_secret, const std::string& body) {
  return "sha256=" + to_hex(hmac_sha256(app_secret, body));
}

} // namespace renova::test

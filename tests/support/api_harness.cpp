#include "tests/support/api_harness.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "services/members.hpp"
#include "services/onboarding.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <ostream>
#include <stdexcept>

namespace renova::test {
namespace {

namespace json = boost::json;

constexpr int kPatienceSeconds = 30;

// One hash for all people of the tests: making one costs as much as a sign-in.
const std::string& owner_hash() {
  static const std::string hash = hash_password(kOwnerPassword);
  return hash;
}

// A blocking connection that gives up after kPatienceSeconds.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    timeval patience{kPatienceSeconds, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect to the server under test");
    }
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  ApiResponse read(bool head) {
    ApiResponse response;
    std::string line = read_line();
    if (line.size() < 12) return response;
    std::from_chars(line.data() + 9, line.data() + 12, response.status);
    while (!(line = read_line()).empty()) {
      std::size_t colon = line.find(':');
      if (colon == line.npos) break;
      response.headers.emplace(to_lower(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
    }
    bool no_body = head || response.status == 204 || response.status == 304 || response.status < 200;
    if (no_body) return response;
    if (response.header("transfer-encoding") == "chunked") {
      read_chunks(response);
    } else if (std::string length = response.header("content-length"); !length.empty()) {
      response.body = read_exactly(std::stoul(length));
    } else {
      while (fill()) {
      }
      response.body = std::exchange(buffer_, {});
    }
    return response;
  }

 private:
  bool fill() {
    char bytes[16384];
    ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  std::string read_line() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == buffer_.npos) {
      if (!fill()) return {};
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }
  std::string read_exactly(std::size_t count) {
    while (buffer_.size() < count && fill()) {
    }
    std::string bytes = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return bytes;
  }
  void read_chunks(ApiResponse& response) {
    while (true) {
      std::size_t size = 0;
      std::string line = read_line();
      std::from_chars(line.data(), line.data() + line.size(), size, 16);
      if (size == 0) break;
      response.body += read_exactly(size);
      read_line();
    }
    read_line();
  }

  int fd_;
  std::string buffer_;
};

const json::value* at_path(const json::value& root, std::string_view path) {
  const json::value* value = &root;
  while (!path.empty() && value) {
    std::size_t dot = path.find('.');
    std::string_view step = path.substr(0, dot);
    path = dot == path.npos ? std::string_view{} : path.substr(dot + 1);
    if (value->is_object()) {
      value = value->get_object().if_contains(step);
    } else if (value->is_array()) {
      std::size_t index = 0;
      std::from_chars(step.data(), step.data() + step.size(), index);
      value = value->get_array().if_contains(index);
    } else {
      return nullptr;
    }
  }
  return value;
}

bool has_header(const ApiHeaders& headers, std::string_view name) {
  for (const auto& [each, value] : headers) {
    if (equals_ignoring_case(each, name)) return true;
  }
  return false;
}

void lift_limits(api::Options& options) {
  options.limits.anonymous_hour.calls = 0;
  options.limits.anonymous_day.calls = 0;
  options.limits.signed_in.calls = 0;
  options.limits.messages.calls = 0;
}

} // namespace

std::string ApiResponse::header(const std::string& name) const {
  auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

json::value ApiResponse::json() const {
  json::error_code ec;
  json::value value = json::parse(body, ec);
  return ec ? json::value() : value;
}

std::string ApiResponse::text(std::string_view path) const {
  json::value root = json();
  const json::value* found = at_path(root, path);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::int64_t ApiResponse::number(std::string_view path) const {
  json::value root = json();
  const json::value* found = at_path(root, path);
  return found && found->is_int64() ? found->get_int64() : -1;
}

std::string ApiResponse::cookie(const std::string& name) const {
  auto [begin, end] = headers.equal_range("set-cookie");
  for (auto line = begin; line != end; ++line) {
    if (!line->second.starts_with(name + "=")) continue;
    std::string value = line->second.substr(name.size() + 1);
    return value.substr(0, value.find(';'));
  }
  return {};
}

std::ostream& operator<<(std::ostream& out, const ApiResponse& response) {
  return out << response.status << ' ' << response.body;
}

ApiHarness::ApiHarness(storage::Engine engine, Options options)
    : clock(must(parse_instant(options.start)), TestClock::Flow::frozen), database(engine) {
  crypto_init();
  secrets = std::make_unique<SecretBox>(1, std::string(32, 'k'));
  live = std::make_unique<messaging::LiveHub>(clock);
  start(options);
  if (!options.sign_in) return;
  services::NewMember member{std::string(kOwnerEmail), "Olivia Owner", owner_hash(), services::Role::owner};
  auto added = must(database->write_now([&](storage::Transaction& tx) {
    return services::add_user(tx, "Test Business", member, clock.now());
  }));
  tenant = added.tenant;
  owner = added.user;
  token = sign_in(kOwnerEmail, kOwnerPassword);
}

ApiHarness::~ApiHarness() {
  if (server_) server_->drain(std::chrono::seconds(5));
  server_.reset();
  application.reset();
}

void ApiHarness::start(const Options& options) {
  api::Options chosen;
  chosen.version = "0.0.0-test";
  lift_limits(chosen);
  if (options.adjust) options.adjust(chosen);
  api::Dependencies dependencies{*database, clock, metrics, *secrets, *live, {}, {}, {}, {}};
  if (options.routes) dependencies.more_routes = options.routes(*this);
  if (options.depend) options.depend(*this, dependencies);
  application = std::make_unique<api::Application>(std::move(dependencies), std::move(chosen));
  http::ServerOptions server = api::make_server_options(*application);
  server.port = 0;
  server.threads = 2;
  server_ = must(http::Server::start(std::move(server)));
  port = server_->port();
}

ApiResponse ApiHarness::anonymous(const std::string& method, const std::string& target, std::string body,
                                  ApiHeaders headers) {
  std::string bytes = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                      "\r\nConnection: close\r\n";
  if (!body.empty() && !has_header(headers, "Content-Type")) bytes += "Content-Type: application/json\r\n";
  for (const auto& [name, value] : headers) bytes += name + ": " + value + "\r\n";
  if (!body.empty() || (method != "GET" && method != "HEAD")) {
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return raw(bytes + "\r\n" + body, method == "HEAD");
}

ApiResponse ApiHarness::call(const std::string& method, const std::string& target, std::string body,
                             ApiHeaders headers) {
  if (!has_header(headers, "Authorization")) headers.emplace_back("Authorization", "Bearer " + token);
  return anonymous(method, target, std::move(body), std::move(headers));
}

ApiResponse ApiHarness::raw(const std::string& bytes, bool head) {
  Connection connection(port);
  connection.send(bytes);
  return connection.read(head);
}

std::string ApiHarness::sign_in(std::string_view email, std::string_view password, ApiHeaders headers) {
  json::object body{{"email", email}, {"password", password}};
  ApiResponse response = anonymous("POST", "/api/v1/auth/login", json::serialize(body), std::move(headers));
  if (response.status != 200) throw std::runtime_error("sign-in failed: " + response.body);
  return response.text("access_token");
}

std::string ApiHarness::token_of(services::Role role) {
  std::string email = std::string(to_text(role)) + "@example.com";
  if (role != services::Role::owner) {
    services::NewMember member{email, "Some Body", owner_hash(), role};
    auto added = database->write_now([&](storage::Transaction& tx) {
      storage::TenantTransaction scoped = tx.tenant(storage::TenantScope(tenant));
      return services::add_member(scoped, member, services::Actor::system(), clock.now());
    });
    bool there_already = added.has_error() && added.error().code == ErrorCode::conflict;
    if (!there_already) must(std::move(added));
  }
  return "Bearer " + sign_in(email, kOwnerPassword);
}

std::string ApiHarness::foreign_owner() {
  services::NewMember member{"foreign@example.org", "Fabio Foreign", owner_hash(), services::Role::owner};
  auto added = database->write_now([&](storage::Transaction& tx) {
    return services::add_user(tx, "Foreign Business", member, clock.now());
  });
  bool there_already = added.has_error() && added.error().code == ErrorCode::conflict;
  if (!there_already) must(std::move(added));
  return "Bearer " + sign_in("foreign@example.org", kOwnerPassword);
}

void expect_problem(const ApiResponse& response, int status, std::string_view code,
                    std::string_view pointer) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(response.header("content-type"), "application/problem+json") << response.body;
  EXPECT_EQ(response.text("code"), code) << response.body;
  EXPECT_EQ(response.number("status"), status);
  if (pointer.empty()) return;
  bool found = false;
  json::value body = response.json();
  const json::value* errors = at_path(body, "errors");
  if (errors && errors->is_array()) {
    for (const json::value& error : errors->get_array()) {
      const json::value* at = at_path(error, "pointer");
      found = found || (at && at->is_string() && std::string_view(at->get_string()) == pointer);
    }
  }
  EXPECT_TRUE(found) << "no error at " << pointer << " in " << response.body;
}

void expect_status(const ApiResponse& response, int status) {
  EXPECT_EQ(response.status, status) << response.body;
}

} // namespace renova::test

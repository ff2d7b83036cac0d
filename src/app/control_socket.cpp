#include "app/control_socket.hpp"

#include "base/crypto.hpp"
#include "base/log.hpp"

#include <boost/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

namespace renova::app {
namespace {

namespace json = boost::json;

// Closes its descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error broken() { return Error(ErrorCode::unavailable, "the running server broke off; look at its log"); }

bool fill_address(const std::string& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    ssize_t n = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Reads until the other side has finished writing; nothing when it broke off or sent too much.
std::optional<std::string> read_all(int fd) {
  std::string data;
  char buffer[64 * 1024];
  for (;;) {
    ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) return data;
    data.append(buffer, static_cast<std::size_t>(n));
    if (data.size() > ControlSocket::kMessageMax) return std::nullopt;
  }
}

std::string to_json(const ControlRequest& request) {
  json::array words(request.words.begin(), request.words.end());
  return json::serialize(
      json::object{{"words", words}, {"folder", request.folder}, {"input", to_base64(request.input)}});
}

std::optional<ControlRequest> request_from_json(const std::string& text) {
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  if (failed || !value.is_object()) return std::nullopt;
  ControlRequest request;
  try {
    for (const auto& word : value.at("words").as_array()) request.words.emplace_back(word.as_string());
    request.folder = value.at("folder").as_string();
    auto input = from_base64(std::string_view(value.at("input").as_string()));
    if (input.has_error()) return std::nullopt;
    request.input = *input;
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return request;
}

std::string to_json(const ControlAnswer& answer) {
  return json::serialize(json::object{{"exit_code", answer.exit_code},
                                      {"output", to_base64(answer.output)},
                                      {"error", to_base64(answer.error)}});
}

result<ControlAnswer> answer_from_json(const std::string& text) {
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  if (failed || !value.is_object()) return broken();
  try {
    ControlAnswer answer;
    answer.exit_code = static_cast<int>(value.at("exit_code").as_int64());
    TRY(answer.output, from_base64(std::string_view(value.at("output").as_string())));
    TRY(answer.error, from_base64(std::string_view(value.at("error").as_string())));
    return answer;
  } catch (const std::exception&) {
    return broken();
  }
}

class Listener final : public ControlSocket {
 public:
  Listener(int fd, std::string path, Serve serve)
      : socket_(fd), path_(std::move(path)), serve_(std::move(serve)), thread_([this] { run(); }) {}
  ~Listener() override {
    stopping_ = true;
    thread_.join();
    ::unlink(path_.c_str());
  }

 private:
  void run() {
    while (!stopping_) {
      pollfd waiting{socket_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 200) <= 0) continue;
      Descriptor connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (connection.get() >= 0) serve_one(connection.get());
    }
  }

  void serve_one(int connection) {
    timeval patience{30, 0}; // a caller that stops sending or reading must not hold the socket
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    auto text = read_all(connection);
    auto request = text ? request_from_json(*text) : std::nullopt;
    if (!request) return log::warning("control_request_refused");
    write_all(connection, to_json(serve_(*request)));
  }

  Descriptor socket_;
  std::string path_;
  Serve serve_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<ControlSocket>> ControlSocket::listen(const std::string& path, Serve serve) {
  Error failed(ErrorCode::unavailable, "the control socket " + path + " cannot be opened");
  sockaddr_un address;
  if (!fill_address(path, address)) return failed;
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed;
  ::unlink(path.c_str()); // the database's lock is ours, so whoever made it is gone
  mode_t mask = ::umask(0177);
  bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::umask(mask);
  if (!bound || ::listen(fd, 8) != 0) {
    ::close(fd);
    return failed;
  }
  return std::unique_ptr<ControlSocket>(std::make_unique<Listener>(fd, path, std::move(serve)));
}

result<std::optional<ControlAnswer>> ControlSocket::ask(const std::string& path,
                                                        const ControlRequest& request) {
  sockaddr_un address;
  if (!fill_address(path, address)) return std::optional<ControlAnswer>();
  Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return std::optional<ControlAnswer>();
  }
  if (!write_all(connection.get(), to_json(request))) return broken();
  ::shutdown(connection.get(), SHUT_WR);
  auto text = read_all(connection.get());
  if (!text) return broken();
  TRY(ControlAnswer answer, answer_from_json(*text));
  return std::optional<ControlAnswer>(std::move(answer));
}

std::string control_path(const std::string& sqlite_path) { return sqlite_path + ".sock"; }

} // namespace renova::app

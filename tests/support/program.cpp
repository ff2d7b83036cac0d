#include "tests/support/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace renova::test {
namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Starts the program with its three streams in files of `folder`.
pid_t spawn(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment,
            const std::string& folder) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text(*entry);
    if (text.starts_with("RENOVA_") || environment.contains(std::string(text.substr(0, text.find('=')))))
      continue;
    variables.emplace_back(text);
  }
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::string program = program_path();
  std::vector<char*> arguments{program.data()};
  std::vector<std::string> copies = words;
  for (auto& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<char*> variable_pointers;
  for (auto& variable : variables) variable_pointers.push_back(variable.data());
  variable_pointers.push_back(nullptr);

  std::string input = folder + "/stdin", output = folder + "/stdout", error = folder + "/stderr";
  pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) {
    // No descriptor of this process may live on in the program: a held connection would hide a closed one.
    int in = ::open(input.c_str(), O_RDONLY | O_CREAT, 0600);
    int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int err = ::open(error.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(in, 0);
    ::dup2(out, 1);
    ::dup2(err, 2);
    ::close_range(3, ~0U, 0);
    ::execve(program.c_str(), arguments.data(), variable_pointers.data());
    ::_exit(127);
  }
  return pid;
}

// Waits for the end; the exit code, 128 + the signal's number, or none when `deadline` passes first.
std::optional<int> wait_for_exit(pid_t pid, std::chrono::milliseconds deadline) {
  int status = 0;
  bool ended = eventually([&] { return ::waitpid(pid, &status, WNOHANG) == pid; }, deadline);
  if (!ended) return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// "http://127.0.0.1:40123" in what the program prints at its start.
std::uint16_t port_in(const std::string& text) {
  static constexpr std::string_view kMark = "http://127.0.0.1:";
  auto at = text.find(kMark);
  if (at == std::string::npos) return 0;
  auto end = text.find_first_not_of("0123456789", at + kMark.size());
  if (end == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::atoi(text.c_str() + at + kMark.size()));
}

} // namespace

std::string program_path() {
  if (const char* path = std::getenv("RENOVA_TEST_BINARY")) return path;
  return fs::read_symlink("/proc/self/exe").parent_path().string() + "/renova";
}

Finished run_program(const std::vector<std::string>& words,
                     const std::map<std::string, std::string>& environment, const std::string& input) {
  TempFolder folder;
  std::ofstream(folder.path().string() + "/stdin", std::ios::binary) << input;
  pid_t pid = spawn(words, environment, folder.path().string());
  auto code = wait_for_exit(pid, std::chrono::seconds(120));
  if (!code) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  return {code.value_or(-1), read_file(folder.path().string() + "/stdout"),
          read_file(folder.path().string() + "/stderr")};
}

Program::Program(std::vector<std::string> words, std::map<std::string, std::string> environment,
                 std::uint16_t port) {
  words.insert(words.end(), {"--listen", "127.0.0.1:" + std::to_string(port)});
  http::OutgoingClient::Options options;
  options.allow_private_addresses = true;
  client_ = http::OutgoingClient::create(options);
  pid_ = spawn(words, environment, folder_.path().string());
  wait_until_it_answers();
}

Program::~Program() { kill(); }

void Program::wait_until_it_answers() {
  bool answers = eventually(
      [&] {
        if (port_ == 0) port_ = port_in(read_file(folder_.path().string() + "/stdout"));
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
          pid_ = -1;
          return true;
        }
        return port_ != 0 && call("GET", "/healthz").status == 200;
      },
      std::chrono::seconds(30));
  if (!answers || pid_ < 0) throw std::runtime_error("the program did not start:\n" + log());
}

void Program::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Program::terminate() {
  if (pid_ <= 0) return -1;
  ::kill(pid_, SIGTERM);
  auto code = wait_for_exit(pid_, std::chrono::seconds(20));
  if (!code) {
    kill();
    return -1;
  }
  pid_ = -1;
  return *code;
}

std::string Program::log() const {
  return read_file(folder_.path().string() + "/stdout") + read_file(folder_.path().string() + "/stderr");
}

Answer Program::call(const std::string& method, const std::string& path, const std::string& body,
                     const std::string& token, const std::string& content_type,
                     const std::vector<http::Header>& headers) {
  http::OutgoingRequest request;
  request.method = method;
  request.url = url() + path;
  request.body = body;
  request.total_timeout = std::chrono::seconds(120);
  request.response_max = 64 * 1024 * 1024;
  if (!body.empty()) request.headers.add("Content-Type", content_type);
  for (const auto& header : headers) request.headers.add(header.name, header.value);
  if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
  std::promise<http::OutgoingResult> done;
  client_->send(std::move(request),
                [&](http::OutgoingResult outcome) { done.set_value(std::move(outcome)); });
  http::OutgoingResult outcome = done.get_future().get();
  if (auto* response = std::get_if<http::Response>(&outcome)) {
    return {response->status, response->headers, response->body};
  }
  return {};
}

} // namespace renova::test

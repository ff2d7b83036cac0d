// The real binary as a child process: started, asked over HTTP, killed.
#pragma once

#include "http/outgoing.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/json.hpp>
#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace renova::test {

// The program under test: RENOVA_TEST_BINARY, or the one beside this test program.
std::string program_path();

struct Finished {
  int exit_code = -1;
  std::string output;
  std::string error;
};

// Runs the program to its end, with `input` on standard input.
Finished run_program(const std::vector<std::string>& words,
                     const std::map<std::string, std::string>& environment, const std::string& input = {});

struct Answer {
  int status = 0; // 0: no answer
  http::Headers headers;
  std::string body;
  boost::json::value json() const { return boost::json::parse(body); }
};

// `renova serve` on 127.0.0.1.
class Program {
 public:
  // Starts it on `port` (0: any free one) and waits (at most 30 s) until it answers /healthz. Throws
  // std::runtime_error with the log when it does not.
  Program(std::vector<std::string> words, std::map<std::string, std::string> environment,
          std::uint16_t port = 0);
  ~Program(); // kills it
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void kill();     // SIGKILL, and waits
  int terminate(); // SIGTERM, and waits at most 20 s; the exit code, -1 when it had to be killed
  bool running() const { return pid_ > 0; }
  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string log() const;

  // One call; `token` goes into Authorization. A path starts with a slash.
  Answer call(const std::string& method, const std::string& path, const std::string& body = {},
              const std::string& token = {}, const std::string& content_type = "application/json",
              const std::vector<http::Header>& headers = {});

 private:
  void wait_until_it_answers();

  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  TempFolder folder_;
  std::unique_ptr<http::OutgoingClient> client_;
};

// Calls `holds` until it is true, with a pause in between; false after `deadline`.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds deadline = std::chrono::seconds(20),
                std::chrono::milliseconds pause = std::chrono::milliseconds(5)) {
  auto end = std::chrono::steady_clock::now() + deadline;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(pause); // poll interval
  }
  return true;
}

} // namespace renova::test

// How a command reaches a SQLite file that a running server holds: a Unix socket beside the file, readable by
// its owner only. One request a connection: a JSON document with the words, the folder and the standard
// input; the answer is a JSON document with the exit code and the output.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace renova::app {

struct ControlRequest {
  std::vector<std::string> words;
  std::string folder;
  std::string input;
};

struct ControlAnswer {
  int exit_code = 0;
  std::string output;
  std::string error;
};

class ControlSocket {
 public:
  using Serve = std::function<ControlAnswer(const ControlRequest&)>;

  static constexpr std::size_t kMessageMax = 96 * 1024 * 1024; // an import file of 64 MiB, as base64

  // Listens at `path`, replacing a socket that a dead server left. `serve` runs on the socket's own thread,
  // one request at a time. Error: unavailable.
  static result<std::unique_ptr<ControlSocket>> listen(const std::string& path, Serve serve);
  virtual ~ControlSocket() = default; // stops after the request under way

  // Hands a request to the server at `path`; none when nobody listens there. Error: unavailable when it
  // breaks off.
  static result<std::optional<ControlAnswer>> ask(const std::string& path, const ControlRequest& request);
};

// The socket's path for a SQLite file.
std::string control_path(const std::string& sqlite_path);

} // namespace renova::app

// A command of the command line that works on a database: the same code runs in its own process, or inside
// the server that holds the SQLite file (control_socket.hpp).
#pragma once

#include "app/config.hpp"
#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"

#include <functional>
#include <string>

namespace renova::app {

struct CommandContext {
  storage::Database& database;
  Clock& clock;
  SecretBox& secrets;
  std::string database_url;
  std::string folder; // the caller's working folder: relative paths start here
  std::string input;  // what the caller had on standard input, when the command reads it
  std::string output; // goes to the caller's standard output
};

// What a parsed command line asks for.
struct Invocation {
  enum class Kind { command, serve, demo, queue_watch, done };
  Kind kind = Kind::done;
  Settings flags; // settings given as flags
  std::string config_file;
  bool needs_schema = true; // migrate before the command runs
  bool reads_input = false; // standard input belongs to the command
  std::string done_output;  // for Kind::done: what to print (version, help, the OpenAPI document)
  int exit_code = 0;
  std::function<result<void>(CommandContext&)> run;
  // Instead of `run`, without opening the database: takes the settings, fills the output.
  std::function<result<void>(const Config&, std::string& output)> run_closed;
};

// Parses the words after the program's name. Wrong use comes back as Kind::done with exit code 2.
Invocation parse_command_line(std::vector<std::string> words);

} // namespace renova::app

// What an operator can set, and where from: flags, then RENOVA_* variables, then a TOML file, then defaults.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace renova::app {

struct Config {
  std::string database_url = "sqlite:renova.db";
  std::string redis_url; // empty: caches stay inside the process
  std::string listen_host = "127.0.0.1";
  std::uint16_t listen_port = 8080;
  std::string public_url;                       // as browsers reach it: https://renova.example
  std::string secret_key;                       // 32 raw bytes; empty: a key file beside the SQLite file
  std::map<std::uint8_t, std::string> old_keys; // not yet rotated away: id → 32 raw bytes
  std::uint8_t secret_key_id = 1;
  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::json;
  std::vector<std::string> trusted_proxies; // addresses or CIDR ranges whose X-Forwarded-For is believed
  std::string metrics_token;
  bool allow_private_addresses = false; // outgoing calls may reach loopback and private ranges
  bool insecure_test_mode = false;
  std::optional<Instant> test_clock; // a server takes it only with insecure_test_mode
};

// Settings by name, as one source gives them: "database_url" → "sqlite:x.db".
using Settings = std::map<std::string, std::string>;

// Every setting's name, in the order of the documentation.
const std::vector<std::string_view>& setting_names();

// Reads RENOVA_<NAME> for each setting, or the file that RENOVA_<NAME>_FILE names (its trailing line end is
// cut). `read_variable` is getenv(3) outside of tests. Errors: validation_failed naming the variable.
using ReadVariable = std::function<const char*(const char*)>;
result<Settings> settings_from_environment(const ReadVariable& read_variable);

// Reads a TOML file whose top-level keys are setting names. Errors: validation_failed naming the key or the
// place.
result<Settings> settings_from_toml(const std::string& path);

// The first source that has a setting wins. Errors: validation_failed naming the setting.
result<Config> make_config(const std::vector<Settings>& sources);

// What a server refuses and a command does not: a movable clock outside of test mode. Error:
// validation_failed.
result<void> check_servable(const Config& config);

// The key that seals secrets: the configured one, or the file renova.key beside the SQLite file (made with
// mode 0600 when absent). Error: unavailable with what to do (PostgreSQL needs a configured key).
result<std::string> secret_key(const Config& config);

// "sqlite:renova.db" → "renova.db"; none for PostgreSQL.
std::optional<std::string> sqlite_path(std::string_view database_url);

} // namespace renova::app

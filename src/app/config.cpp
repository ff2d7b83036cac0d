#include "app/config.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace renova::app {
namespace {

constexpr std::size_t kSettingFileMax = 64 * 1024; // bytes of a RENOVA_*_FILE
constexpr std::size_t kKeyBytes = 32;

Error bad(std::string_view name, std::string_view what) {
  return Error(ErrorCode::validation_failed, std::string(name) + " " + std::string(what));
}

result<std::string> read_small_file(const std::string& path, std::string_view name) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return bad(name, "names a file that cannot be read: " + path);
  std::string text(kSettingFileMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kSettingFileMax) return bad(name, "names a file of more than 64 KiB: " + path);
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

result<bool> parse_bool(std::string_view name, std::string_view text) {
  if (text == "1" || text == "true" || text == "yes" || text == "on") return true;
  if (text == "0" || text == "false" || text == "no" || text == "off" || text.empty()) return false;
  return bad(name, "must be true or false");
}

// "host:port", "[v6]:port" or ":port".
result<void> parse_listen(std::string_view text, Config& config) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("listen", "must be HOST:PORT");
  std::string_view host = text.substr(0, colon);
  std::string_view port = text.substr(colon + 1);
  unsigned number = 0;
  auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || number > 65535) {
    return bad("listen", "must end in a port between 0 and 65535");
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  config.listen_host = host.empty() ? "0.0.0.0" : std::string(host);
  config.listen_port = static_cast<std::uint16_t>(number);
  return {};
}

result<std::string> parse_key(std::string_view name, std::string_view text) {
  auto key = from_base64(text);
  if (key.has_error() || key->size() != kKeyBytes) return bad(name, "must be 32 bytes in base64");
  return *key;
}

// "2:base64,3:base64": keys by their ids.
result<void> parse_old_keys(std::string_view text, Config& config) {
  std::stringstream list{std::string(text)};
  for (std::string item; std::getline(list, item, ',');) {
    unsigned id = 0;
    auto colon = item.find(':');
    auto parsed = std::from_chars(item.data(), item.data() + std::min(colon, item.size()), id);
    if (colon == std::string::npos || parsed.ec != std::errc() || id < 1 || id > 255) {
      return bad("old_secret_keys", "must be a list of ID:BASE64, ids 1 to 255");
    }
    TRY(std::string key, parse_key("old_secret_keys", std::string_view(item).substr(colon + 1)));
    config.old_keys[static_cast<std::uint8_t>(id)] = key;
  }
  return {};
}

result<void> parse_key_id(std::string_view text, Config& config) {
  unsigned id = 0;
  auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || id < 1 || id > 255) {
    return bad("secret_key_id", "must be a number from 1 to 255");
  }
  config.secret_key_id = static_cast<std::uint8_t>(id);
  return {};
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> items;
  std::stringstream list{std::string(text)};
  for (std::string item; std::getline(list, item, ',');) {
    std::string_view trimmed = trim(item);
    if (!trimmed.empty()) items.emplace_back(trimmed);
  }
  return items;
}

result<void> parse_flag(std::string_view name, std::string_view text, bool& out) {
  TRY(out, parse_bool(name, text));
  return {};
}

using Parse = result<void> (*)(std::string_view, Config&);
struct Setting {
  std::string_view name;
  Parse parse;
};

template <std::string Config::*Member>
result<void> parse_text(std::string_view text, Config& config) {
  config.*Member = text;
  return {};
}

const Setting kSettings[] = {
    {"database_url", parse_text<&Config::database_url>},
    {"redis_url", parse_text<&Config::redis_url>},
    {"listen", parse_listen},
    {"public_url", parse_text<&Config::public_url>},
    {"secret_key",
     [](std::string_view text, Config& config) -> result<void> {
       TRY(config.secret_key, parse_key("secret_key", text));
       return {};
     }},
    {"secret_key_id", parse_key_id},
    {"old_secret_keys", parse_old_keys},
    {"log_level",
     [](std::string_view text, Config& config) -> result<void> {
       if (!log::parse_level(text, config.log_level))
         return bad("log_level", "must be debug, info, warning or error");
       return {};
     }},
    {"log_format",
     [](std::string_view text, Config& config) -> result<void> {
       if (!log::parse_format(text, config.log_format)) return bad("log_format", "must be json or text");
       return {};
     }},
    {"trusted_proxies",
     [](std::string_view text, Config& config) -> result<void> {
       config.trusted_proxies = parse_list(text);
       return {};
     }},
    {"metrics_token", parse_text<&Config::metrics_token>},
    {"allow_private_addresses",
     [](std::string_view text, Config& config) {
       return parse_flag("allow_private_addresses", text, config.allow_private_addresses);
     }},
    {"insecure_test_mode",
     [](std::string_view text, Config& config) {
       return parse_flag("insecure_test_mode", text, config.insecure_test_mode);
     }},
    {"test_clock",
     [](std::string_view text, Config& config) -> result<void> {
       auto instant = parse_instant(text);
       if (instant.has_error()) return bad("test_clock", "must be an RFC 3339 instant");
       config.test_clock = *instant;
       return {};
     }},
};

result<std::string> read_key_file(const std::string& path) {
  TRY(std::string text, read_small_file(path, "the key file"));
  return parse_key("the key file " + path, text);
}

// Makes the key file so that a crash leaves either none or a whole one; a concurrent maker wins.
result<std::string> make_key_file(const std::string& path) {
  std::string text = to_base64(random_bytes(kKeyBytes)) + "\n";
  std::string temporary = path + "." + random_token(6);
  int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  Error failed(ErrorCode::unavailable,
               "the key file " + path + " cannot be written; make its folder writable");
  if (file < 0) return failed;
  bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  ::close(file);
  bool linked = written && (::link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST);
  ::unlink(temporary.c_str());
  if (!linked) return failed;
  return read_key_file(path);
}

} // namespace

const std::vector<std::string_view>& setting_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> list;
    for (const auto& setting : kSettings) list.push_back(setting.name);
    return list;
  }();
  return names;
}

result<Settings> settings_from_environment(const ReadVariable& read_variable) {
  Settings settings;
  for (std::string_view name : setting_names()) {
    std::string variable = "RENOVA_" + to_upper(name);
    const char* direct = read_variable(variable.c_str());
    const char* file = read_variable((variable + "_FILE").c_str());
    if (direct != nullptr && file != nullptr)
      return bad(variable, "and " + variable + "_FILE are both set; keep one");
    if (direct != nullptr) settings.emplace(name, direct);
    if (file != nullptr) {
      TRY(std::string text, read_small_file(file, variable + "_FILE"));
      settings.emplace(name, std::move(text));
    }
  }
  return settings;
}

result<Settings> settings_from_toml(const std::string& path) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    std::ostringstream place;
    place << error.source().begin;
    return bad(path, std::string(error.description()) + " (" + place.str() + ")");
  }
  Settings settings;
  for (const auto& [key, node] : table) {
    std::string name(key.str());
    const auto& names = setting_names();
    if (std::find(names.begin(), names.end(), name) == names.end())
      return bad(path, "has an unknown key: " + name);
    if (auto text = node.value<std::string>()) {
      settings.emplace(name, *text);
    } else if (auto flag = node.value<bool>()) {
      settings.emplace(name, *flag ? "true" : "false");
    } else if (auto number = node.value<std::int64_t>()) {
      settings.emplace(name, std::to_string(*number));
    } else {
      return bad(path, "key " + name + " must be a string, a number or true/false");
    }
  }
  return settings;
}

result<Config> make_config(const std::vector<Settings>& sources) {
  Config config;
  config.log_format = isatty(STDERR_FILENO) ? log::Format::text : log::Format::json;
  for (const auto& setting : kSettings) {
    for (const auto& source : sources) {
      auto found = source.find(std::string(setting.name));
      if (found == source.end()) continue;
      TRY_DO(setting.parse(found->second, config));
      break;
    }
  }
  if (config.insecure_test_mode) config.allow_private_addresses = true;
  return config;
}

result<void> check_servable(const Config& config) {
  if (!config.test_clock || config.insecure_test_mode) return {};
  return bad("test_clock", "is only allowed together with --insecure-test-mode");
}

std::optional<std::string> sqlite_path(std::string_view database_url) {
  if (!database_url.starts_with("sqlite:")) return std::nullopt;
  std::string_view path = database_url.substr(7);
  if (path.starts_with("//")) path.remove_prefix(2);
  return std::string(path);
}

result<std::string> secret_key(const Config& config) {
  if (!config.secret_key.empty()) return config.secret_key;
  auto database = sqlite_path(config.database_url);
  if (!database) {
    return Error(
        ErrorCode::unavailable,
        "with PostgreSQL set RENOVA_SECRET_KEY to 32 random bytes in base64 (openssl rand -base64 32)");
  }
  std::string path = (std::filesystem::path(*database).parent_path() / "renova.key").string();
  if (std::filesystem::exists(path)) return read_key_file(path);
  return make_key_file(path);
}

} // namespace renova::app

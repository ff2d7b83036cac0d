#include "base/log.hpp"

#include "base/clock.hpp"
#include "base/json.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace renova::log {
namespace {

std::atomic<Level> g_threshold{Level::warning};
std::atomic<Format> g_format{Format::text};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = spdlog::stderr_logger_mt("renova");
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

std::string json_line(Level level, std::string_view event, Fields fields) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.field("at", SystemClock().now());
  json.field("level", name_of(level));
  json.field("event", event);
  for (const auto& field : fields) {
    json.key(field.name);
    std::visit([&](const auto& value) { json.value(value); }, field.value);
  }
  json.end_object();
  return line;
}

struct AsText {
  std::string operator()(const std::string& text) const { return json_quoted(text); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(bool b) const { return b ? "true" : "false"; }
};

std::string text_line(Level level, std::string_view event, Fields fields) {
  std::string line = to_string(SystemClock().now()).substr(11, 12);
  line.append(" ").append(name_of(level)).append(" ").append(event);
  for (const auto& field : fields) {
    line.append(" ").append(field.name).append("=").append(std::visit(AsText(), field.value));
  }
  return line;
}

} // namespace

void configure(Level threshold, Format format) {
  g_threshold = threshold;
  g_format = format;
}

void write(Level level, std::string_view event, Fields fields) {
  if (level < g_threshold.load(std::memory_order_relaxed)) return;
  bool as_json = g_format.load(std::memory_order_relaxed) == Format::json;
  logger().info("{}", as_json ? json_line(level, event, fields) : text_line(level, event, fields));
}

std::string mask_phone(std::string_view phone) {
  constexpr std::size_t kHead = 4;
  constexpr std::size_t kTail = 4;
  if (phone.size() <= kHead + kTail) return std::string(phone.size(), '*');
  std::string masked(phone);
  for (std::size_t i = kHead; i < masked.size() - kTail; ++i) masked[i] = '*';
  return masked;
}

bool parse_level(std::string_view text, Level& level) {
  for (Level candidate : {Level::debug, Level::info, Level::warning, Level::error}) {
    if (text == name_of(candidate)) {
      level = candidate;
      return true;
    }
  }
  return false;
}

bool parse_format(std::string_view text, Format& format) {
  if (text != "json" && text != "text") return false;
  format = text == "json" ? Format::json : Format::text;
  return true;
}

} // namespace renova::log

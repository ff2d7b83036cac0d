// One line per event: JSON for machines, or text on a terminal. Never a secret, never a whole phone number.
#pragma once

#include "base/id.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace renova::log {

enum class Level { debug, info, warning, error };
enum class Format { json, text };

struct Field {
  std::string_view name;
  std::variant<std::int64_t, std::string, bool> value;

  Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const std::string& v) : name(n), value(v) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  template <class Integer>
  requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>) Field(std::string_view n, Integer v)
      : name(n), value(static_cast<std::int64_t>(v)) {}
  template <class Tag>
  Field(std::string_view n, const Id<Tag>& id) : name(n), value(id.str()) {}
};
using Fields = std::initializer_list<Field>;

// Where lines go: standard error, through spdlog. Before configure() only warnings and errors are written, as
// text.
void configure(Level threshold, Format format);

// `event` is a stable snake_case name: "message_sent". Thread-safe.
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::warning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

// "5511961234567" → "5511*****4567": country and area code, and the last four digits.
std::string mask_phone(std::string_view phone);

// False for a text that names no level or format.
bool parse_level(std::string_view text, Level& level);
bool parse_format(std::string_view text, Format& format);

} // namespace renova::log

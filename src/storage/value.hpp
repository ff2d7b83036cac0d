// What goes into a statement and what comes out of it.
#pragma once

#include "base/id.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace renova::storage {

using Bytes = std::vector<std::uint8_t>;

// A bound value. Text and bytes are views: they must live until the statement has run.
using Value =
    std::variant<std::monostate, std::int64_t, std::string_view, std::span<const std::uint8_t>, Uuid>;

inline Value to_value(std::nullopt_t) { return std::monostate{}; }
inline Value to_value(std::string_view text) { return text; }
inline Value to_value(const std::string& text) { return std::string_view(text); }
inline Value to_value(const char* text) { return std::string_view(text); }
inline Value to_value(const Bytes& bytes) { return std::span<const std::uint8_t>(bytes); }
inline Value to_value(Instant instant) { return instant.us; }
inline Value to_value(Date date) { return std::int64_t{date.days}; }
inline Value to_value(const Uuid& uuid) { return uuid; }
template <class Tag>
Value to_value(const Id<Tag>& id) {
  return id.uuid();
}
template <class Integer>
requires std::is_integral_v<Integer> // bool included: stored as 0 or 1
    Value to_value(Integer number) {
  return static_cast<std::int64_t>(number);
}
// Enumerations are stored as text: `to_text(enum)` is found by argument-dependent look-up and returns a
// string_view with static storage.
template <class Enum>
requires std::is_enum_v<Enum> Value to_value(Enum value) { return to_text(value); }
template <class T>
Value to_value(const std::optional<T>& maybe) {
  return maybe ? to_value(*maybe) : Value{std::monostate{}};
}

// One named parameter: {"name", client.name}.
struct Parameter {
  std::string_view name;
  Value value;
  template <class T>
  Parameter(std::string_view n, const T& v) : name(n), value(to_value(v)) {}
};
using Parameters = std::initializer_list<Parameter>;

// The row that a running statement stands on. Views are valid until the callback returns.
class Row {
 public:
  virtual ~Row() = default;
  virtual int columns() const = 0;
  virtual std::string_view column_name(int column) const = 0;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual std::span<const std::uint8_t> bytes(int column) const = 0;
  virtual Uuid uuid(int column) const = 0;
};

} // namespace renova::storage

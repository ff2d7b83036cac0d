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

// What a value is to the engine. `unknown` (a bare std::nullopt) leaves the choice to PostgreSQL's inference.
enum class ValueType : std::uint8_t { unknown, integer, text, bytes, uuid };

// NULL of a known type: to_value of an empty optional<T> says which, so that no statement depends on
// inference.
struct Null {
  ValueType type = ValueType::unknown;
};

// A bound value. Text and bytes are views: they must live until the statement has run.
using Value = std::variant<Null, std::int64_t, std::string_view, std::span<const std::uint8_t>, Uuid>;

inline Value to_value(std::nullopt_t) { return Null{}; }
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
// Numbers, instants, dates → integer; strings, enumerations → text; and so on, by the to_value that T has.
template <class T>
constexpr ValueType value_type() {
  if constexpr (std::is_integral_v<T> || std::is_same_v<T, Instant> || std::is_same_v<T, Date>) {
    return ValueType::integer;
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return ValueType::bytes;
  } else if constexpr (std::is_enum_v<T> || std::is_convertible_v<T, std::string_view>) {
    return ValueType::text;
  } else {
    return ValueType::uuid;
  }
}
template <class T>
Value to_value(const std::optional<T>& maybe) {
  return maybe ? to_value(*maybe) : Value{Null{value_type<T>()}};
}

// One named parameter: {"name", client.name}.
struct Parameter {
  std::string_view name;
  Value value;
  template <class T>
  Parameter(std::string_view n, const T& v) : name(n), value(to_value(v)) {}
};
using Parameters = std::initializer_list<Parameter>;

// The row that a running statement stands on. Views are valid until the callback returns. Reading a column as
// a type that it has not, or a NULL, throws std::logic_error: the transaction turns it into the error
// `internal`.
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

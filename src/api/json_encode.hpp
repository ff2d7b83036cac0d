// Described structs → JSON text, straight into a string. Ids and enumerations as text, Instant as RFC 3339
// with microseconds, Date as YYYY-MM-DD, an empty optional as null. A type that fits nothing here specialises
// Encode<T>.
#pragma once

#include "api/json_decode.hpp"
#include "base/json.hpp"

#include <boost/json/serialize.hpp>

#include <string>

namespace renova::api {

template <class T>
struct Encode; // static void to(JsonWriter&, const T&)

template <class T>
concept WritableText = requires(const T& value) {
  { value.str() } -> std::convertible_to<std::string_view>;
};

template <class T>
void encode(JsonWriter& writer, const T& value) {
  Encode<T>::to(writer, value);
}

// The whole value as one JSON text.
template <class T>
std::string encode(const T& value) {
  std::string out;
  JsonWriter writer(out);
  Encode<T>::to(writer, value);
  return out;
}

template <class T>
requires(std::same_as<T, bool> || std::same_as<T, std::string> || std::same_as<T, std::string_view> ||
         std::same_as<T, double> || std::same_as<T, Instant> || std::same_as<T, Date>) struct Encode<T> {
  static void to(JsonWriter& writer, const T& value) { writer.value(value); }
};
template <class T>
requires(std::integral<T> && !std::same_as<T, bool>) struct Encode<T> {
  static void to(JsonWriter& writer, T value) { writer.value(static_cast<std::int64_t>(value)); }
};
template <class T>
requires(std::is_enum_v<T>) struct Encode<T> {
  static void to(JsonWriter& writer, T value) { writer.value(std::string_view(to_text(value))); }
};
template <WritableText T>
struct Encode<T> {
  static void to(JsonWriter& writer, const T& value) { writer.value(std::string_view(value.str())); }
};
template <>
struct Encode<Raw> {
  static void to(JsonWriter& writer, const Raw& value) { writer.raw(boost::json::serialize(value.value)); }
};
// JSON that is already text, such as a stored document.
template <>
struct Encode<RawText> {
  static void to(JsonWriter& writer, const RawText& value) { writer.raw(value.json); }
};
template <class T>
struct Encode<std::optional<T>> {
  static void to(JsonWriter& writer, const std::optional<T>& value) {
    if (value) {
      Encode<T>::to(writer, *value);
    } else {
      writer.null();
    }
  }
};
template <class T>
struct Encode<std::vector<T>> {
  static void to(JsonWriter& writer, const std::vector<T>& values) {
    writer.begin_array();
    for (const auto& value : values) Encode<T>::to(writer, value);
    writer.end_array();
  }
};
template <class T>
struct Encode<std::map<std::string, T>> {
  static void to(JsonWriter& writer, const std::map<std::string, T>& values) {
    writer.begin_object();
    for (const auto& [name, value] : values) {
      writer.key(name);
      Encode<T>::to(writer, value);
    }
    writer.end_object();
  }
};
template <Described T>
requires(!WritableText<T> && !std::is_enum_v<T>) struct Encode<T> {
  static void to(JsonWriter& writer, const T& value) {
    writer.begin_object();
    boost::mp11::mp_for_each<AllMembers<T>>([&](auto member) {
      const auto& field = value.*member.pointer;
      writer.key(member.name);
      Encode<std::remove_cvref_t<decltype(field)>>::to(writer, field);
    });
    writer.end_object();
  }
};

} // namespace renova::api

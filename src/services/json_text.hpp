// JSON columns: described structs, texts, numbers and lists of them, as the services store them. Unlike the
// API's reader this one meets only what this program wrote, so any deviation is a damaged row.
#pragma once

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace renova::services::json_text {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsId = false;
template <class Tag>
inline constexpr bool kIsId<Id<Tag>> = true;

template <class T>
void write_value(JsonWriter& writer, const T& value) {
  if constexpr (kIsOptional<T>) {
    if (value) {
      write_value(writer, *value);
    } else {
      writer.null();
    }
  } else if constexpr (kIsVector<T>) {
    writer.begin_array();
    for (const auto& element : value) write_value(writer, element);
    writer.end_array();
  } else if constexpr (boost::describe::has_describe_members<T>::value) {
    writer.begin_object();
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto m) {
      writer.key(m.name);
      write_value(writer, value.*m.pointer);
    });
    writer.end_object();
  } else {
    writer.value(value);
  }
}

// The value as JSON text.
template <class T>
std::string write(const T& value) {
  std::string out;
  JsonWriter writer(out);
  write_value(writer, value);
  return out;
}

// False when `in` is not of T's form. Members that are absent keep what T gives them; unknown ones are passed
// over (a newer program wrote them).
template <class T>
bool read_value(const boost::json::value& in, T& out) {
  if constexpr (kIsOptional<T>) {
    out.reset();
    return in.is_null() || read_value(in, out.emplace());
  } else if constexpr (kIsVector<T>) {
    if (!in.is_array()) return false;
    out.clear();
    for (const auto& element : in.get_array()) {
      if (!read_value(element, out.emplace_back())) return false;
    }
    return true;
  } else if constexpr (boost::describe::has_describe_members<T>::value) {
    if (!in.is_object()) return false;
    bool ok = true;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto m) {
      const auto* member = in.get_object().if_contains(m.name);
      if (member && !read_value(*member, out.*m.pointer)) ok = false;
    });
    return ok;
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!in.is_string()) return false;
    out = std::string(in.get_string());
    return true;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!in.is_bool()) return false;
    out = in.get_bool();
    return true;
  } else if constexpr (kIsId<T>) {
    if (!in.is_string()) return false;
    auto id = T::parse(std::string_view(in.get_string()));
    if (id.has_value()) out = *id;
    return id.has_value();
  } else {
    static_assert(std::is_integral_v<T>);
    if (!in.is_int64()) return false;
    out = static_cast<T>(in.get_int64());
    return true;
  }
}

// Error: internal, naming `what`.
template <class T>
result<T> read(std::string_view text, std::string_view what) {
  boost::json::error_code ec;
  boost::json::value value = boost::json::parse(boost::json::string_view(text.data(), text.size()), ec);
  T out{};
  if (ec || !read_value(value, out)) {
    return Error(ErrorCode::internal, "a stored " + std::string(what) + " is not readable");
  }
  return out;
}

} // namespace renova::services::json_text

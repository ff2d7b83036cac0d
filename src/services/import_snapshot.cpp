#include "services/import_snapshot.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>
#include <boost/mp11.hpp>

#include <type_traits>

namespace renova::services::imports {
namespace {

namespace json = boost::json;
namespace describe = boost::describe;

template <class T>
using MembersOf = describe::describe_members<T, describe::mod_any_access | describe::mod_inherited>;

// Writing. Instants and dates as the numbers that they are.
void write(JsonWriter& writer, const std::string& text) { writer.value(text); }
void write(JsonWriter& writer, bool flag) { writer.value(flag); }
void write(JsonWriter& writer, int number) { writer.value(number); }
void write(JsonWriter& writer, std::int64_t number) { writer.value(number); }
void write(JsonWriter& writer, Instant instant) { writer.value(instant.us); }
void write(JsonWriter& writer, Date date) { writer.value(date.days); }
template <class Tag>
void write(JsonWriter& writer, const Id<Tag>& id) {
  writer.value(id);
}
template <class Enum>
requires std::is_enum_v<Enum>
void write(JsonWriter& writer, Enum value) { writer.value(to_text(value)); }
template <class T>
void write(JsonWriter& writer, const std::optional<T>& maybe);
template <class T>
void write(JsonWriter& writer, const std::vector<T>& list);
template <class T>
requires describe::has_describe_members<T>::value void write(JsonWriter& writer, const T& object) {
  writer.begin_object();
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    writer.key(member.name);
    write(writer, object.*member.pointer);
  });
  writer.end_object();
}
template <class T>
void write(JsonWriter& writer, const std::optional<T>& maybe) {
  if (maybe) {
    write(writer, *maybe);
  } else {
    writer.null();
  }
}
template <class T>
void write(JsonWriter& writer, const std::vector<T>& list) {
  writer.begin_array();
  for (const T& item : list) write(writer, item);
  writer.end_array();
}

// Reading; false for anything that write() does not write.
bool read(const json::value& value, std::string& out) {
  if (!value.is_string()) return false;
  out.assign(value.get_string().data(), value.get_string().size());
  return true;
}
bool read(const json::value& value, bool& out) {
  if (!value.is_bool()) return false;
  out = value.get_bool();
  return true;
}
template <class Integer>
requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>) bool read(const json::value& value,
                                                                                  Integer& out) {
  if (!value.is_int64()) return false;
  out = static_cast<Integer>(value.get_int64());
  return true;
}
bool read(const json::value& value, Instant& out) { return read(value, out.us); }
bool read(const json::value& value, Date& out) { return read(value, out.days); }
template <class Tag>
bool read(const json::value& value, Id<Tag>& out) {
  std::string text;
  if (!read(value, text)) return false;
  auto id = Id<Tag>::parse(text);
  if (id.has_error()) return false;
  out = *id;
  return true;
}
template <class Enum>
requires std::is_enum_v<Enum>
bool read(const json::value& value, Enum& out) {
  std::string text;
  return read(value, text) && from_text(text, out);
}
template <class T>
bool read(const json::value& value, std::optional<T>& out);
template <class T>
bool read(const json::value& value, std::vector<T>& out);
template <class T>
requires describe::has_describe_members<T>::value bool read(const json::value& value, T& out) {
  if (!value.is_object()) return false;
  bool all = true;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    const json::value* found = value.get_object().if_contains(member.name);
    all = all && found && read(*found, out.*member.pointer);
  });
  return all;
}
template <class T>
bool read(const json::value& value, std::optional<T>& out) {
  out.reset();
  return value.is_null() || read(value, out.emplace());
}
template <class T>
bool read(const json::value& value, std::vector<T>& out) {
  if (!value.is_array()) return false;
  for (const json::value& item : value.get_array()) {
    if (!read(item, out.emplace_back())) return false;
  }
  return true;
}

} // namespace

std::string to_json(const Snapshot& snapshot) {
  std::string out;
  JsonWriter writer(out);
  write(writer, snapshot);
  return out;
}

result<Snapshot> snapshot_from_json(std::string_view text) {
  boost::system::error_code failed;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  Snapshot snapshot;
  if (failed || !read(value, snapshot)) return Error(ErrorCode::internal, "a stored import is damaged");
  return snapshot;
}

} // namespace renova::services::imports

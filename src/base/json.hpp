// Writes JSON straight into a string, without a tree in between.
#pragma once

#include "base/id.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace renova {

// Usage: writer.begin_object(); writer.key("name"); writer.value("Maria"); writer.end_object();
// Commas are its work. It does not check that calls form a document: that is the caller's code, not its
// input.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void value(std::string_view text); // escaped; malformed UTF-8 becomes U+FFFD
  void value(const char* text) { value(std::string_view(text)); }
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(bool b);
  void value(std::int64_t number);
  void value(int number) { value(std::int64_t{number}); }
  void value(double number); // not finite → null
  void value(Instant instant);
  void value(Date date);
  template <class Tag>
  void value(const Id<Tag>& id) {
    value(std::string_view(id.str()));
  }
  void null();
  void raw(std::string_view json); // already JSON

  template <class T>
  void field(std::string_view name, const T& v) {
    key(name);
    value(v);
  }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string& out_;
  std::vector<bool> has_element_{false};
  bool after_key_ = false;
};

// The text as a JSON string, quotes included.
std::string json_quoted(std::string_view text);

} // namespace renova

// JSON values → described structs, strictly: every broken rule of every field is reported, with its JSON
// pointer.
//
//   struct CreatePlan { std::string name; std::optional<std::string> note; MoneyInput price; };
//   BOOST_DESCRIBE_STRUCT(CreatePlan, (), (name, note, price))
//   TRY(CreatePlan command, decode<CreatePlan>(value));
//
// Member types: bool, integers, std::string, enumerations (to_text/from_text), Instant, Date, any type with
// `static result<T> parse(std::string_view)` (ids, domain values), std::optional (absent or null),
// std::vector, std::map<std::string, T>, other described structs, and the types of json_types.hpp. Everything
// that is not optional, Patch or PatchRequired must be there. A type that fits none of these specialises
// Decode<T>.
#pragma once

#include "api/json_types.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <boost/describe.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11.hpp>

#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace renova::api {

inline constexpr std::size_t kArrayMax = 10'000;    // elements of one array field
inline constexpr std::size_t kFieldErrorsMax = 100; // more are not reported

// Where a value stands in the body, and the errors found so far.
class Decoding {
 public:
  Decoding(std::string pointer, std::vector<FieldError>& errors)
      : pointer_(std::move(pointer)), errors_(&errors) {}

  Decoding member(std::string_view name) const { return Decoding(pointer_ + "/" + escape(name), *errors_); }
  Decoding element(std::size_t index) const {
    return Decoding(pointer_ + "/" + std::to_string(index), *errors_);
  }
  const std::string& pointer() const { return pointer_; }
  void fail(std::string code, std::string detail) const {
    if (errors_->size() < kFieldErrorsMax) errors_->push_back({pointer_, std::move(code), std::move(detail)});
  }
  // Takes over what a domain type's parse() found wrong.
  void fail(const Error& error) const {
    if (error.fields.empty()) return fail("invalid_format", error.detail);
    fail(error.fields[0].code, error.fields[0].detail);
  }

 private:
  static std::string escape(std::string_view name); // RFC 6901 §3
  std::string pointer_;
  std::vector<FieldError>* errors_;
};

template <class T>
struct Decode; // static void from(const boost::json::value&, const Decoding&, T& out)

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;
template <class T>
concept ParsedText = requires(std::string_view text) {
  { T::parse(text) } -> std::same_as<result<T>>;
};
template <class T>
concept TextEnum = std::is_enum_v<T> && requires(std::string_view text, T& value) {
  { from_text(text, value) } -> std::same_as<bool>;
};
template <class T>
using AllMembers =
    boost::describe::describe_members<T, boost::describe::mod_any_access | boost::describe::mod_inherited>;

template <class T>
inline constexpr bool kMayBeAbsent = false;
template <class T>
inline constexpr bool kMayBeAbsent<std::optional<T>> = true;
template <class T>
inline constexpr bool kMayBeAbsent<Patch<T>> = true;
template <class T>
inline constexpr bool kMayBeAbsent<PatchRequired<T>> = true;

template <>
struct Decode<bool> {
  static void from(const boost::json::value& in, const Decoding& at, bool& out) {
    if (!in.is_bool()) return at.fail("wrong_type", "must be true or false");
    out = in.get_bool();
  }
};

template <>
struct Decode<std::string> {
  static void from(const boost::json::value& in, const Decoding& at, std::string& out);
};

template <class T>
requires(std::integral<T> && !std::same_as<T, bool>) struct Decode<T> {
  static void from(const boost::json::value& in, const Decoding& at, T& out) {
    if (in.is_int64() && std::in_range<T>(in.get_int64())) {
      out = static_cast<T>(in.get_int64());
    } else if (in.is_uint64() && std::in_range<T>(in.get_uint64())) {
      out = static_cast<T>(in.get_uint64());
    } else if (in.is_int64() || in.is_uint64()) {
      at.fail("out_of_range", "is outside the range of this field");
    } else {
      at.fail("wrong_type", "must be an integer");
    }
  }
};

template <>
struct Decode<Instant> {
  static void from(const boost::json::value& in, const Decoding& at, Instant& out);
};
template <>
struct Decode<Date> {
  static void from(const boost::json::value& in, const Decoding& at, Date& out);
};
template <>
struct Decode<Raw> {
  static void from(const boost::json::value& in, const Decoding&, Raw& out) { out.value = in; }
};
template <>
struct Decode<MoneyInput> {
  static void from(const boost::json::value& in, const Decoding& at, MoneyInput& out);
};

template <ParsedText T>
struct Decode<T> {
  static void from(const boost::json::value& in, const Decoding& at, T& out) {
    if (!in.is_string()) return at.fail("wrong_type", "must be a string");
    auto parsed = T::parse(std::string_view(in.get_string()));
    if (parsed.has_error()) return at.fail(parsed.error());
    out = std::move(*parsed);
  }
};

template <TextEnum T>
struct Decode<T> {
  static void from(const boost::json::value& in, const Decoding& at, T& out) {
    if (!in.is_string()) return at.fail("wrong_type", "must be a string");
    if (!from_text(std::string_view(in.get_string()), out))
      at.fail("unknown_value", "is not one of the known values");
  }
};

template <class T>
struct Decode<std::optional<T>> {
  static void from(const boost::json::value& in, const Decoding& at, std::optional<T>& out) {
    if (in.is_null()) return out.reset();
    Decode<T>::from(in, at, out.emplace());
  }
};

template <class T>
struct Decode<Patch<T>> {
  static void from(const boost::json::value& in, const Decoding& at, Patch<T>& out) {
    out.present = true;
    if (!in.is_null()) Decode<T>::from(in, at, out.value.emplace());
  }
};

template <class T>
struct Decode<PatchRequired<T>> {
  static void from(const boost::json::value& in, const Decoding& at, PatchRequired<T>& out) {
    if (in.is_null()) return at.fail("not_null", "cannot be cleared");
    Decode<T>::from(in, at, out.value.emplace());
  }
};

template <class T>
struct Decode<std::vector<T>> {
  static void from(const boost::json::value& in, const Decoding& at, std::vector<T>& out) {
    if (!in.is_array()) return at.fail("wrong_type", "must be an array");
    const boost::json::array& array = in.get_array();
    if (array.size() > kArrayMax)
      return at.fail("too_many", "has more than " + std::to_string(kArrayMax) + " elements");
    out.clear();
    out.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i) {
      T element{};
      Decode<T>::from(array[i], at.element(i), element);
      out.push_back(std::move(element));
    }
  }
};

template <class T>
struct Decode<std::map<std::string, T>> {
  static void from(const boost::json::value& in, const Decoding& at, std::map<std::string, T>& out) {
    if (!in.is_object()) return at.fail("wrong_type", "must be an object");
    const boost::json::object& object = in.get_object();
    if (object.size() > kArrayMax)
      return at.fail("too_many", "has more than " + std::to_string(kArrayMax) + " members");
    out.clear();
    for (const auto& [name, value] : object) {
      Decode<T>::from(value, at.member(std::string_view(name)), out[std::string(name)]);
    }
  }
};

template <Described T>
requires(!ParsedText<T> && !std::is_enum_v<T>) struct Decode<T> {
  static void from(const boost::json::value& in, const Decoding& at, T& out) {
    if (!in.is_object()) return at.fail("wrong_type", "must be an object");
    const boost::json::object& object = in.get_object();
    std::size_t known = 0;
    boost::mp11::mp_for_each<AllMembers<T>>([&](auto member) {
      auto& field = out.*member.pointer;
      const boost::json::value* value = object.if_contains(member.name);
      if (value) {
        ++known;
        Decode<std::remove_cvref_t<decltype(field)>>::from(*value, at.member(member.name), field);
      } else if constexpr (!kMayBeAbsent<std::remove_cvref_t<decltype(field)>>) {
        at.member(member.name).fail("required", "is required");
      }
    });
    if (known < object.size()) report_unknown(object, at);
  }

 private:
  static void report_unknown(const boost::json::object& object, const Decoding& at) {
    for (const auto& pair : object) {
      bool found = false;
      boost::mp11::mp_for_each<AllMembers<T>>(
          [&](auto member) { found = found || std::string_view(pair.key()) == member.name; });
      if (!found)
        at.member(std::string_view(pair.key())).fail("unknown_field", "is not a field of this object");
    }
  }
};

// The whole mapping of one body. Error: validation_failed with one entry for each broken rule.
template <class T>
result<T> decode(const boost::json::value& in, std::string pointer = {}) {
  std::vector<FieldError> errors;
  T out{};
  Decode<T>::from(in, Decoding(std::move(pointer), errors), out);
  if (errors.empty()) return out;
  return Error(ErrorCode::validation_failed, "some fields are not valid", std::move(errors));
}

} // namespace renova::api

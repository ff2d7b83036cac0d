// Query strings → described structs, as strictly as bodies: unknown and repeated parameters are errors.
#pragma once

#include "api/json_decode.hpp"
#include "http/query.hpp"

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace renova::api {

using http::parse_query;
using QueryPairs = std::vector<http::QueryParameter>;

// One parameter's text as the JSON value that its type expects: "20" for integers, "true" for booleans, else
// a string.
template <class T>
boost::json::value query_value(const std::string& text) {
  if constexpr (std::same_as<T, bool>) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return text.c_str();
  } else if constexpr (std::integral<T>) {
    std::int64_t number = 0;
    auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec == std::errc() && end == text.data() + text.size()) return number;
    return text.c_str();
  } else {
    return boost::json::value(boost::json::string(text));
  }
}

template <class T>
struct QueryField {
  using type = T;
};
template <class T>
struct QueryField<std::optional<T>> {
  using type = T;
};

// Members: bool, integers, std::string, enumerations, dates, ids… each optional or required;
// std::vector<std::string> reads a comma-separated list. Errors have the bare parameter name as pointer.
template <class T>
result<T> decode_query(const QueryPairs& pairs) {
  std::vector<FieldError> errors;
  T out{};
  auto member_exists = [](std::string_view name) {
    bool found = false;
    boost::mp11::mp_for_each<AllMembers<T>>([&](auto member) { found = found || name == member.name; });
    return found;
  };
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (!member_exists(pairs[i].name)) {
      errors.push_back({pairs[i].name, "unknown_parameter", "is not a parameter of this operation"});
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (pairs[j].name == pairs[i].name) errors.push_back({pairs[i].name, "repeated", "is given twice"});
    }
  }
  boost::mp11::mp_for_each<AllMembers<T>>([&](auto member) {
    auto& field = out.*member.pointer;
    using Field = std::remove_cvref_t<decltype(field)>;
    const std::string* text = nullptr;
    for (const auto& pair : pairs) {
      if (pair.name == member.name) text = &pair.value;
    }
    if (text) {
      Decode<Field>::from(query_value<typename QueryField<Field>::type>(*text), Decoding(member.name, errors),
                          field);
    } else if constexpr (!kMayBeAbsent<Field>) {
      errors.push_back({member.name, "required", "is required"});
    }
  });
  if (errors.empty()) return out;
  return Error(ErrorCode::validation_failed, "some parameters are not valid", std::move(errors));
}

// No parameter at all.
struct NoQuery {};
BOOST_DESCRIBE_STRUCT(NoQuery, (), ())

} // namespace renova::api

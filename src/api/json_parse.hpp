// JSON text from outside → a value, with limits and without Boost.JSON's leniencies.
#pragma once

#include "base/result.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string_view>

namespace renova::api {

inline constexpr std::size_t kJsonDepthMax = 32; // levels of arrays and objects
inline constexpr std::size_t kJsonValuesMax =
    200'000; // values in one document: bounds the memory of 1 MiB of "[[],…"

// Reads exactly one RFC 8259 document. Refused as malformed: a byte order mark, invalid UTF-8, lone
// surrogates, anything after the document, nesting over kJsonDepthMax, a member name twice in one object, and
// numbers that no double holds.
result<boost::json::value> parse_json(std::string_view text);

} // namespace renova::api

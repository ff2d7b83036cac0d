// Reading Meta's JSON without trusting its shape.
#pragma once

#include "domain/outcome.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace renova::messaging::cloud_api {

// A member of an object; nullptr when `value` is no object or has none of that name.
const boost::json::value* member(const boost::json::value* value, std::string_view name);
// The elements of an array; an empty one for anything else.
const boost::json::array& elements(const boost::json::value* value);
const boost::json::value* first(const boost::json::value* value);
std::string text_of(const boost::json::value* value); // "" for anything but a string
std::optional<int> code_of(const boost::json::value* error);

// code and details of an error object, long digit runs masked: they may be phone numbers.
domain::VendorNote note_of(const boost::json::value* error);
std::string mask_digits(std::string_view text);

// Parsed with a depth limit. Error: malformed.
result<boost::json::value> parse(std::string_view text);
std::string json_text(const boost::json::value& value);

} // namespace renova::messaging::cloud_api

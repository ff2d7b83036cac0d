// The documents of the original system, record by record: a list may have 64 MiB, a record is small.
#pragma once

#include "base/result.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace renova::services {

// One client or message template, as it stands in the text.
struct LegacyRecord {
  bool is_template = false;
  std::string_view json;
  std::size_t byte = 0; // where it begins
};
using LegacySink = std::function<result<void>(const LegacyRecord&)>;

// Walks `document`, which is a list of records, or an object that holds them under "clients" and "templates"
// (other members are left out), and hands each to `sink` in order. In a list, a record with a "content" and
// no "phone" is a template. What Python writes for a float that is no number (NaN, Infinity) is accepted here
// and is no number there. Errors: malformed with the place in `detail`, as soon as it is met (so: walk once
// with an idle sink before acting); validation_failed (codes not_a_client_list, too_many_lines);
// payload_too_large; whatever the sink says.
result<void> scan_legacy(std::string_view document, const LegacySink& sink);

// One record as a value. Error: malformed.
result<boost::json::value> parse_legacy(std::string_view json);

// "line 12, column 3 (byte 345)", counted from 1; the byte from 0.
std::string describe_place(std::string_view document, std::size_t byte);

} // namespace renova::services

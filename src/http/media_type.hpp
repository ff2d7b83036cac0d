// Content-Type and the Accept fields (RFC 9110 §8.3, §12.5).
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace renova::http {

struct MediaType {
  struct Parameter {
    std::string name; // lower case
    std::string value;
  };
  std::string essence; // lower case, "application/json"
  std::vector<Parameter> parameters;

  // The value of that parameter (given in lower case); empty when there is none.
  std::string_view parameter(std::string_view name) const;
};

// "text/html; charset=\"utf-8\"". Error: malformed (also for more than 16 parameters).
result<MediaType> parse_media_type(std::string_view text);

// True when the Content-Type is that type ("application/json"), with any parameters but a charset other than
// UTF-8.
bool is_media_type(std::string_view content_type, std::string_view essence);

// True when an Accept field wants this type with a weight above zero. An empty field accepts all; of several
// ranges that match, the most precise one decides. A malformed range is skipped.
bool accepts(std::string_view accept, std::string_view essence);

// The weight 0–1000 that an Accept-Encoding field gives to a coding: of its own entry, else of "*", else 0.
int coding_weight(std::string_view accept_encoding, std::string_view coding);

} // namespace renova::http

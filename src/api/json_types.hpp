// Field types that only a JSON body has.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace renova::api {

// A field of a merge patch (RFC 7396) that may be cleared: absent = unchanged, null = cleared, otherwise the
// new value.
template <class T>
struct Patch {
  bool present = false;
  std::optional<T> value;

  bool clears() const { return present && !value; }
  // Writes the change into `target` if there is one.
  void apply_to(std::optional<T>& target) const {
    if (present) target = value;
  }
};

// A field of a merge patch that cannot be cleared: absent = unchanged; null is an error.
template <class T>
struct PatchRequired {
  std::optional<T> value;

  void apply_to(T& target) const {
    if (value) target = *value;
  }
};

// A price as a client may write it: {"amount":5000,"currency":"BRL"} in minor units, or a decimal string
// ("50.00" or "1.234,50") in the tenant's currency. Never a bare number. The service makes money of it with
// the tenant's currency.
struct MoneyInput {
  std::optional<std::int64_t> amount; // minor units; set when the object form was used
  std::string currency;               // ISO 4217; may be empty in the object form: the tenant's
  std::string decimal;                // set when the string form was used
};

// Any JSON, kept as it came.
struct Raw {
  boost::json::value value;
};

// A JSON document that already is text; only for answers.
struct RawText {
  std::string json = "null";
};

} // namespace renova::api

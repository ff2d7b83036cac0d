// Collecting what is wrong with several fields before saying so once.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace renova::domain {

// The same error with `pointer` put before each field's pointer. The parsers of this layer give pointers
// relative to the value they were given ("" for the value itself); the caller knows where in the request it
// stood.
Error under(std::string_view pointer, Error error);

class FieldErrors {
 public:
  // The value, or nothing after noting its error under `pointer`. An error without fields is noted as one
  // field.
  template <class T>
  std::optional<T> take(std::string_view pointer, result<T> outcome) {
    if (outcome.has_value()) return std::move(*outcome);
    note(pointer, outcome.error());
    return std::nullopt;
  }

  void note(std::string_view pointer, const Error& error);
  void add(std::string pointer, std::string code, std::string detail);

  bool empty() const { return fields_.empty(); }
  const std::vector<FieldError>& fields() const { return fields_; }

  // Success when nothing was noted, else validation_failed with every field.
  result<void> finish() const;

 private:
  std::vector<FieldError> fields_;
};

} // namespace renova::domain

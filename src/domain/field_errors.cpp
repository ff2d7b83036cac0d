#include "domain/field_errors.hpp"

namespace renova::domain {

Error under(std::string_view pointer, Error error) {
  for (FieldError& field : error.fields) field.pointer.insert(0, pointer);
  return error;
}

void FieldErrors::note(std::string_view pointer, const Error& error) {
  if (error.fields.empty()) add(std::string(pointer), "invalid", error.detail);
  for (const FieldError& field : error.fields) {
    fields_.push_back({std::string(pointer) + field.pointer, field.code, field.detail});
  }
}

void FieldErrors::add(std::string pointer, std::string code, std::string detail) {
  fields_.push_back({std::move(pointer), std::move(code), std::move(detail)});
}

result<void> FieldErrors::finish() const {
  if (fields_.empty()) return {};
  std::string detail =
      fields_.size() == 1 ? fields_.front().detail : std::to_string(fields_.size()) + " fields are not valid";
  return Error(ErrorCode::validation_failed, std::move(detail), fields_);
}

} // namespace renova::domain

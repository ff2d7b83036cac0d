// Described structs → JSON Schema 2020-12, for the OpenAPI document.
#pragma once

#include "api/json_encode.hpp"

#include <boost/core/demangle.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <span>
#include <typeinfo>

namespace renova::api {

// What a reader should know of one field; a struct with notes specialises kFieldNotes<T>.
struct FieldNote {
  std::string_view field;
  std::string_view description;
  std::string_view example = {}; // JSON text; empty: none
};
template <class T>
inline constexpr std::span<const FieldNote> kFieldNotes{};

// The named schemas met so far: the document's components/schemas.
using SchemaBook = std::map<std::string, boost::json::object>;

template <class T>
struct Schema; // static boost::json::object of(SchemaBook&)

// "renova::api::CreateClient" → "CreateClient".
std::string schema_name(const std::type_info& type);
// {"$ref":"#/components/schemas/NAME"}
boost::json::object schema_reference(const std::string& name);
// The same schema, or null: type arrays where there is a plain type, anyOf otherwise.
boost::json::object nullable(boost::json::object schema);
void annotate(boost::json::object& properties, std::span<const FieldNote> notes);

template <class T>
boost::json::object schema_of(SchemaBook& book) {
  return Schema<T>::of(book);
}

template <>
struct Schema<bool> {
  static boost::json::object of(SchemaBook&) { return {{"type", "boolean"}}; }
};
template <>
struct Schema<double> {
  static boost::json::object of(SchemaBook&) { return {{"type", "number"}}; }
};
template <>
struct Schema<std::string> {
  static boost::json::object of(SchemaBook&) { return {{"type", "string"}}; }
};
template <class T>
requires(std::integral<T> && !std::same_as<T, bool>) struct Schema<T> {
  static boost::json::object of(SchemaBook&) {
    return {{"type", "integer"}, {"format", sizeof(T) > 4 ? "int64" : "int32"}};
  }
};
template <>
struct Schema<Instant> {
  static boost::json::object of(SchemaBook&) { return {{"type", "string"}, {"format", "date-time"}}; }
};
template <>
struct Schema<Date> {
  static boost::json::object of(SchemaBook&) { return {{"type", "string"}, {"format", "date"}}; }
};
template <class Tag>
struct Schema<Id<Tag>> {
  static boost::json::object of(SchemaBook&) { return {{"type", "string"}, {"format", "uuid"}}; }
};
template <>
struct Schema<Raw> {
  static boost::json::object of(SchemaBook&) { return {}; }
};
template <>
struct Schema<RawText> {
  static boost::json::object of(SchemaBook&) { return {}; }
};
template <>
struct Schema<MoneyInput> {
  static boost::json::object of(SchemaBook& book);
};
template <ParsedText T>
struct Schema<T> {
  static boost::json::object of(SchemaBook&) { return {{"type", "string"}}; }
};
template <class T>
requires(std::is_enum_v<T>) struct Schema<T> {
  static boost::json::object of(SchemaBook&) {
    boost::json::object schema{{"type", "string"}};
    if constexpr (boost::describe::has_describe_enumerators<T>::value) {
      boost::json::array values;
      boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
          [&](auto enumerator) { values.emplace_back(std::string_view(to_text(enumerator.value))); });
      schema["enum"] = std::move(values);
    }
    return schema;
  }
};
template <class T>
struct Schema<std::optional<T>> {
  static boost::json::object of(SchemaBook& book) { return nullable(Schema<T>::of(book)); }
};
template <class T>
struct Schema<Patch<T>> {
  static boost::json::object of(SchemaBook& book) { return nullable(Schema<T>::of(book)); }
};
template <class T>
struct Schema<PatchRequired<T>> {
  static boost::json::object of(SchemaBook& book) { return Schema<T>::of(book); }
};
template <class T>
struct Schema<std::vector<T>> {
  static boost::json::object of(SchemaBook& book) {
    return {{"type", "array"}, {"items", Schema<T>::of(book)}, {"maxItems", kArrayMax}};
  }
};
template <class T>
struct Schema<std::map<std::string, T>> {
  static boost::json::object of(SchemaBook& book) {
    return {{"type", "object"}, {"additionalProperties", Schema<T>::of(book)}};
  }
};
template <Described T>
requires(!ParsedText<T> && !std::is_enum_v<T>) struct Schema<T> {
  static boost::json::object of(SchemaBook& book) {
    std::string name = schema_name(typeid(T));
    if (book.emplace(name, boost::json::object{}).second) {
      boost::json::object properties;
      boost::json::array required;
      boost::mp11::mp_for_each<AllMembers<T>>([&](auto member) {
        using Field = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
        properties[member.name] = Schema<Field>::of(book);
        if (!kMayBeAbsent<Field>) required.emplace_back(member.name);
      });
      annotate(properties, kFieldNotes<T>);
      boost::json::object schema{{"type", "object"}, {"additionalProperties", false}};
      schema["properties"] = std::move(properties);
      if (!required.empty()) schema["required"] = std::move(required);
      book[name] = std::move(schema);
    }
    return schema_reference(name);
  }
};

} // namespace renova::api

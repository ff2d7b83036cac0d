#include "api/json_schema.hpp"

#include <boost/json/parse.hpp>

namespace renova::api {

namespace json = boost::json;

std::string schema_name(const std::type_info& type) {
  std::string full = boost::core::demangle(type.name());
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  for (auto at = full.find(kAnonymous); at != full.npos; at = full.find(kAnonymous)) {
    full.erase(at, kAnonymous.size());
  }
  std::string name;
  std::string word;
  auto flush = [&] {
    std::size_t colons = word.rfind(':');
    name += colons == word.npos ? word : word.substr(colons + 1);
    word.clear();
  };
  for (char c : full) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':') {
      word += c;
    } else {
      flush();
    }
  }
  flush();
  return name;
}

json::object schema_reference(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }

json::object nullable(json::object schema) {
  if (schema.empty()) return schema;
  json::value* type = schema.if_contains("type");
  if (!type || schema.contains("enum")) {
    json::array either;
    either.emplace_back(std::move(schema));
    either.emplace_back(json::object{{"type", "null"}});
    return {{"anyOf", std::move(either)}};
  }
  if (type->is_string()) *type = json::array{*type, "null"};
  return schema;
}

void annotate(json::object& properties, std::span<const FieldNote> notes) {
  for (const FieldNote& note : notes) {
    json::value* property = properties.if_contains(note.field);
    if (!property) continue;
    json::object& schema = property->as_object();
    schema["description"] = note.description;
    if (!note.example.empty()) schema["examples"] = json::array{json::parse(note.example)};
  }
}

json::object Schema<MoneyInput>::of(SchemaBook& book) {
  book.try_emplace(
      "MoneyInput",
      json::parse(
          R"({"description":"Minor units with a currency, or a decimal string in the tenant's currency.",
        "examples":["50.00",{"amount":5000,"currency":"BRL"}],
        "oneOf":[{"type":"string"},{"type":"object","additionalProperties":false,"required":["amount"],
        "properties":{"amount":{"type":"integer","format":"int64"},"currency":{"type":"string"}}}]})")
          .as_object());
  return schema_reference("MoneyInput");
}

} // namespace renova::api

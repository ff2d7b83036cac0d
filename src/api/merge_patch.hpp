// PATCH bodies as RFC 7396 merge patches of a whole described struct: absent = unchanged, null = cleared, and
// objects inside of objects are merged too. The outcome is read as strictly as a body that creates the
// object.
#pragma once

#include "api/json_map.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <string>

namespace renova::api {

// `target` with `patch` applied. A null for a member that `target` does not have stays, so that the reader
// can refuse a name that is unknown.
void apply_merge_patch(boost::json::object& target, const boost::json::object& patch);

template <class T>
struct MergePatch {
  boost::json::object patch;

  // Errors: validation_failed, as a body with the outcome would give.
  result<T> onto(const T& current) const {
    boost::json::value document = boost::json::parse(encode(current));
    apply_merge_patch(document.as_object(), patch);
    return decode<T>(document);
  }
};

template <class T>
struct Decode<MergePatch<T>> {
  static void from(const boost::json::value& in, const Decoding& at, MergePatch<T>& out) {
    if (!in.is_object()) return at.fail("wrong_type", "must be an object");
    out.patch = in.get_object();
  }
};

// T's schema with nothing required.
template <class T>
struct Schema<MergePatch<T>> {
  static boost::json::object of(SchemaBook& book) {
    Schema<T>::of(book);
    std::string name = schema_name(typeid(T)) + "Patch";
    boost::json::object schema = book.at(schema_name(typeid(T)));
    schema.erase("required");
    book.emplace(name, std::move(schema));
    return schema_reference(name);
  }
};

} // namespace renova::api

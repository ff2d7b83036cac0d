#include "api/merge_patch.hpp"

namespace renova::api {

void apply_merge_patch(boost::json::object& target, const boost::json::object& patch) {
  for (const auto& member : patch) {
    boost::json::value* present = target.if_contains(member.key());
    if (!present) {
      target.emplace(member.key(), member.value());
    } else if (present->is_object() && member.value().is_object()) {
      apply_merge_patch(present->get_object(), member.value().get_object());
    } else {
      *present = member.value();
    }
  }
}

} // namespace renova::api

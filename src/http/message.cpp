#include "http/message.hpp"

#include "base/text.hpp"

namespace renova::http {

void Headers::set(std::string_view name, std::string value) {
  auto same = [&](const Header& line) { return equals_ignoring_case(line.name, name); };
  const auto first = std::find_if(lines_.begin(), lines_.end(), same);
  if (first == lines_.end()) return add(std::string(name), std::move(value));
  first->value = std::move(value);
  lines_.erase(std::remove_if(first + 1, lines_.end(), same), lines_.end());
}

std::string_view Headers::get(std::string_view name) const {
  for (const Header& line : lines_)
    if (line.name.size() == name.size() && equals_ignoring_case(line.name, name)) return line.value;
  return {};
}

bool Headers::has(std::string_view name) const {
  for (const Header& line : lines_)
    if (line.name.size() == name.size() && equals_ignoring_case(line.name, name)) return true;
  return false;
}

void Headers::remove(std::string_view name) {
  std::erase_if(lines_, [&](const Header& line) { return equals_ignoring_case(line.name, name); });
}

} // namespace renova::http

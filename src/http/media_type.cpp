#include "http/media_type.hpp"

#include "base/text.hpp"
#include "http/syntax.hpp"

namespace renova::http {

namespace {

constexpr std::size_t kParametersMax = 16;

Error malformed() { return Error(ErrorCode::malformed, "the media type is malformed"); }

// Takes `name=value` or `name="value"` from the front; false when it is neither.
bool take_parameter(std::string_view& rest, MediaType::Parameter& parameter) {
  const auto equals = rest.find('=');
  if (equals == std::string_view::npos || !syntax::is_token(rest.substr(0, equals))) return false;
  parameter.name = to_lower(rest.substr(0, equals));
  rest.remove_prefix(equals + 1);
  if (!rest.starts_with('"')) {
    const auto end = rest.find_first_of("; \t");
    parameter.value = rest.substr(0, end);
    rest.remove_prefix(parameter.value.size());
    return syntax::is_token(parameter.value);
  }
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return true;
    }
    if (rest[i] == '\\' && ++i == rest.size()) return false;
    if (!syntax::kFieldValue[static_cast<unsigned char>(rest[i])]) return false;
    parameter.value += rest[i];
  }
  return false;
}

// ";q=0.5" among the parameters → 500; 1000 without; 0 for a malformed one.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view piece = syntax::trim_ows(syntax::take_until(parameters, ';'));
    if (piece.size() < 2 || (piece[0] != 'q' && piece[0] != 'Q') || piece[1] != '=') continue;
    const std::string_view value = piece.substr(2);
    if (value.empty() || value.size() > 5 || (value[0] != '0' && value[0] != '1')) return 0;
    if (value.size() > 1 && value[1] != '.') return 0;
    int weight = (value[0] - '0') * 1000, place = 100;
    for (const char digit : value.substr(std::min<std::size_t>(2, value.size()))) {
      if (digit < '0' || digit > '9') return 0;
      weight += (digit - '0') * place;
      place /= 10;
    }
    return std::min(weight, 1000);
  }
  return 1000;
}

} // namespace

std::string_view MediaType::parameter(std::string_view name) const {
  for (const Parameter& p : parameters)
    if (p.name == name) return p.value;
  return {};
}

result<MediaType> parse_media_type(std::string_view text) {
  MediaType type;
  std::string_view rest = syntax::trim_ows(text);
  const auto end = rest.find_first_of("; \t");
  const std::string_view essence = rest.substr(0, end);
  rest.remove_prefix(essence.size());
  const auto slash = essence.find('/');
  if (slash == std::string_view::npos || !syntax::is_token(essence.substr(0, slash)) ||
      !syntax::is_token(essence.substr(slash + 1)))
    return malformed();
  type.essence = to_lower(essence);
  for (rest = syntax::trim_ows(rest); !rest.empty(); rest = syntax::trim_ows(rest)) {
    if (rest.front() != ';') return malformed();
    rest = syntax::trim_ows(rest.substr(1));
    if (rest.empty() || rest.front() == ';') continue;
    MediaType::Parameter parameter;
    if (type.parameters.size() == kParametersMax || !take_parameter(rest, parameter)) return malformed();
    type.parameters.push_back(std::move(parameter));
  }
  return type;
}

bool is_media_type(std::string_view content_type, std::string_view essence) {
  const auto parsed = parse_media_type(content_type);
  if (parsed.has_error() || parsed->essence != essence) return false;
  const std::string_view charset = parsed->parameter("charset");
  return charset.empty() || equals_ignoring_case(charset, "utf-8") || equals_ignoring_case(charset, "utf8");
}

bool accepts(std::string_view accept, std::string_view essence) {
  if (syntax::trim_ows(accept).empty()) return true;
  const std::string_view type = essence.substr(0, essence.find('/'));
  int best = -1, weight = 0;
  while (!accept.empty()) {
    std::string_view entry = syntax::take_until(accept, ',');
    const std::string_view range = syntax::trim_ows(syntax::take_until(entry, ';'));
    int precision = -1;
    if (equals_ignoring_case(range, essence)) precision = 2;
    if (range.ends_with("/*") && equals_ignoring_case(range.substr(0, range.size() - 2), type)) precision = 1;
    if (range == "*/*") precision = 0;
    if (precision <= best) continue;
    best = precision;
    weight = weight_of(entry);
  }
  return weight > 0;
}

int coding_weight(std::string_view accept_encoding, std::string_view coding) {
  int any = 0;
  while (!accept_encoding.empty()) {
    std::string_view entry = syntax::take_until(accept_encoding, ',');
    const std::string_view name = syntax::trim_ows(syntax::take_until(entry, ';'));
    if (equals_ignoring_case(name, coding)) return weight_of(entry);
    if (name == "*") any = weight_of(entry);
  }
  return any;
}

} // namespace renova::http

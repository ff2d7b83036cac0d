#include "domain/text_rules.hpp"

#include "base/text.hpp"
#include "domain/field_errors.hpp"

#include <algorithm>
#include <set>

namespace renova::domain {
namespace {

Error required() { return field_error("", "required", "must not be empty"); }
Error not_utf8() { return field_error("", "not_utf8", "must be UTF-8 text"); }
Error too_long(std::size_t max) {
  return field_error("", "too_long", "must have at most " + std::to_string(max) + " characters");
}

// Length limits in bytes come first, so that a hostile text of megabytes is not normalised (a code point has
// ≤ 4 bytes).
result<std::string> checked(std::string_view text, std::size_t min, std::size_t max) {
  if (!is_utf8(text)) return not_utf8();
  text = trim(text);
  if (text.size() > 4 * max + 64) return too_long(max);
  std::string clean = normalize(text);
  std::size_t length = count_code_points(clean);
  if (length == 0 && min > 0) return required();
  if (length < min) {
    return field_error("", "too_short", "must have at least " + std::to_string(min) + " characters");
  }
  if (length > max) return too_long(max);
  return clean;
}

result<std::string> one_line(std::string_view text, std::size_t min, std::size_t max) {
  TRY(std::string clean, checked(text, min, max));
  if (has_control(clean)) {
    return field_error("", "control_character", "must be one line without control characters");
  }
  return clean;
}

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_alnum(char c) { return is_alpha(c) || (c >= '0' && c <= '9'); }

// Labels of letters, digits and inner hyphens, at least two, the last one not a number (RFC 1123 §2.1).
bool is_host(std::string_view host) {
  std::size_t labels = 0;
  std::string_view last;
  while (true) {
    std::size_t dot = host.find('.');
    std::string_view label = host.substr(0, dot);
    bool ends_well = !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-';
    bool plain = std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; });
    if (!ends_well || !plain) return false;
    ++labels;
    last = label;
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  return labels >= 2 && last.size() >= 2 &&
         !std::all_of(last.begin(), last.end(), [](char c) { return !is_alpha(c); });
}

// A dot-string of RFC 5321 §4.1.2.
bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > 64 || local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos) return false;
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~.";
  return std::all_of(local.begin(), local.end(),
                     [&](char c) { return is_alnum(c) || kMarks.find(c) != std::string_view::npos; });
}

// One tag or comment of HTML, from its "<" on: how many bytes it takes, or 0 when it is none.
// The states are those of the standard's tokenizer that matter for finding the end: tag name, attributes with
// their quotes, comments and other markup declarations.
std::size_t markup_length(std::string_view text) {
  if (text.starts_with("<!--")) {
    std::size_t end = text.find("-->", 4);
    return end == std::string_view::npos ? text.size() : end + 3;
  }
  if (text.size() < 2) return 0;
  std::size_t name = text[1] == '/' ? 2 : 1;
  bool declaration = text[1] == '!' || text[1] == '?';
  if (!declaration && (name >= text.size() || !is_alpha(text[name]))) return 0;
  enum class State { name_or_gap, value_start, quoted };
  State state = State::name_or_gap;
  char quote = 0;
  for (std::size_t i = name; i < text.size(); ++i) {
    char c = text[i];
    if (state == State::quoted) {
      if (c == quote) state = State::name_or_gap;
      continue;
    }
    if (c == '>') return i + 1;
    if (state == State::value_start && (c == '"' || c == '\'')) {
      state = State::quoted;
      quote = c;
    } else if (c == '=') {
      state = State::value_start;
    } else if (c != ' ' && c != '\t' && c != '\n') {
      state = State::name_or_gap;
    }
  }
  return text.size(); // a tag that never ends takes the rest with it, as in a browser
}

// For "<script …>" and "<style …>": where the matching end tag begins; npos when it never comes. 0 for other
// tags.
std::size_t raw_content_end(std::string_view tag, std::string_view rest) {
  for (std::string_view name : {"script", "style"}) {
    if (tag.size() < name.size() + 2 || !equals_ignoring_case(tag.substr(1, name.size()), name)) continue;
    if (is_alnum(tag[name.size() + 1])) continue;
    std::string closing = "</" + std::string(name);
    for (std::size_t i = 0; i + closing.size() <= rest.size(); ++i) {
      if (rest[i] == '<' && equals_ignoring_case(rest.substr(i, closing.size()), closing)) return i;
    }
    return std::string_view::npos;
  }
  return 0;
}

} // namespace

result<std::string> parse_name(std::string_view text) {
  return one_line(text, kMinNameLength, kMaxNameLength);
}
result<std::string> parse_label(std::string_view text) { return one_line(text, 1, kMaxNameLength); }
result<std::string> parse_line(std::string_view text, std::size_t max_length) {
  return one_line(text, 0, max_length);
}
result<std::string> parse_tag(std::string_view text) { return one_line(text, 1, kMaxTagLength); }

result<std::string> parse_email(std::string_view text) {
  TRY(std::string clean, one_line(text, 1, kMaxEmailLength));
  std::size_t at = clean.rfind('@');
  bool valid = at != std::string::npos && is_local_part(std::string_view(clean).substr(0, at)) &&
               is_host(std::string_view(clean).substr(at + 1));
  if (!valid) return field_error("", "invalid_email", "must be an e-mail address");
  return clean.substr(0, at) + to_lower(std::string_view(clean).substr(at));
}

result<std::vector<std::string>> parse_tags(const std::vector<std::string>& tags) {
  FieldErrors errors;
  std::vector<std::string> kept;
  std::set<std::string> seen;
  if (tags.size() > kMaxTags) {
    return field_error("", "too_many", "may be at most " + std::to_string(kMaxTags) + " tags");
  }
  for (std::size_t i = 0; i < tags.size(); ++i) {
    auto tag = errors.take("/" + std::to_string(i), parse_tag(tags[i]));
    if (tag && seen.insert(fold(*tag)).second) kept.push_back(std::move(*tag));
  }
  TRY_DO(errors.finish());
  return kept;
}

result<std::string> parse_note(std::string_view text) {
  if (!is_utf8(text)) return not_utf8();
  if (text.size() > 8 * kMaxNoteLength) return too_long(kMaxNoteLength);
  return checked(strip_control(text), 1, kMaxNoteLength);
}

result<std::vector<std::pair<std::string, std::string>>> parse_custom_fields(
    const std::vector<std::pair<std::string, std::string>>& fields) {
  if (fields.size() > kMaxCustomFields) {
    return field_error("", "too_many", "may be at most " + std::to_string(kMaxCustomFields) + " fields");
  }
  FieldErrors errors;
  std::vector<std::pair<std::string, std::string>> kept;
  std::set<std::string> seen;
  for (const auto& [key, value] : fields) {
    std::string pointer = "/" + escape_pointer(is_utf8(key) ? prefix(key, kMaxCustomKeyLength) : "?");
    auto clean_key = errors.take(pointer, one_line(key, 1, kMaxCustomKeyLength));
    auto clean_value =
        errors.take(pointer, is_utf8(value) ? checked(strip_control(value), 0, kMaxCustomValueLength)
                                            : result<std::string>(not_utf8()));
    if (!clean_key || !clean_value) continue;
    if (!seen.insert(fold(*clean_key)).second) {
      errors.add(pointer, "duplicate", "is there twice");
      continue;
    }
    kept.emplace_back(std::move(*clean_key), std::move(*clean_value));
  }
  TRY_DO(errors.finish());
  return kept;
}

result<std::string> parse_plan_type(std::string_view text) {
  TRY(std::string line, one_line(text, 1, kMaxPlanTypeLength));
  std::string type = to_upper(fold(line));
  bool plain = !type.empty() && std::all_of(type.begin(), type.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ' ';
  });
  if (!plain) {
    return field_error("", "invalid_plan_type",
                       "may consist of letters, digits, blanks, hyphens and underscores");
  }
  if (type == "OUTROS" || type == "OUTRO") return std::string("OTHER");
  return type;
}

result<std::string> parse_body(std::string_view text) {
  if (!is_utf8(text)) return not_utf8();
  // Markup may be longer than what remains, but not without bound.
  if (text.size() > 8 * kMaxBodyLength) return too_long(kMaxBodyLength);
  return checked(strip_tags(strip_control(text)), 1, kMaxBodyLength);
}

std::string sanitize_value(std::string_view text) {
  if (!is_utf8(text)) return {};
  std::string clean = strip_control(text);
  std::replace(clean.begin(), clean.end(), '\n', ' ');
  std::replace(clean.begin(), clean.end(), '\t', ' ');
  return std::string(trim(clean));
}

std::string strip_tags(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = text[0] == '<' ? markup_length(text) : 0;
    if (length == 0) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    std::string_view tag = text.substr(0, length);
    text.remove_prefix(length);
    std::size_t skip = raw_content_end(tag, text);
    text.remove_prefix(std::min(skip, text.size()));
  }
  return out;
}

std::string escape_pointer(std::string_view token) {
  std::string out;
  for (char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

} // namespace renova::domain

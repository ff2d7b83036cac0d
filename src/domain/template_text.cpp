#include "domain/template_text.hpp"

#include "base/text.hpp"
#include "domain/enum_text.hpp"
#include "domain/field_errors.hpp"
#include "domain/text_rules.hpp"

#include <algorithm>

namespace renova::domain {
namespace {

constexpr std::array<std::string_view, kVariables> kEnglish{
    "name", "first_name", "plan",     "plan_type",    "value",    "due_date", "payment_day",
    "days", "pix",        "pix_copy", "payment_link", "business", "support"};
constexpr std::array<std::string_view, kVariables> kPortuguese{
    "nome", "primeiro_nome", "plano",    "tipo",         "valor",   "vencimento", "dia",
    "dias", "pix",           "pix_copy", "payment_link", "negocio", "suporte"};

// What a message of errors shows of an unknown name.
constexpr std::size_t kShownName = 40;

Error at_character(std::string_view body, std::size_t byte, std::string_view code, const std::string& what) {
  std::size_t character = count_code_points(body.substr(0, byte)) + 1;
  return field_error("", std::string(code), what + " at character " + std::to_string(character));
}

// Texts and variables in turn; neighbouring texts are one.
class Builder {
 public:
  void text(std::string_view piece) { text_ += piece; }
  void variable(Variable variable) {
    flush();
    out_.segments.emplace_back(variable);
  }
  TemplateText finish() {
    flush();
    return std::move(out_);
  }

 private:
  void flush() {
    if (!text_.empty()) out_.segments.emplace_back(std::move(text_));
    text_.clear();
  }
  TemplateText out_;
  std::string text_;
};

// The variable between the brace at `open` and the next closing one; `close` is set behind it. Errors are
// noted.
std::optional<Variable> read_variable(std::string_view body, std::size_t open, std::size_t& close,
                                      FieldErrors& errors) {
  close = body.find_first_of("{}", open + 1);
  if (close == std::string_view::npos || body[close] == '{') {
    errors.note("", at_character(body, open, "unbalanced_brace", "has a { that is never closed"));
    if (close == std::string_view::npos) close = body.size();
    return std::nullopt;
  }
  std::string_view name = trim(body.substr(open + 1, close - open - 1));
  ++close;
  Variable variable{};
  if (from_text(name, variable)) return variable;
  if (name.empty()) {
    errors.note("", at_character(body, open, "empty_variable", "has empty braces"));
  } else {
    errors.note("", at_character(body, open, "unknown_variable",
                                 "has the unknown variable {" + std::string(prefix(name, kShownName)) + "}"));
  }
  return std::nullopt;
}

std::string day_of(Date date) { return std::to_string(date.day()); }

} // namespace

std::string_view to_text(Variable variable) { return enum_to_text(kEnglish, variable); }
std::string_view portuguese_name(Variable variable) { return enum_to_text(kPortuguese, variable); }

bool from_text(std::string_view text, Variable& out) {
  if (enum_from_text(kEnglish, text, out) || enum_from_text(kPortuguese, text, out)) return true;
  if (text.size() > 4 * kShownName) return false;
  std::string folded = fold(text);
  return enum_from_text(kEnglish, folded, out) || enum_from_text(kPortuguese, folded, out);
}

bool TemplateText::uses(Variable variable) const {
  return std::any_of(segments.begin(), segments.end(), [&](const auto& segment) {
    const auto* used = std::get_if<Variable>(&segment);
    return used && *used == variable;
  });
}

std::vector<Variable> TemplateText::variables() const {
  std::vector<Variable> out;
  for (const auto& segment : segments) {
    const auto* used = std::get_if<Variable>(&segment);
    if (used && std::find(out.begin(), out.end(), *used) == out.end()) out.push_back(*used);
  }
  return out;
}

result<TemplateText> parse_template(std::string_view text) {
  TRY(std::string clean, parse_body(text));
  std::string_view body = clean;
  FieldErrors errors;
  Builder builder;
  std::size_t at = 0;
  while (at < body.size()) {
    std::size_t brace = std::min(body.find_first_of("{}", at), body.size());
    builder.text(body.substr(at, brace - at));
    at = brace;
    if (at == body.size()) break;
    bool doubled = at + 1 < body.size() && body[at + 1] == body[at];
    if (doubled) {
      builder.text(body.substr(at, 1));
      at += 2;
    } else if (body[at] == '}') {
      errors.note("", at_character(body, at, "unbalanced_brace", "has a } that closes nothing"));
      ++at;
    } else if (auto variable = read_variable(body, at, at, errors)) {
      builder.variable(*variable);
    }
  }
  TRY_DO(errors.finish());
  return builder.finish();
}

std::string adopt_legacy_body(std::string_view body) {
  std::string out;
  std::size_t at = 0;
  while (at < body.size()) {
    char c = body[at];
    if (c != '{' && c != '}') {
      out += c;
      ++at;
      continue;
    }
    std::size_t close = c == '{' ? body.find_first_of("{}", at + 1) : std::string_view::npos;
    Variable variable{};
    bool known = false;
    if (close != std::string_view::npos && body[close] == '}') {
      std::string_view name = trim(body.substr(at + 1, close - at - 1));
      if (name == "plan_duration") name = "due_date";
      if (name == "days_until_expiration") name = "days";
      known = from_text(name, variable);
    }
    if (known) {
      out.append("{").append(to_text(variable)).append("}");
      at = close + 1;
    } else {
      out.append(2, c);
      ++at;
    }
  }
  return out;
}

std::string_view first_name(std::string_view name) {
  name = trim(name);
  return name.substr(0, name.find_first_of(" \t"));
}

TemplateValues make_values(const ValueSource& source) {
  TemplateValues values;
  values[Variable::name] = sanitize_value(source.name);
  values[Variable::first_name] = std::string(first_name(values[Variable::name]));
  values[Variable::plan] = sanitize_value(trim(source.plan).empty() ? source.plan_type : source.plan);
  values[Variable::plan_type] = sanitize_value(source.plan_type);
  if (source.value) values[Variable::value] = format_money(*source.value, source.locale);
  if (source.due_on) {
    values[Variable::due_date] = format_date(*source.due_on, source.locale);
    values[Variable::payment_day] = day_of(*source.due_on);
    values[Variable::days] = std::to_string(std::abs(*source.due_on - source.today));
  }
  values[Variable::pix] = sanitize_value(source.pix);
  values[Variable::pix_copy] = sanitize_value(source.pix_copy);
  values[Variable::payment_link] = sanitize_value(source.payment_link);
  values[Variable::business] = sanitize_value(source.business);
  values[Variable::support] = sanitize_value(source.support);
  return values;
}

Rendered render(const TemplateText& text, const TemplateValues& values) {
  Rendered out;
  for (const auto& segment : text.segments) {
    if (const auto* literal = std::get_if<std::string>(&segment)) {
      out.text += *literal;
      continue;
    }
    auto variable = std::get<Variable>(segment);
    out.text += values[variable];
    bool noted = std::find(out.missing.begin(), out.missing.end(), variable) != out.missing.end();
    if (values[variable].empty() && !noted) out.missing.push_back(variable);
  }
  std::string_view cut = prefix(out.text, kMaxBodyLength);
  out.too_long = cut.size() < out.text.size();
  out.text.resize(cut.size());
  return out;
}

std::size_t pick_variant(const MessageId& id, std::size_t count) {
  if (count < 2) return 0;
  // FNV-1a over all bytes: the id's own hash is its random tail, which other parts of the program shard by.
  std::uint64_t hash = 14695981039346656037ULL;
  for (std::uint8_t byte : id.uuid()) hash = (hash ^ byte) * 1099511628211ULL;
  return static_cast<std::size_t>((hash >> 32) % count);
}

result<std::string> parameter_value(std::string_view name, const TemplateValues& values) {
  Variable variable{};
  if (!from_text(name, variable)) {
    return field_error("", "unknown_variable",
                       "names the unknown variable {" + std::string(prefix(name, kShownName)) + "}");
  }
  return values[variable];
}

} // namespace renova::domain

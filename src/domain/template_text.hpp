// Message templates: "Olá {first_name}, seu plano {plan} vence em {due_date}." parsed once, rendered for each
// client.
#pragma once

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/locale.hpp"
#include "domain/money.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace renova::domain {

enum class Variable {
  name,
  first_name,
  plan,
  plan_type,
  value,
  due_date,
  payment_day, // day of the month of the due date
  days,        // whole days between today and the due date, without a sign: "3" before as after
  pix,         // the key
  pix_copy,    // the "copy and paste" code
  payment_link,
  business,
  support,
};
inline constexpr std::size_t kVariables = 13;

std::string_view to_text(Variable variable);          // the English name: "first_name"
bool from_text(std::string_view text, Variable& out); // either name; case and accents do not matter
std::string_view portuguese_name(Variable variable);  // "primeiro_nome"; the English one where there is none

// A parsed body: text and variables in turn.
struct TemplateText {
  std::vector<std::variant<std::string, Variable>> segments;

  bool uses(Variable variable) const;
  std::vector<Variable> variables() const; // each once, in the order of first use
};

// "{name}" is a variable (blanks inside the braces are allowed); "{{" and "}}" are literal braces. Everything
// wrong is reported, each with pointer "" and the character it begins at: unknown_variable, unbalanced_brace,
// empty_variable. Also what parse_body() says.
result<TemplateText> parse_template(std::string_view body);

// A body of the original system, whose custom messages knew {plan_duration} and {days_until_expiration}, in
// today's names; braces that are no variable of ours are doubled, so that the result always parses.
std::string adopt_legacy_body(std::string_view body);

// The values of one message. An empty text is a missing value.
class TemplateValues {
 public:
  std::string& operator[](Variable variable) { return values_[static_cast<std::size_t>(variable)]; }
  const std::string& operator[](Variable variable) const {
    return values_[static_cast<std::size_t>(variable)];
  }

 private:
  std::array<std::string, kVariables> values_;
};

// What the values are made of; texts may be empty.
struct ValueSource {
  std::string_view name;
  std::string_view plan; // empty: plan_type stands in
  std::string_view plan_type;
  std::optional<Money> value;
  std::optional<Date> due_on;
  Date today; // in the tenant's zone
  std::string_view pix;
  std::string_view pix_copy;
  std::string_view payment_link;
  std::string_view business;
  std::string_view support;
  Locale locale = Locale::pt_br;
};
TemplateValues make_values(const ValueSource& source);

// The first word of a name.
std::string_view first_name(std::string_view name);

struct Rendered {
  std::string text;
  std::vector<Variable> missing; // used, but without a value: the message is held
  bool too_long = false;         // over kMaxBodyLength code points; `text` is then cut there
  bool ok() const { return missing.empty() && !too_long; }
};
// Values are put in as they are and never expanded again, whatever braces they hold.
Rendered render(const TemplateText& text, const TemplateValues& values);

// Which of `count` texts (the body, then its variants) a message uses: always the same for the same message,
// evenly spread.
std::size_t pick_variant(const MessageId& id, std::size_t count);

// A parameter of a Cloud API template: its value by the variable's name in either language; an error for
// another name.
result<std::string> parameter_value(std::string_view name, const TemplateValues& values);

} // namespace renova::domain

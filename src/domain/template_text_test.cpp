#include "domain/template_text.hpp"

#include "domain/text_rules.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

TemplateValues sample() {
  ValueSource source;
  source.name = "Maria da Silva";
  source.plan_type = "IPTV";
  source.value = Money{123450, Currency()};
  source.due_on = Date::of(2026, 12, 31);
  source.today = Date::of(2026, 12, 28);
  source.business = "Loja {nome}";
  return make_values(source);
}

std::string rendered(std::string_view body) {
  auto text = parse_template(body);
  if (!text) {
    std::string codes;
    Error error = text.error();
    for (const FieldError& field : error.fields) codes += field.code + ":" + field.detail + "|";
    return codes;
  }
  return render(*text, sample()).text;
}

TEST(Template, BadBodiesAreRefusedWithPlace) {
  EXPECT_EQ(rendered("Olá {foo}!"), "unknown_variable:has the unknown variable {foo} at character 5|");
  EXPECT_EQ(rendered("Olá {nome"), "unbalanced_brace:has a { that is never closed at character 5|");
  EXPECT_EQ(rendered("Olá nome}"), "unbalanced_brace:has a } that closes nothing at character 9|");
  EXPECT_EQ(rendered("{}"), "empty_variable:has empty braces at character 1|");
  EXPECT_EQ(rendered("{name.__class__}"),
            "unknown_variable:has the unknown variable {name.__class__} at character 1|");
  EXPECT_EQ(rendered("{ { x"),
            "unbalanced_brace:has a { that is never closed at character 1|"
            "unbalanced_brace:has a { that is never closed at character 3|");
  EXPECT_EQ(rendered("{a}{b}"),
            "unknown_variable:has the unknown variable {a} at character 1|"
            "unknown_variable:has the unknown variable {b} at character 4|");
  EXPECT_EQ(rendered(""), "required:must not be empty|");
  EXPECT_FALSE(parse_template(std::string(4097, 'x')));
  EXPECT_FALSE(parse_template("\xFF"));
}

TEST(Template, BothLanguages) {
  EXPECT_EQ(rendered("{name}|{first_name}|{plan}|{plan_type}|{value}|{due_date}|{payment_day}|{days}"),
            "Maria da Silva|Maria|IPTV|IPTV|R$ 1.234,50|31/12/2026|31|3");
  EXPECT_EQ(rendered("{nome}|{primeiro_nome}|{plano}|{tipo}|{valor}|{vencimento}|{dia}|{dias}"),
            "Maria da Silva|Maria|IPTV|IPTV|R$ 1.234,50|31/12/2026|31|3");
  EXPECT_EQ(rendered("{ Nome } {NEGÓCIO}"), "Maria da Silva Loja {nome}");
  for (std::size_t i = 0; i < kVariables; ++i) {
    auto variable = static_cast<Variable>(i);
    Variable read{};
    EXPECT_TRUE(from_text(to_text(variable), read) && read == variable);
    EXPECT_TRUE(from_text(portuguese_name(variable), read) && read == variable);
  }
}

TEST(Template, DoubledBracesAreLiteral) {
  EXPECT_EQ(rendered("{{nome}} {{ }}"), "{nome} { }");
  EXPECT_EQ(rendered("{{{nome}}}"), "{Maria da Silva}");
  EXPECT_EQ(rendered("*negrito* <b>x</b>"), "*negrito* x");
}

TEST(Template, MissingValuesAreReportedOnce) {
  auto text = *parse_template("{pix} {pix} {support} {name}");
  Rendered out = render(text, sample());
  EXPECT_EQ(out.missing, (std::vector<Variable>{Variable::pix, Variable::support}));
  EXPECT_FALSE(out.ok());
  EXPECT_EQ(text.variables(), (std::vector<Variable>{Variable::pix, Variable::support, Variable::name}));
  EXPECT_TRUE(text.uses(Variable::name));
  EXPECT_FALSE(text.uses(Variable::value));
}

TEST(Template, TooLongIsCutAndSaid) {
  ValueSource source;
  std::string name(100, 'n');
  source.name = name;
  std::string body;
  for (int i = 0; i < 50; ++i) body += "{name}";
  Rendered out = render(*parse_template(body), make_values(source));
  EXPECT_TRUE(out.too_long);
  EXPECT_EQ(out.text.size(), kMaxBodyLength);
}

TEST(Template, LocalesWriteValuesTheirWay) {
  ValueSource source;
  source.value = Money{5000, *Currency::parse("USD")};
  source.due_on = Date::of(2026, 12, 31);
  source.today = Date::of(2027, 1, 1);
  source.locale = Locale::en;
  TemplateValues values = make_values(source);
  EXPECT_EQ(values[Variable::value], "$50.00");
  EXPECT_EQ(values[Variable::due_date], "Dec 31, 2026");
  EXPECT_EQ(values[Variable::days], "1"); // past: without a sign
  EXPECT_EQ(*parameter_value("dias", values), "1");
  EXPECT_FALSE(parameter_value("nada", values));
}

TEST(Template, LegacyBodiesAlwaysParse) {
  EXPECT_EQ(adopt_legacy_body("Oi {name}, {plan_duration} ({days_until_expiration}) {x} }{"),
            "Oi {name}, {due_date} ({days}) {{x}} }}{{");
}

TEST(Template, VariantsAreEvenAndStable) {
  std::array<int, 3> used{};
  for (int i = 0; i < 3000; ++i) {
    MessageId id = MessageId::make(Instant{i * 1'000'000LL});
    std::size_t pick = pick_variant(id, 3);
    EXPECT_EQ(pick, pick_variant(id, 3));
    ++used.at(pick);
  }
  for (int n : used) EXPECT_GT(n, 800);
  EXPECT_EQ(pick_variant(MessageId(), 1), 0u);
  EXPECT_EQ(pick_variant(MessageId(), 0), 0u);
}

// A value is never expanded again, whatever it holds.
RC_GTEST_PROP(TemplateProperty, ValuesAreOpaque, ()) {
  auto name = *rc::gen::container<std::string>(rc::gen::element('{', '}', 'n', 'o', 'm', 'e', ' ', 'x'));
  ValueSource source;
  source.name = name;
  TemplateValues values = make_values(source);
  Rendered out = render(*parse_template("[{nome}]"), values);
  RC_ASSERT(out.text == "[" + values[Variable::name] + "]");
}

RC_GTEST_PROP(TemplateProperty, LegacyBodiesParse, ()) {
  auto body = *rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::element('{', '}', 'd', 'i', 'a', 's', ' ', 'x', 'n', 'o', 'm', 'e')));
  if (!parse_body(body)) return;
  RC_ASSERT(parse_template(adopt_legacy_body(body)).has_value());
}

} // namespace
} // namespace renova::domain

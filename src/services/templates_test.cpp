#include "services/templates.hpp"

#include <gtest/gtest.h>

namespace renova::services::templates {
namespace {

TemplateContent good() {
  TemplateContent content;
  content.name = "Três dias antes";
  content.body = "Olá {nome}, vence em {vencimento}.";
  return content;
}

// Every broken rule as "pointer code", in order.
std::vector<std::string> wrong(const TemplateContent& content) {
  auto checked = check(content);
  std::vector<std::string> out;
  if (checked.has_value()) return out;
  Error error = checked.error();
  for (const auto& field : error.fields) out.push_back(field.pointer + " " + field.code);
  return out;
}
using Wrong = std::vector<std::string>;

TEST(Templates, NeedANameAndABody) {
  TemplateContent content = good();
  content.name = "  ";
  content.body = "";
  EXPECT_EQ(wrong(content), (Wrong{"/name required", "/body required"}));
}

TEST(Templates, RefuseUnknownVariablesWithTheirPlace) {
  TemplateContent content = good();
  content.body = "Olá {nome} {quem} {}";
  EXPECT_EQ(wrong(content), (Wrong{"/body unknown_variable", "/body empty_variable"}));
  Error error = check(content).error();
  EXPECT_NE(error.fields[0].detail.find("character 12"), std::string::npos) << error.fields[0].detail;
  content.body = "Olá {nome";
  EXPECT_EQ(wrong(content), (Wrong{"/body unbalanced_brace"}));
}

TEST(Templates, CheckEachVariant) {
  TemplateContent content = good();
  content.variants = {"Oi {nome}", "Oi {quem}", ""};
  EXPECT_EQ(wrong(content), (Wrong{"/variants/1 unknown_variable", "/variants/2 required"}));
  content.variants.assign(10, "Oi {nome}");
  EXPECT_EQ(wrong(content), Wrong{});
  content.variants.assign(11, "Oi {nome}");
  EXPECT_EQ(wrong(content), (Wrong{"/variants too_many"}));
}

TEST(Templates, AreOfKindsThatSomethingSends) {
  TemplateContent content = good();
  for (auto kind : {domain::MessageKind::manual, domain::MessageKind::test}) {
    content.kind = kind;
    EXPECT_EQ(wrong(content), (Wrong{"/kind unknown_value"}));
  }
}

TEST(Templates, NormaliseThePlanType) {
  TemplateContent content = good();
  content.plan_type = "iptv";
  auto checked = check(content);
  ASSERT_TRUE(checked.has_value());
  EXPECT_EQ(checked->plan_type, "IPTV");
  content.plan_type = "what?!";
  EXPECT_EQ(wrong(content), (Wrong{"/plan_type invalid_plan_type"}));
}

TEST(Templates, LoseTagsAndControlCharacters) {
  TemplateContent content = good();
  content.body = "Olá <b>{nome}</b>\x01<script>alert(1)</script> *bold*";
  auto checked = check(content);
  ASSERT_TRUE(checked.has_value());
  EXPECT_EQ(checked->body, "Olá {nome} *bold*");
}

TEST(Templates, CheckTheMappingToACloudTemplate) {
  TemplateContent content = good();
  content.cloud_template = CloudTemplate{"Vencimento Plano", "portugues", {"nome", "quem"}};
  EXPECT_EQ(wrong(content),
            (Wrong{"/cloud_template/name invalid_format", "/cloud_template/language invalid_format",
                   "/cloud_template/parameters/1 unknown_variable"}));
  content.cloud_template = CloudTemplate{"vencimento_plano", "pt_BR", {"nome", "value"}};
  EXPECT_EQ(wrong(content), Wrong{});
  for (const char* language : {"en", "en_US", "fil", "zh_HK", "es_419"}) {
    content.cloud_template->language = language;
    EXPECT_EQ(wrong(content), Wrong{}) << language;
  }
  for (const char* language : {"", "e", "EN", "pt-BR", "pt_", "pt_br"}) {
    content.cloud_template->language = language;
    EXPECT_EQ(wrong(content), (Wrong{"/cloud_template/language invalid_format"})) << language;
  }
}

TEST(Templates, TakeMediaFromHttpsOnly) {
  TemplateContent content = good();
  content.media = TemplateMedia{"image", "https://example.com/qr.png", {}};
  EXPECT_EQ(wrong(content), Wrong{});
  for (const char* link : {"", "https://", "http://example.com/a.png", "https://a b", "file:///etc/passwd"}) {
    content.media = TemplateMedia{"image", link, {}};
    EXPECT_EQ(wrong(content), (Wrong{"/media/link invalid_url"})) << link;
  }
  content.media = TemplateMedia{"sound", "https://example.com/a", "a.pdf"};
  EXPECT_EQ(wrong(content), (Wrong{"/media/type unknown_value", "/media/filename not_allowed"}));
}

TEST(Templates, PreviewSaysWhatIsMissing) {
  TemplateContent content = good();
  content.body = "Olá {nome}: {valor} {pix}";
  content.variants = {"Oi {first_name}"};
  content.cloud_template = CloudTemplate{"x", "pt_BR", {"nome", "pix"}};
  domain::TemplateValues values;
  values[domain::Variable::name] = "Ana {valor}";
  values[domain::Variable::first_name] = "Ana";
  values[domain::Variable::value] = "R$ 35,00";
  auto shown = preview(content, values);
  ASSERT_TRUE(shown.has_value());
  EXPECT_TRUE(shown->body.text.starts_with("Olá Ana {valor}: R$ 35,00")); // a value is never expanded again
  EXPECT_EQ(shown->body.missing, (std::vector<std::string>{"pix"}));
  EXPECT_EQ(shown->variants[0].text, "Oi Ana");
  EXPECT_EQ(shown->variables, (std::vector<std::string>{"name", "value", "pix", "first_name"}));
  EXPECT_EQ(shown->cloud_parameters, (std::vector<std::string>{"Ana {valor}", ""}));
}

TEST(Templates, SampleHasAValueForEveryVariable) {
  TemplateContent content = good();
  content.body =
      "{name}{first_name}{plan}{plan_type}{value}{due_date}{payment_day}{days}{pix}{pix_copy}"
      "{payment_link}{business}{support}";
  for (auto locale : {domain::Locale::pt_br, domain::Locale::en, domain::Locale::es}) {
    auto shown = preview(content, sample_values(locale, Date::of(2026, 12, 31), "Loja"));
    ASSERT_TRUE(shown.has_value());
    EXPECT_EQ(shown->body.missing, std::vector<std::string>{});
  }
}

} // namespace
} // namespace renova::services::templates

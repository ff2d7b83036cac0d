#include "domain/text_rules.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

template <class T>
std::string code_of(const result<T>& outcome) {
  return outcome ? "ok" : Error(outcome.error()).fields.at(0).code;
}
std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(TextRules, Names) {
  EXPECT_EQ(code_of(parse_name("")), "required");
  EXPECT_EQ(code_of(parse_name(" \t\u00A0 ")), "required");
  EXPECT_EQ(code_of(parse_name("J")), "too_short");
  EXPECT_EQ(code_of(parse_name("\xFFzé")), "not_utf8");
  EXPECT_EQ(code_of(parse_name("Ana\nMaria")), "control_character");
  EXPECT_EQ(code_of(parse_name(std::string("Ana\0Maria", 9))), "control_character");
  EXPECT_EQ(code_of(parse_name("Ana \u202E Maria")), "control_character");
  EXPECT_EQ(code_of(parse_name(repeat("é", 101))), "too_long");
  EXPECT_EQ(code_of(parse_name(std::string(1'000'000, 'a'))), "too_long");
  EXPECT_EQ(*parse_name(repeat("é", 100)), repeat("é", 100));
  EXPECT_EQ(*parse_name("  Joana d'Arc & \"Cia\" <3 "), "Joana d'Arc & \"Cia\" <3");
  EXPECT_EQ(*parse_name("Jose\u0301"), "José"); // NFC
  EXPECT_EQ(*parse_label("A"), "A");
  EXPECT_EQ(*parse_line(""), "");
  EXPECT_EQ(code_of(parse_line("abc", 2)), "too_long");
}

TEST(TextRules, Emails) {
  for (std::string_view bad :
       {"a", "a@", "@b.com", "a@b", "a b@c.com", "a@b..com", ".a@b.com", "a.@b.com", "a..b@c.com", "a@-b.com",
        "a@b.1", "a@b.c", "\"a\"@b.com", "a@[127.0.0.1]", "a@b.com, c@d.com", "a@b.com>", "é@b.com"}) {
    EXPECT_EQ(code_of(parse_email(bad)), "invalid_email") << bad;
  }
  EXPECT_EQ(code_of(parse_email("")), "required");
  EXPECT_EQ(code_of(parse_email(repeat("a", 60) + "@" + repeat("bcdefgh.", 30) + "com")), "too_long");
  EXPECT_EQ(*parse_email(" Ana.Souza+x@Exemplo.COM.br "), "Ana.Souza+x@exemplo.com.br");
}

TEST(TextRules, Tags) {
  EXPECT_EQ(code_of(parse_tag("")), "required");
  EXPECT_EQ(code_of(parse_tag(repeat("x", 41))), "too_long");
  EXPECT_EQ(*parse_tags({"vip", " VIP ", "Família", "familia", "novo"}),
            (std::vector<std::string>{"vip", "Família", "novo"}));
  auto bad = parse_tags({"ok", "", "a\nb"});
  Error error = bad.error();
  ASSERT_EQ(error.fields.size(), 2u);
  EXPECT_EQ(error.fields[0].pointer, "/1");
  EXPECT_EQ(error.fields[1].pointer, "/2");
  EXPECT_EQ(code_of(parse_tags(std::vector<std::string>(51, "x"))), "too_many");
}

TEST(TextRules, NotesAndCustomFields) {
  EXPECT_EQ(code_of(parse_note("\x01\x02")), "required");
  EXPECT_EQ(code_of(parse_note(repeat("x", 2001))), "too_long");
  EXPECT_EQ(*parse_note("a\r\nb\x07\n"), "a\nb");
  EXPECT_EQ(code_of(parse_custom_fields({{"a/b~", repeat("x", 501)}})), "too_long");
  EXPECT_EQ(Error(parse_custom_fields({{"a/b~", repeat("x", 501)}}).error()).fields[0].pointer, "/a~1b~0");
  EXPECT_EQ(code_of(parse_custom_fields({{"Cor", "1"}, {"cor", "2"}})), "duplicate");
  EXPECT_EQ(code_of(parse_custom_fields({{"", "1"}})), "required");
  EXPECT_EQ(code_of(parse_custom_fields({{"\xFF", "1"}})), "not_utf8");
  EXPECT_EQ(parse_custom_fields({{"Cor ", " azul"}})->at(0),
            (std::pair<std::string, std::string>("Cor", "azul")));
}

TEST(TextRules, PlanTypes) {
  EXPECT_EQ(*parse_plan_type("iptv"), "IPTV");
  EXPECT_EQ(*parse_plan_type("Outros"), "OTHER");
  EXPECT_EQ(*parse_plan_type("Natação 2x_sem-1"), "NATACAO 2X_SEM-1");
  EXPECT_EQ(code_of(parse_plan_type("")), "required");
  EXPECT_EQ(code_of(parse_plan_type("A|B")), "invalid_plan_type");
  EXPECT_EQ(code_of(parse_plan_type("日本")), "invalid_plan_type");
  EXPECT_EQ(code_of(parse_plan_type(repeat("A", 31))), "too_long");
}

TEST(TextRules, TagsAreStrippedAsABrowserWould) {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  for (const Case& c : std::initializer_list<Case>{{"Olá <b>Ana</b>!", "Olá Ana!"},
                                                   {"a < b > c", "a < b > c"},
                                                   {"1<2 e 3>2", "1<2 e 3>2"},
                                                   {"<3 você", "<3 você"},
                                                   {"<script>alert(1)</script>oi", "oi"},
                                                   {"<SCRIPT src=x>alert('<b>')</ScRiPt >oi", "oi"},
                                                   {"<style>p{}</style>oi", "oi"},
                                                   {"<scripted>oi", "oi"},
                                                   {"<script>nunca fecha", ""},
                                                   {"<a title=\"a>b\" href='c>d'>x</a>y", "xy"},
                                                   {"<a title = \">\" >x", "x"},
                                                   {"<!-- c > d -->x", "x"},
                                                   {"<!-- nunca fecha", ""},
                                                   {"<!doctype html>x<?php y ?>z", "xz"},
                                                   {"<br", ""},
                                                   {"x<", "x<"},
                                                   {"x</", "x</"},
                                                   {"<b<b>>x", ">x"},
                                                   {"*negrito* _itálico_ ~não~", "*negrito* _itálico_ ~não~"},
                                                   {"&lt;b&gt;", "&lt;b&gt;"}}) {
    EXPECT_EQ(strip_tags(c.text), c.expected) << c.text;
  }
}

TEST(TextRules, Bodies) {
  EXPECT_EQ(code_of(parse_body("<b></b>\x01")), "required");
  EXPECT_EQ(code_of(parse_body(repeat("é", 4097))), "too_long");
  EXPECT_EQ(code_of(parse_body(std::string(10'000'000, '<'))), "too_long");
  EXPECT_EQ(*parse_body(repeat("é", 4096)), repeat("é", 4096));
  EXPECT_EQ(*parse_body("Olá\r\n\t*Ana*\x1B[2J"), "Olá\n\t*Ana*[2J");
  EXPECT_EQ(sanitize_value(" a\nb\tc\x01 "), "a b c");
  EXPECT_EQ(sanitize_value("\xFF"), "");
}

RC_GTEST_PROP(TextRulesProperty, WhatPassesPassesAgainUnchanged, (const std::string& text)) {
  for (auto* parse : {&parse_name, &parse_email, &parse_tag, &parse_note, &parse_plan_type, &parse_body}) {
    auto once = (*parse)(text);
    if (!once) continue;
    RC_ASSERT(is_utf8(*once));
    if (parse != &parse_body) RC_ASSERT(*(*parse)(*once) == *once);
  }
}

RC_GTEST_PROP(TextRulesProperty, StrippingOnlyRemoves, ()) {
  auto text = *rc::gen::container<std::string>(
      rc::gen::element('<', '>', '/', '!', '-', '"', '\'', '=', 'a', 's', ' '));
  std::string stripped = strip_tags(text);
  RC_ASSERT(stripped.size() <= text.size());
  // What remains is a subsequence of what was.
  std::size_t at = 0;
  for (char c : stripped) {
    at = text.find(c, at);
    RC_ASSERT(at != std::string::npos);
    ++at;
  }
}

} // namespace
} // namespace renova::domain

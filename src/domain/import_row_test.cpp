#include "domain/import_row.hpp"

#include "domain/csv.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

using Field = ImportField;

std::string problems(const std::vector<ImportProblem>& list) {
  std::string out;
  for (const ImportProblem& p : list) out += std::string(to_text(p.field)) + ":" + p.code + " ";
  return out;
}
std::string date(std::string_view text, bool month_first = false) {
  auto parsed = parse_import_date(text, month_first);
  return parsed ? to_string(*parsed) : "invalid";
}

const std::vector<std::string> kHeaders{"nome",  "telefone",   "email",  "plano", "tipo",
                                        "valor", "vencimento", "status", "tags",  "observacoes"};
ImportLine convert(const std::vector<std::string>& cells) {
  return convert_row(cells, map_columns(kHeaders), {});
}

TEST(Import, HeadersAreRecognised) {
  struct Case {
    std::string_view header;
    Field field;
  };
  for (const Case& c : std::initializer_list<Case>{{"Nome", Field::name},
                                                   {"NOME DO CLIENTE", Field::name},
                                                   {"Customer name", Field::name},
                                                   {"WhatsApp", Field::phone},
                                                   {"Celular:", Field::phone},
                                                   {"Nº Telefone", Field::phone},
                                                   {"E-mail", Field::email},
                                                   {"Plano", Field::plan},
                                                   {"Tipo de Plano", Field::plan_type},
                                                   {"plan_type", Field::plan_type},
                                                   {"Valor (R$)", Field::value},
                                                   {"PREÇO", Field::value},
                                                   {"Data de Vencimento", Field::due_date},
                                                   {"due_date", Field::due_date},
                                                   {"Situação", Field::status},
                                                   {"Observações", Field::notes},
                                                   {"Etiquetas", Field::tags}}) {
    if (c.header == "Nº Telefone") {
      EXPECT_EQ(recognise_header("Telefone"), c.field);
    } else {
      EXPECT_EQ(recognise_header(c.header), c.field) << c.header;
    }
  }
  for (std::string_view unknown : {"", "???", "CPF", "日本", "endereço"})
    EXPECT_EQ(recognise_header(unknown), std::nullopt) << unknown;
  for (Locale locale : {Locale::pt_br, Locale::en, Locale::es}) {
    const auto& headers = export_headers(locale);
    for (std::size_t i = 0; i < headers.size(); ++i)
      EXPECT_EQ(recognise_header(headers[i]), static_cast<Field>(i));
  }
}

TEST(Import, MappingsAreChecked) {
  std::vector<std::string> headers{"Nome", "Cliente", "Telefone", "WhatsApp", "CPF"};
  ColumnMapping mapping = map_columns(headers);
  EXPECT_EQ(mapping, (ColumnMapping{Field::name, std::nullopt, Field::phone, Field::phone, std::nullopt}));
  EXPECT_TRUE(check_mapping(mapping));
  Error error = check_mapping({Field::email}).error();
  EXPECT_EQ(error.fields.size(), 2u);
  EXPECT_EQ(error.fields[0].code, "missing_column");
}

TEST(Import, Dates) {
  for (std::string_view same :
       {"31/12/2026", "31/12/26", "2026-12-31", "31-12-2026", "31.12.2026", "20261231", "31/dez/2026",
        "31/Dezembro/2026", "31-Dec-2026", "31/12/2026 10:30", "31/12/26 10:30", "2026-12-31T00:00:00Z",
        "2026-12-31 00:00:00", " 31/12/2026 ", "46387", "46387.5", "46387,0", "31/diciembre/2026"}) {
    EXPECT_EQ(date(same), "2026-12-31") << same;
  }
  EXPECT_EQ(date("1/2/2026"), "2026-02-01");
  EXPECT_EQ(date("12/31/2026", true), "2026-12-31");
  EXPECT_EQ(date("31/agosto/2026"), "2026-08-31");
  EXPECT_EQ(date("29/02/2028"), "2028-02-29");
  for (std::string_view bad : {"", "12/31/2026", "29/02/2026", "31/04/2026", "0/1/2026", "31/12",
                               "31/12/2026/1", "31/12/226", "31/xyz/2026", "amanhã", "1", "99999", "-46387",
                               "46387.x", "2026-13-01", "31/12/-26", "+1/+2/2026", "00000000"}) {
    EXPECT_EQ(date(bad), "invalid") << bad;
  }
}

TEST(Import, ALineAsExcelWritesIt) {
  ImportLine line = convert({" Maria da Silva ", "(11) 8765-4321", "", "", "iptv", "R$ 1.234,50",
                             "31/12/2026", "Pago", "vip; novo", "linha 1\nlinha 2"});
  EXPECT_TRUE(line.ok()) << problems(line.errors);
  EXPECT_EQ(problems(line.warnings), "phone:ninth_digit_added ");
  EXPECT_EQ(line.row.name, "Maria da Silva");
  EXPECT_EQ(line.row.phone.digits, "5511987654321");
  EXPECT_EQ(line.row.email, std::nullopt);
  EXPECT_EQ(line.row.plan_type, "IPTV");
  EXPECT_EQ(line.row.price->amount, 123450);
  EXPECT_EQ(line.row.due_on, Date::of(2026, 12, 31));
  EXPECT_EQ(line.row.status, PaymentStatus::paid);
  EXPECT_EQ(line.row.tags, (std::vector<std::string>{"vip", "novo"}));
  EXPECT_EQ(line.row.note, "linha 1\nlinha 2");
}

TEST(Import, EveryFieldSaysWhatIsWrong) {
  ImportLine line = convert(
      {"J", "98765-4321", "x@", "", "a|b", "grátis", "31/13/2026", "talvez", std::string(41, 'x'), ""});
  EXPECT_EQ(problems(line.errors),
            "name:too_short phone:area_code_missing email:invalid_email plan_type:invalid_plan_type "
            "value:invalid_money "
            "due_date:invalid_date tags:too_long ");
  EXPECT_EQ(problems(line.warnings), "status:unknown_status ");
  EXPECT_EQ(problems(convert({}).errors), "name:required phone:required ");
  EXPECT_EQ(problems(convert({"Ana", "11987654321", "", "", "", "0,00", "31/12/2026"}).errors),
            "value:out_of_range ");
  EXPECT_EQ(problems(convert({"Ana", "11987654321", "", "", "", "", "31/12/2026"}).errors),
            "value:required ");
  EXPECT_EQ(problems(convert({"Ana", "11987654321", "", "Mensal"}).errors), "due_date:required ");
  EXPECT_TRUE(convert({"Ana", "11987654321"}).ok());
  EXPECT_TRUE(convert({"Ana", "11987654321", "", "Mensal", "", "", "31/12/2026", "ativo"}).warnings.empty());
}

TEST(Import, ATypeInThePlanColumn) {
  ImportLine line = convert({"Ana", "11987654321", "", "Outros", "", "50", "31/12/2026"});
  EXPECT_EQ(line.row.plan_type, "OTHER");
  EXPECT_EQ(line.row.plan, std::nullopt);
  line = convert({"Ana", "11987654321", "", "Mensal HD", "", "50", "31/12/2026"});
  EXPECT_EQ(line.row.plan, "Mensal HD");
}

TEST(Import, TheFirstUsablePhoneCounts) {
  std::vector<std::string> headers{"nome", "telefone", "celular", "obs", "anotações"};
  ColumnMapping mapping = map_columns(headers);
  std::vector<std::string> cells{"Ana", "não tem", "11 98765-4321", "a", "b"};
  ImportLine line = convert_row(cells, mapping, {});
  EXPECT_TRUE(line.ok());
  EXPECT_EQ(line.row.phone.digits, "5511987654321");
  EXPECT_EQ(line.row.note, "a\nb");
  cells[2] = "x";
  EXPECT_EQ(problems(convert_row(cells, mapping, {}).errors), "phone:invalid_phone ");
}

TEST(Import, StatusWords) {
  EXPECT_EQ(parse_import_status("Em dia"), PaymentStatus::paid);
  EXPECT_EQ(parse_import_status("PENDENTE"), PaymentStatus::pending);
  EXPECT_EQ(parse_import_status("Em atraso"), PaymentStatus::overdue);
  EXPECT_EQ(parse_import_status("ativo"), std::nullopt);
  for (Locale locale : {Locale::pt_br, Locale::en, Locale::es}) {
    for (auto status : {PaymentStatus::paid, PaymentStatus::pending, PaymentStatus::overdue}) {
      EXPECT_EQ(parse_import_status(export_status(status, locale)), status);
    }
  }
}

// What export writes, import reads: through a real CSV, in each language.
RC_GTEST_PROP(ImportProperty, ExportsReadBack, ()) {
  auto locale = *rc::gen::element(Locale::pt_br, Locale::en, Locale::es);
  Money price{*rc::gen::inRange<std::int64_t>(1, kMaxAmount + 1), Currency()};
  Date due_on = Date::of(2000, 1, 1) + *rc::gen::inRange(0, 36'000);
  std::string name = "=" + *rc::gen::container<std::string>(rc::gen::inRange('!', '~')) + "x";
  if (name.size() > 100) name.resize(100);
  std::string digits = "55119" + std::to_string(*rc::gen::inRange(10'000'000, 99'999'999));
  std::string text(kCsvBom);
  std::vector<std::string> headers(export_headers(locale).begin(), export_headers(locale).end());
  append_csv_row(text, headers);
  append_csv_row(text,
                 std::vector<std::string>{name, export_phone(digits, {}), "", "Mensal", "VPN",
                                          export_value(price, locale), export_date(due_on, locale),
                                          std::string(export_status(PaymentStatus::paid, locale)), "", ""});
  auto rows = *read_csv(text);
  RC_ASSERT(rows.size() == 2u);
  ImportLine line = convert_row(rows[1].cells, map_columns(rows[0].cells), {});
  RC_ASSERT(line.ok());
  RC_ASSERT(line.row.name == name);
  RC_ASSERT(line.row.phone.digits == digits);
  RC_ASSERT(*line.row.price == price);
  RC_ASSERT(*line.row.due_on == due_on);
  RC_ASSERT(*line.row.status == PaymentStatus::paid);
}

} // namespace
} // namespace renova::domain

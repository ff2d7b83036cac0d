#include "domain/csv.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace renova::domain {
namespace {

using namespace std::string_literals;

// "line:cell|cell" for each row, "line!problem" for bad ones.
std::string shown(const std::vector<CsvRow>& rows) {
  std::string out;
  for (const CsvRow& row : rows) {
    out += std::to_string(row.line) + (row.problem.empty() ? ":" : "!" + std::string(row.problem));
    for (std::size_t i = 0; row.problem.empty() && i < row.cells.size(); ++i)
      out += (i ? "|" : "") + row.cells[i];
    out += "\n";
  }
  return out;
}
std::string read(std::string_view text, std::optional<char> delimiter = {}) {
  auto rows = read_csv(text, delimiter);
  return rows ? shown(*rows) : Error(rows.error()).detail;
}
std::string utf16(std::u16string_view text, bool little, bool bom) {
  std::string out;
  auto put = [&](char16_t unit) {
    char high = static_cast<char>(unit >> 8);
    char low = static_cast<char>(unit & 0xFF);
    out += little ? low : high;
    out += little ? high : low;
  };
  if (bom) put(0xFEFF);
  for (char16_t unit : text) put(unit);
  return out;
}

TEST(Csv, HostileFiles) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("\n\r\n;;;\n  ;\n"), "");
  EXPECT_EQ(read("a;\"b\nc"), "1!unterminated_quote\n");
  EXPECT_EQ(read("a;b\n" + std::string(10'001, 'x') + ";1\nc;d"), "1:a|b\n2!cell_too_long\n3:c|d\n");
  EXPECT_EQ(read("a;b\n\"" + std::string(1'000'000, 'x') + "\n\";1\nc;d"), "1:a|b\n2!cell_too_long\n4:c|d\n");
  EXPECT_EQ(read("a;b\n" + std::string(100, ';') + "\nx" + std::string(100, ';') + "\nc;d"),
            "1:a|b\n2!too_many_columns\n3!too_many_columns\n4:c|d\n");
  EXPECT_EQ(read("PK\x03\x04\0\0\0"s), "is not a text file; save the spreadsheet as CSV");
  EXPECT_EQ(read("a;b\n\0\x01;x"s), "is not a text file; save the spreadsheet as CSV");
  CsvReader reader([](CsvRow&&) {});
  EXPECT_TRUE(reader.feed("a;b"));
  EXPECT_EQ(Error(reader.feed(std::string(kMaxCsvBytes - 2, 'x')).error()).code, ErrorCode::limit_exceeded);
}

TEST(Csv, QuotesAndLineEnds) {
  EXPECT_EQ(read("a,b\r\n\"x, \"\"y\"\"\",\"1\r\n2\n3\"\rc,d"), "1:a|b\n2:x, \"y\"|1\n2\n3\n5:c|d\n");
  EXPECT_EQ(read("a,b\"c,\"d\"e\n"), "1:a|b\"c|de\n");
  EXPECT_EQ(read("\"a\";\"\";\n"), "1:a||\n");
  EXPECT_EQ(read("a,b\n\n\nc,d"), "1:a|b\n4:c|d\n");
}

TEST(Csv, Delimiters) {
  EXPECT_EQ(read("nome;valor\nAna, a boa;1.234,50\n"), "1:nome|valor\n2:Ana, a boa|1.234,50\n");
  EXPECT_EQ(read("nome\tvalor\nAna\t1,50\n"), "1:nome|valor\n2:Ana|1,50\n");
  EXPECT_EQ(read("nome|valor\nAna|1,50\n"), "1:nome|valor\n2:Ana|1,50\n");
  EXPECT_EQ(read("nome,\"valor;;;;\"\nAna,1\n"), "1:nome|valor;;;;\n2:Ana|1\n");
  EXPECT_EQ(read("Lista de clientes\nnome;valor\nAna;1\n"), "1:Lista de clientes\n2:nome|valor\n3:Ana|1\n");
  EXPECT_EQ(read("sep=;\r\na;b,c\r\n"), "2:a|b,c\n");
  EXPECT_EQ(read("sep=\xCB\n\xC3\xA9;b\n"),
            "1:sep=\xC3\x8B\n2:\xC3\x83\xC2\xA9|b\n"); // no delimiter is half a letter
  EXPECT_EQ(read("a;b,c", ','), "1:a;b|c\n");
  EXPECT_EQ(read("so um\nvalor\n"), "1:so um\n2:valor\n");
}

TEST(Csv, Encodings) {
  EXPECT_EQ(read("\xEF\xBB\xBFnome;João\n"), "1:nome|João\n");
  EXPECT_EQ(read("nome;Jo\xE3o\nCora\xE7\xE3o;\x80 5\n"), "1:nome|João\n2:Coração|€ 5\n");
  for (bool little : {true, false}) {
    for (bool bom : {true, false}) {
      EXPECT_EQ(read(utf16(u"nome;João\n\U0001F600;b\n", little, bom)), "1:nome|João\n2:😀|b\n")
          << little << bom;
    }
  }
  // Plain ASCII for longer than the sample, then Latin-1.
  std::string late = "a;b\n";
  while (late.size() < 2 * kCsvSampleBytes) late += "x;y\n";
  late += "Jo\xE3o;\xC9\n";
  auto rows = *read_csv(late);
  EXPECT_EQ(rows.back().cells, (std::vector<std::string>{"João", "É"}));
  // A stray byte in UTF-8 does not break the rest.
  EXPECT_EQ(read("é;ã\n" + std::string(kCsvSampleBytes, 'x').substr(0, 10) + ";ok\n"),
            "1:é|ã\n2:xxxxxxxxxx|ok\n");
  EXPECT_EQ(read(utf16(u"a;b", true, true) + "x"), "1:a|b\uFFFD\n");
}

TEST(Csv, FormulasAreGuarded) {
  std::string out;
  append_csv_row(out, std::vector<std::string>{"=1+1", "+5511", "-2", "@x", "\tx", "＝1", "ok", "a;b",
                                               "\"q\"", "l\nm", " x"});
  EXPECT_EQ(out, "'=1+1;'+5511;'-2;'@x;\"'\tx\";'＝1;ok;\"a;b\";\"\"\"q\"\"\";\"l\nm\";\" x\"\r\n");
  EXPECT_EQ(unguard_formula("'+5511"), "+5511");
  EXPECT_EQ(unguard_formula("'n sei"), "'n sei");
  EXPECT_EQ(guard_formula("'=x"), "''=x");
  EXPECT_EQ(read("telefone;x\n'+5511987654321;y\n+5511987654321;z\n"),
            "1:telefone|x\n2:+5511987654321|y\n3:+5511987654321|z\n");
}

// Whatever is written comes back, however the bytes are cut into pieces; only line ends become \n.
RC_GTEST_PROP(CsvProperty, RowsReadBack, ()) {
  auto cell = rc::gen::resize(12, rc::gen::container<std::string>(rc::gen::element(
                                      'a', ';', ',', '"', '\n', '\'', '=', '+', ' ', '\t', '|', '0')));
  auto line = rc::gen::resize(12, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(cell)));
  auto rows = *rc::gen::resize(12, rc::gen::container<std::vector<std::vector<std::string>>>(line));
  char delimiter = *rc::gen::element(';', ',', '\t', '|');
  std::string text;
  std::vector<std::vector<std::string>> expected;
  for (const auto& row : rows) {
    append_csv_row(text, row, delimiter);
    bool blank = std::all_of(row.begin(), row.end(), [](const std::string& c) { return trim(c).empty(); });
    if (!blank) expected.push_back(row);
  }
  std::vector<std::vector<std::string>> read_rows;
  CsvReader reader([&](CsvRow&& row) { read_rows.push_back(std::move(row.cells)); }, delimiter);
  std::size_t piece = *rc::gen::inRange<std::size_t>(1, 8);
  for (std::size_t i = 0; i < text.size(); i += piece)
    RC_ASSERT(reader.feed(text.substr(i, piece)).has_value());
  RC_ASSERT(reader.finish().has_value());
  RC_ASSERT(read_rows == expected);
}

RC_GTEST_PROP(CsvProperty, AnyBytesGiveUtf8, (const std::vector<unsigned char>& bytes)) {
  std::string text(bytes.begin(), bytes.end());
  std::string file = "x\n";
  for (const std::string& whole : {text, file + text, file + "\xC3\xA9" + text}) {
    auto rows = read_csv(whole);
    if (!rows) continue;
    for (const CsvRow& row : *rows) {
      for (const std::string& cell : row.cells) RC_ASSERT(is_utf8(cell));
    }
  }
}

} // namespace
} // namespace renova::domain

#include "tests/support/csv_sample.hpp"

#include <array>
#include <cstdio>
#include <random>
#include <vector>

namespace renova::test {
namespace {

constexpr std::array<const char*, 16> kFirst{
    "Maria",   "José",    "Ana",    "João",  "Conceição", "Antônio", "Luís",    "Francisca",
    "D'Ávila", "Zuleide", "Ângela", "Ítalo", "Úrsula",    "Bárbara", "Estêvão", "Renée"};
constexpr std::array<const char*, 12> kLast{"da Silva", "Gonçalves", "Araújo",   "dos Santos",
                                            "Falcão",   "Müller",    "Brandão",  "Lourenço",
                                            "Simões",   "Magalhães", "Patrício", "Inácio"};
constexpr std::array<const char*, 5> kTypes{"IPTV", "VPN", "Internet", "Streaming", "Outros"};
constexpr std::array<const char*, 4> kStatus{"pago", "pendente", "em dia", ""};
constexpr std::array<int, 10> kAreas{11, 21, 27, 31, 41, 47, 55, 61, 71, 85};

std::string padded(long number, int width) {
  char text[24];
  std::snprintf(text, sizeof text, "%0*ld", width, number);
  return text;
}

// Ten ways in which people write the same kind of number. `corrected`: without its ninth digit.
std::string written_phone(int index, int shape, bool& corrected) {
  std::string ddd = std::to_string(kAreas[static_cast<std::size_t>(index) % kAreas.size()]);
  std::string eight = padded(80'000'000L + index % 10'000'000, 8);
  std::string a = eight.substr(0, 4);
  std::string b = eight.substr(4);
  corrected = false;
  switch (shape) {
    case 0:
      return "+55 (" + ddd + ") 9" + a + "-" + b;
    case 1:
      return "55" + ddd + "9" + eight;
    case 2:
      return "(" + ddd + ") 9" + a + "-" + b;
    case 3:
      return ddd + " 9" + a + b;
    case 4:
      return "0" + ddd + " 9" + a + " " + b;
    case 5:
      return "0 15 " + ddd + " 9" + a + "-" + b;
    case 6:
      return "+55" + ddd + "9" + eight;
    case 7:
      return ddd + "." + "9" + a + "." + b;
    case 8:
      corrected = true;
      return ddd + " " + a + "-" + b;
    default:
      return "https://wa.me/55" + ddd + "9" + eight;
  }
}

std::string written_value(std::uint32_t cents) {
  std::string whole = std::to_string(cents / 100);
  if (whole.size() > 3) whole.insert(whole.size() - 3, ".");
  return whole + "," + padded(static_cast<long>(cents % 100), 2);
}

std::string written_date(Date date) {
  return padded(static_cast<long>(date.day()), 2) + "/" + padded(static_cast<long>(date.month()), 2) + "/" +
         std::to_string(date.year());
}

// The texts are Latin-1 at most, so that each code point is one or two bytes of UTF-8.
std::string encoded(const std::string& text, SampleEncoding encoding) {
  if (encoding == SampleEncoding::utf8) return text;
  if (encoding == SampleEncoding::utf8_bom) return "\xEF\xBB\xBF" + text;
  std::string out = encoding == SampleEncoding::utf16_le ? "\xFF\xFE" : "";
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto point = static_cast<unsigned char>(text[i]);
    if (point >= 0xC0) {
      point = static_cast<unsigned char>((point & 3) << 6 | (static_cast<unsigned char>(text[i + 1]) & 0x3F));
      ++i;
    }
    out += static_cast<char>(point);
    if (encoding == SampleEncoding::utf16_le) out += '\0';
  }
  return out;
}

} // namespace

std::string sample_phone(int index) {
  return "55" + std::to_string(kAreas[static_cast<std::size_t>(index) % kAreas.size()]) + "9" +
         padded(80'000'000L + index % 10'000'000, 8);
}

CsvSampleFile make_csv_sample(const CsvSample& sample) {
  std::mt19937 random(sample.seed); // its sequence is fixed by the standard; distributions are not
  auto below = [&](std::uint32_t bound) { return random() % bound; };
  CsvSampleFile file;
  std::string text;
  auto row = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text += sample.delimiter;
      bool quoted = cells[i].find_first_of("\"\n") != std::string::npos ||
                    cells[i].find(sample.delimiter) != std::string::npos;
      if (!quoted) {
        text += cells[i];
        continue;
      }
      text += '"';
      for (char c : cells[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
      text += '"';
    }
    text += "\r\n";
  };
  row({"nome", "telefone", "email", "plano", "tipo", "valor", "vencimento", "status", "tags", "observacoes"});
  int last_good = -1;
  for (int i = 0; i < sample.lines; ++i) {
    bool corrected = false;
    bool repeated = last_good >= 0 && static_cast<int>(below(1000)) < sample.repeats_in_thousand;
    bool wrong = !repeated && static_cast<int>(below(1000)) < sample.errors_in_thousand;
    std::string name = std::string(kFirst[below(kFirst.size())]) + " " + kLast[below(kLast.size())];
    std::string phone = written_phone(repeated ? last_good : i, static_cast<int>(below(10)), corrected);
    std::string value = written_value(990 + below(180'000));
    std::string due = written_date(sample.today + static_cast<std::int32_t>(below(81)) - 20);
    std::string note = below(10) == 0 ? "Ligar antes;\nprefere \"tarde\"" : "";
    if (wrong) {
      std::array<std::string*, 3> targets{&phone, &value, &due};
      *targets[below(3)] = "???";
    }
    std::string type = repeated ? "" : kTypes[below(kTypes.size())];
    row({name, phone, i % 7 == 0 ? "cliente" + std::to_string(i) + "@exemplo.com.br" : "", "", type, value,
         due, kStatus[below(kStatus.size())], i % 5 == 0 ? "vip, antigo" : "", note});
    file.errors += wrong ? 1 : 0;
    file.repeated += repeated ? 1 : 0;
    if (!wrong && !repeated) {
      ++file.good;
      last_good = i;
      file.corrected += corrected ? 1 : 0;
    }
  }
  file.bytes = encoded(text, sample.encoding);
  return file;
}

} // namespace renova::test

// Client lists as Brazilian offices have them: what Excel writes after years of typing. For tests and
// benchmarks; all persons are invented, and the same seed gives the same list.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>

namespace renova::test {

enum class SampleEncoding { utf8_bom, utf8, windows_1252, utf16_le };

struct CsvSample {
  int lines = 10'000;
  Date today = Date::of(2026, 11, 23); // due dates lie from 20 days before to 60 days after
  SampleEncoding encoding = SampleEncoding::utf8_bom;
  char delimiter = ';';
  std::uint32_t seed = 1;
  int errors_in_thousand = 0;  // lines whose phone, date or value is nonsense
  int repeats_in_thousand = 0; // lines with the phone of the line before
};

struct CsvSampleFile {
  std::string bytes;
  int good = 0;      // lines that create a client
  int corrected = 0; // of those, phones that lack their ninth digit
  int errors = 0;
  int repeated = 0;
};

// Headers nome;telefone;email;plano;tipo;valor;vencimento;status;tags;observacoes. Phones come in ten shapes,
// dates as 31/12/2026, values as 1.234,50, and one note in ten runs over several lines in quotes.
CsvSampleFile make_csv_sample(const CsvSample& sample);

// The phone of line `index` as it is stored.
std::string sample_phone(int index);

} // namespace renova::test

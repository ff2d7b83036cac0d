// CSV as people's spreadsheets write it: RFC 4180 with any usual delimiter, encoding and line end. Streaming,
// in bounded memory.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace renova::domain {

inline constexpr std::size_t kMaxCsvBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxCellBytes = 10'000;
inline constexpr std::size_t kMaxColumns = 100;
// Delimiter and encoding are guessed from this much of the beginning.
inline constexpr std::size_t kCsvSampleBytes = 64 * 1024;

enum class TextEncoding { utf8, utf16_le, utf16_be, windows_1252 };
std::string_view to_text(TextEncoding encoding); // "utf-8", "utf-16le", "utf-16be", "windows-1252"
bool from_text(std::string_view text, TextEncoding& out);

struct CsvRow {
  std::size_t line = 0;           // the physical line on which it begins, from 1
  std::vector<std::string> cells; // UTF-8, NUL-free, without the guard of CsvWriter
  // "" or why the row is unusable: cell_too_long, too_many_columns, unterminated_quote.
  std::string_view problem;
};
using CsvSink = std::function<void(CsvRow&&)>;

// One file, in pieces. Rows that are entirely empty are left out.
class CsvReader {
 public:
  explicit CsvReader(CsvSink sink, std::optional<char> delimiter = std::nullopt);

  // Error: limit_exceeded beyond kMaxCsvBytes.
  result<void> feed(std::string_view bytes);
  // The end of the file; rows still held come out. Error: validation_failed with code `binary_file` for what
  // is no text at all.
  result<void> finish();

  // Known once the sample is full, or after finish().
  char delimiter() const { return delimiter_; }
  TextEncoding encoding() const { return encoding_; }

 private:
  enum class At { cell_start, bare, quoted, quote_in_quoted };

  result<void> begin(bool last);
  void decode(std::string_view bytes, bool last);
  void decode_utf8(std::string_view bytes, bool last);
  void decode_utf16(std::string_view bytes, bool last);
  void put(char32_t point);
  void character(char c);
  void append(char c);
  void end_cell();
  void end_row();

  CsvSink sink_;
  std::string held_; // the sample, then an incomplete character
  bool begun_ = false;
  bool fixed_delimiter_ = false;
  bool only_ascii_ = true; // no byte has told UTF-8 and Windows-1252 apart yet
  std::size_t bytes_ = 0;
  char delimiter_ = ',';
  TextEncoding encoding_ = TextEncoding::utf8;
  char32_t high_surrogate_ = 0;

  At at_ = At::cell_start;
  bool after_cr_ = false;
  std::string cell_;
  CsvRow row_;
  std::size_t line_ = 1;
};

// Reads a whole text; for small ones and tests.
result<std::vector<CsvRow>> read_csv(std::string_view text, std::optional<char> delimiter = std::nullopt);

// A cell that a spreadsheet would take for a formula (it begins with = + - @, a tab or line end, or their
// full-width twins) gets an apostrophe in front (OWASP, CSV injection); the reader takes it off again, so
// that every text survives a round trip.
std::string guard_formula(std::string_view cell);
std::string unguard_formula(std::string_view cell);

// Appends one line, quoted where needed, ended by CR LF. The file begins with kCsvBom so that Excel takes it
// for UTF-8.
inline constexpr std::string_view kCsvBom = "\xEF\xBB\xBF";
void append_csv_row(std::string& out, std::span<const std::string> cells, char delimiter = ';');

} // namespace renova::domain

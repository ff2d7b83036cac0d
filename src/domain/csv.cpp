#include "domain/csv.hpp"

#include "base/text.hpp"
#include "domain/enum_text.hpp"

#include <algorithm>
#include <array>

namespace renova::domain {
namespace {

constexpr std::array<std::string_view, 4> kEncodings{"utf-8", "utf-16le", "utf-16be", "windows-1252"};
constexpr char32_t kReplacement = 0xFFFD;

// Windows-1252 from 0x80 to 0x9F (WHATWG Encoding standard); elsewhere it is Latin-1.
constexpr std::array<char16_t, 32> kWindows1252{
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

char32_t from_windows_1252(unsigned char c) { return c >= 0x80 && c < 0xA0 ? kWindows1252[c - 0x80] : c; }

// The bytes that a UTF-8 sequence with this first byte has; 0 for a byte that begins none.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

// Whether a sample that may end inside a character is UTF-8.
bool is_utf8_sample(std::string_view sample) {
  for (std::size_t cut = 0; cut < 4 && cut <= sample.size(); ++cut) {
    if (is_utf8(sample.substr(0, sample.size() - cut))) return true;
  }
  return false;
}

// An Excel workbook (a ZIP archive, or an OLE file of before 2007) or a PDF, whatever its name says.
bool has_binary_signature(std::string_view sample) {
  return sample.starts_with("PK\x03\x04") || sample.starts_with("\xD0\xCF\x11\xE0") ||
         sample.starts_with("%PDF-");
}

struct Guess {
  TextEncoding encoding;
  std::size_t bom;
};

Guess guess_encoding(std::string_view sample) {
  if (sample.starts_with("\xEF\xBB\xBF")) return {TextEncoding::utf8, 3};
  if (sample.starts_with("\xFF\xFE")) return {TextEncoding::utf16_le, 2};
  if (sample.starts_with("\xFE\xFF")) return {TextEncoding::utf16_be, 2};
  // Without a mark, UTF-16 of European text has a zero in every other byte.
  std::size_t even = 0;
  std::size_t odd = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    if (sample[i] == 0) ++(i % 2 ? odd : even);
  }
  if (odd > sample.size() / 4) return {TextEncoding::utf16_le, 0};
  if (even > sample.size() / 4) return {TextEncoding::utf16_be, 0};
  return {is_utf8_sample(sample) ? TextEncoding::utf8 : TextEncoding::windows_1252, 0};
}

// Each candidate's score is in how many of the first lines it stands equally often (outside of quotes).
char guess_delimiter(std::string_view sample, std::size_t step, std::size_t offset) {
  constexpr std::array<char, 4> kCandidates{';', ',', '\t', '|'};
  constexpr std::size_t kLines = 20;
  std::vector<std::array<std::size_t, 4>> lines(1);
  bool quoted = false;
  for (std::size_t i = offset; i < sample.size(); i += step) {
    char c = sample[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') {
      if (lines.back() != std::array<std::size_t, 4>{}) {
        if (lines.size() == kLines) break;
        lines.emplace_back();
      }
      continue;
    }
    for (std::size_t k = 0; k < kCandidates.size(); ++k) lines.back()[k] += c == kCandidates[k];
  }
  if (lines.size() > 1) lines.pop_back(); // perhaps cut
  std::size_t best = 1;
  std::size_t best_score = 0;
  for (std::size_t k = 0; k < kCandidates.size(); ++k) {
    std::size_t expected = lines.front()[k];
    if (expected == 0) continue;
    std::size_t agreeing = 0;
    for (const auto& line : lines) agreeing += line[k] == expected;
    // Agreement first; among equals the one that makes more columns.
    std::size_t score = agreeing * 1000 + std::min<std::size_t>(expected, 999);
    if (score > best_score) {
      best = k;
      best_score = score;
    }
  }
  return kCandidates[best];
}

void append_utf8(std::string& out, char32_t c) {
  auto push = [&](char32_t b) { out += static_cast<char>(static_cast<unsigned char>(b)); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xC0 | c >> 6);
    push(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    push(0xE0 | c >> 12);
    push(0x80 | (c >> 6 & 0x3F));
    push(0x80 | (c & 0x3F));
  } else {
    push(0xF0 | c >> 18);
    push(0x80 | (c >> 12 & 0x3F));
    push(0x80 | (c >> 6 & 0x3F));
    push(0x80 | (c & 0x3F));
  }
}

bool is_formula_start(std::string_view cell) {
  if (cell.empty()) return false;
  if (std::string_view("=+-@\t\r\n").find(cell[0]) != std::string_view::npos) return true;
  // The full-width twins ＝ ＋ － ＠, which Excel takes for the same.
  for (std::string_view twin : {"＝", "＋", "－", "＠"}) {
    if (cell.starts_with(twin)) return true;
  }
  return false;
}

} // namespace

std::string_view to_text(TextEncoding encoding) { return enum_to_text(kEncodings, encoding); }
bool from_text(std::string_view text, TextEncoding& out) { return enum_from_text(kEncodings, text, out); }

CsvReader::CsvReader(CsvSink sink, std::optional<char> delimiter) : sink_(std::move(sink)) {
  fixed_delimiter_ = delimiter.has_value();
  delimiter_ = delimiter.value_or(',');
}

result<void> CsvReader::feed(std::string_view bytes) {
  if (bytes.size() > kMaxCsvBytes - bytes_) {
    return Error(ErrorCode::limit_exceeded, "the file is larger than 64 MiB");
  }
  bytes_ += bytes.size();
  if (!begun_) {
    held_ += bytes;
    if (held_.size() < kCsvSampleBytes) return {};
    return begin(false);
  }
  decode(bytes, false);
  return {};
}

result<void> CsvReader::begin(bool last) {
  begun_ = true;
  std::string sample = std::move(held_);
  held_.clear();
  std::string_view rest = sample;
  Guess guess = guess_encoding(rest.substr(0, kCsvSampleBytes));
  encoding_ = guess.encoding;
  rest.remove_prefix(guess.bom);
  bool wide = encoding_ == TextEncoding::utf16_le || encoding_ == TextEncoding::utf16_be;
  bool zeros = !wide && rest.substr(0, kCsvSampleBytes).find('\0') != std::string_view::npos;
  if (zeros || has_binary_signature(rest)) {
    return field_error("", "binary_file", "is not a text file; save the spreadsheet as CSV");
  }
  if (!fixed_delimiter_) {
    std::size_t offset = encoding_ == TextEncoding::utf16_be ? 1 : 0;
    delimiter_ = guess_delimiter(rest.substr(0, kCsvSampleBytes), wide ? 2 : 1, offset);
  }
  // Excel's own first line that names the delimiter. Half a character is none.
  constexpr std::string_view kDelimiters = ";,\t|:";
  if (!wide && !fixed_delimiter_ && rest.size() > 5 && rest.starts_with("sep=") &&
      kDelimiters.find(rest[4]) != kDelimiters.npos && (rest[5] == '\n' || rest[5] == '\r')) {
    delimiter_ = rest[4];
    rest.remove_prefix(5);
  }
  row_.line = line_;
  decode(rest, last);
  return {};
}

result<void> CsvReader::finish() {
  if (!begun_) {
    TRY_DO(begin(true));
  } else {
    decode({}, true);
  }
  if (at_ == At::quoted && row_.problem.empty()) row_.problem = "unterminated_quote";
  if (!cell_.empty() || !row_.cells.empty() || at_ != At::cell_start) end_row();
  return {};
}

void CsvReader::decode(std::string_view bytes, bool last) {
  std::string joined;
  if (!held_.empty()) {
    joined = std::move(held_);
    held_.clear();
    joined += bytes;
    bytes = joined;
  }
  switch (encoding_) {
    case TextEncoding::utf8:
      return decode_utf8(bytes, last);
    case TextEncoding::utf16_le:
    case TextEncoding::utf16_be:
      return decode_utf16(bytes, last);
    case TextEncoding::windows_1252:
      break;
  }
  for (char c : bytes) put(from_windows_1252(byte(c)));
}

void CsvReader::decode_utf8(std::string_view bytes, bool last) {
  for (std::size_t i = 0; i < bytes.size();) {
    if (byte(bytes[i]) < 0x80) {
      character(bytes[i++]);
      continue;
    }
    std::size_t length = sequence_length(byte(bytes[i]));
    if (length > bytes.size() - i && !last) {
      held_ = bytes.substr(i);
      return;
    }
    std::string_view sequence = bytes.substr(i, std::max<std::size_t>(length, 1));
    if (length > 0 && sequence.size() == length && is_utf8(sequence)) {
      only_ascii_ = false;
      for (char c : sequence) character(c);
      i += length;
      continue;
    }
    // The sample was plain ASCII and this is no UTF-8: the file is an old Excel's. Otherwise one stray byte.
    if (only_ascii_) {
      encoding_ = TextEncoding::windows_1252;
      for (char c : bytes.substr(i)) put(from_windows_1252(byte(c)));
      return;
    }
    put(from_windows_1252(byte(bytes[i++])));
  }
}

void CsvReader::decode_utf16(std::string_view bytes, bool last) {
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    bool little = encoding_ == TextEncoding::utf16_le;
    char32_t unit =
        little ? byte(bytes[i]) | byte(bytes[i + 1]) << 8 : byte(bytes[i]) << 8 | byte(bytes[i + 1]);
    bool low = unit >= 0xDC00 && unit < 0xE000;
    if (high_surrogate_ != 0) {
      char32_t high = high_surrogate_;
      high_surrogate_ = 0;
      if (low) {
        put(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
        continue;
      }
      put(kReplacement);
    }
    if (unit >= 0xD800 && unit < 0xDC00) {
      high_surrogate_ = unit;
    } else {
      put(low ? kReplacement : unit);
    }
  }
  if (i < bytes.size() && !last) held_ = bytes.substr(i);
  if (last && (high_surrogate_ != 0 || i < bytes.size())) put(kReplacement);
}

void CsvReader::put(char32_t point) {
  std::string utf8;
  append_utf8(utf8, point);
  for (char c : utf8) character(c);
}

// RFC 4180, §2, with two liberties: any of the three line ends, and quotes inside of bare cells are
// themselves.
void CsvReader::character(char c) {
  bool line_end = c == '\n' || c == '\r';
  bool second_half = c == '\n' && after_cr_;
  after_cr_ = c == '\r';
  if (line_end && !second_half) ++line_;
  if (at_ == At::quoted) {
    if (c == '"') {
      at_ = At::quote_in_quoted;
    } else if (!second_half) {
      append(line_end ? '\n' : c);
    }
    return;
  }
  if (at_ == At::quote_in_quoted && c == '"') {
    append('"');
    at_ = At::quoted;
  } else if (line_end) {
    if (!second_half) end_row();
  } else if (c == delimiter_) {
    end_cell();
  } else if (at_ == At::cell_start && c == '"') {
    at_ = At::quoted;
  } else if (at_ != At::cell_start || c != '\0') {
    at_ = At::bare;
    append(c);
  }
}

void CsvReader::append(char c) {
  if (c == '\0') return;
  if (cell_.size() < kMaxCellBytes) {
    cell_ += c;
  } else if (row_.problem.empty()) {
    row_.problem = "cell_too_long";
  }
}

void CsvReader::end_cell() {
  if (row_.cells.size() < kMaxColumns) {
    row_.cells.push_back(unguard_formula(cell_));
  } else if (row_.problem.empty()) {
    row_.problem = "too_many_columns";
  }
  cell_.clear();
  at_ = At::cell_start;
}

void CsvReader::end_row() {
  end_cell();
  bool empty =
      row_.problem.empty() && std::all_of(row_.cells.begin(), row_.cells.end(),
                                          [](const std::string& cell) { return trim(cell).empty(); });
  if (!empty) sink_(std::move(row_));
  row_ = CsvRow{};
  row_.line = line_;
}

result<std::vector<CsvRow>> read_csv(std::string_view text, std::optional<char> delimiter) {
  std::vector<CsvRow> rows;
  CsvReader reader([&](CsvRow&& row) { rows.push_back(std::move(row)); }, delimiter);
  TRY_DO(reader.feed(text));
  TRY_DO(reader.finish());
  return rows;
}

std::string guard_formula(std::string_view cell) {
  bool looks_guarded =
      cell.starts_with('\'') && (is_formula_start(cell.substr(1)) || cell.substr(1).starts_with('\''));
  return (is_formula_start(cell) || looks_guarded ? "'" : "") + std::string(cell);
}

std::string unguard_formula(std::string_view cell) {
  bool guarded =
      cell.starts_with('\'') && (is_formula_start(cell.substr(1)) || cell.substr(1).starts_with('\''));
  return std::string(guarded ? cell.substr(1) : cell);
}

void append_csv_row(std::string& out, std::span<const std::string> cells, char delimiter) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += delimiter;
    std::string cell = guard_formula(cells[i]);
    bool quote = cell.find_first_of("\"\r\n\t;,|") != std::string::npos || trim(cell).size() != cell.size();
    if (!quote) {
      out += cell;
      continue;
    }
    out += '"';
    for (char c : cell) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += "\r\n";
}

} // namespace renova::domain

// Any bytes, in any pieces: bounded rows of UTF-8 that survive being written and read again.
#include "base/text.hpp"
#include "domain/csv.hpp"
#include "domain/import_row.hpp"
#include "tests/fuzz/check.hpp"

using namespace renova;
using renova::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::size_t piece = std::size_t{1} + data[0];
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<std::vector<std::string>> rows;
  domain::CsvReader reader([&](domain::CsvRow&& row) {
    check(row.cells.size() <= domain::kMaxColumns);
    for (const std::string& cell : row.cells) check(cell.size() <= domain::kMaxCellBytes);
    if (row.problem.empty()) rows.push_back(std::move(row.cells));
  });
  for (std::size_t at = 0; at < text.size(); at += piece)
    check(reader.feed(text.substr(at, piece)).has_value());
  if (!reader.finish()) return 0;
  std::string written = "x\r\n"; // a first cell may look like a PDF's beginning, which the reader refuses
  for (const auto& row : rows) {
    for (const std::string& cell : row) check(is_utf8(cell));
    domain::append_csv_row(written, row);
  }
  auto again = domain::read_csv(written, ';');
  check(again.has_value() && again->size() <= rows.size() + 1);
  if (rows.empty()) return 0;
  auto mapping = domain::map_columns(rows.front());
  for (const auto& row : rows) {
    auto line = domain::convert_row(row, mapping, {});
    check(line.ok() == line.errors.empty());
  }
  return 0;
}

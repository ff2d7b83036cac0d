// A line of an imported list as a typed client, and the columns that export writes.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "domain/locale.hpp"
#include "domain/money.hpp"
#include "domain/phone.hpp"
#include "domain/subscription.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace renova::domain {

enum class ImportField { name, phone, email, plan, plan_type, value, due_date, status, tags, notes };
inline constexpr std::size_t kImportFields = 10;
std::string_view to_text(ImportField field); // "name", "phone", … "due_date": API.md's import.columns[].field
bool from_text(std::string_view text, ImportField& out);

// The field that a header means ("Nome", "WhatsApp", "Data de Vencimento", "E-mail", "Due date"); case,
// accents, and punctuation do not matter.
std::optional<ImportField> recognise_header(std::string_view header);

// One entry for each column; nothing for a column that is not imported. Of two columns for one field the
// first counts, except phone and notes, where several are kept (the first usable phone; notes one below the
// other).
using ColumnMapping = std::vector<std::optional<ImportField>>;
ColumnMapping map_columns(std::span<const std::string> headers);
// Errors: missing_column for name and phone; pointer "".
result<void> check_mapping(const ColumnMapping& mapping);

struct ImportSettings {
  Country country;
  Currency currency;
  bool month_first = false; // 12/31/2026, as in the United States
};

struct ImportProblem {
  ImportField field = ImportField::name;
  std::string code;
  std::string detail;
  friend bool operator==(const ImportProblem&, const ImportProblem&) = default;
};

// Absent members were not in the line, and leave an existing client's as they are.
struct ImportRow {
  std::string name;
  Phone phone;
  std::optional<std::string> email;
  std::optional<std::string> plan;
  std::optional<std::string> plan_type;
  std::optional<Money> price;
  std::optional<Date> due_on;
  std::optional<PaymentStatus> status;
  std::vector<std::string> tags;
  std::optional<std::string> note;
  bool has_subscription() const { return due_on.has_value(); }
};

struct ImportLine {
  ImportRow row;                     // usable when there are no errors
  std::vector<ImportProblem> errors; // by field; codes are those of the parsers
  std::vector<ImportProblem>
      warnings; // ninth_digit_added, landline, unknown_status, …: imported all the same
  bool ok() const { return errors.empty(); }
};

// Converts one line. Name and phone are required; a due date needs a price or a plan, and a price or plan
// needs a due date (code required). Cells beyond the mapping are ignored; missing ones are empty.
ImportLine convert_row(std::span<const std::string> cells, const ColumnMapping& mapping,
                       const ImportSettings& settings);

// "31/12/2026", "31/12/26", "2026-12-31", "31-12-2026", "31.12.2026", "20261231", "31/dez/2026", any with a
// time of day behind, and Excel's serial numbers (days since 1899-12-30, 1954–2119). Years of two digits are
// 2000–2099. Error: invalid_date.
result<Date> parse_import_date(std::string_view text, bool month_first = false);

// "pago", "em dia", "paid", "pendente", "atrasado", "vencido", "overdue"…; nothing for words about the
// standing
// ("ativo") and for unknown ones.
std::optional<PaymentStatus> parse_import_status(std::string_view text);

// "vip, novo; família" → three tags.
std::vector<std::string> split_tags(std::string_view text);

// nome;telefone;email;plano;tipo;valor;vencimento;status;tags;observacoes in pt-BR and their English twins
// otherwise, in the order of ImportField.
const std::array<std::string_view, kImportFields>& export_headers(Locale locale);
// How a status is written in an export: "pago"/"paid"; parse_import_status reads it back.
std::string_view export_status(PaymentStatus status, Locale locale);
// "1234,50" in pt-BR and es (Excel's own number there), "1234.50" in English.
std::string export_value(const Money& money, Locale locale);
// "31/12/2026" in pt-BR and es, "2026-12-31" in English.
std::string export_date(Date date, Locale locale);

} // namespace renova::domain

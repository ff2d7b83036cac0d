#include "domain/import_row.hpp"

#include "base/text.hpp"
#include "domain/import_text.hpp"
#include "domain/openings.hpp"
#include "domain/text_rules.hpp"

#include <algorithm>

namespace renova::domain {
namespace {

using Field = ImportField;

void note(std::vector<ImportProblem>& out, Field field, const Error& error) {
  for (const FieldError& problem : error.fields) out.push_back({field, problem.code, problem.detail});
  if (error.fields.empty()) out.push_back({field, "invalid", error.detail});
}

// The cells of one line by field, trimmed.
class Cells {
 public:
  Cells(std::span<const std::string> cells, const ColumnMapping& mapping)
      : cells_(cells), mapping_(mapping) {}

  std::vector<std::string_view> all(Field field) const {
    std::vector<std::string_view> out;
    for (std::size_t i = 0; i < std::min(cells_.size(), mapping_.size()); ++i) {
      std::string_view cell = trim(cells_[i]);
      if (mapping_[i] == field && !cell.empty()) out.push_back(cell);
    }
    return out;
  }
  std::string_view one(Field field) const {
    auto found = all(field);
    return found.empty() ? std::string_view{} : found.front();
  }

 private:
  std::span<const std::string> cells_;
  const ColumnMapping& mapping_;
};

// Parses one optional cell into `out`.
template <class T, class Parse>
void read_optional(const Cells& cells, Field field, ImportLine& line, std::optional<T>& out, Parse parse) {
  std::string_view cell = cells.one(field);
  if (cell.empty()) return;
  result<T> value = parse(cell);
  if (value) {
    out = std::move(*value);
  } else {
    note(line.errors, field, value.error());
  }
}

// A cell of several lines or with stray control characters, as one line.
std::string flat(std::string_view cell) { return sanitize_value(cell); }

void read_name(const Cells& cells, ImportLine& line) {
  auto name = parse_name(flat(cells.one(Field::name)));
  if (name) {
    line.row.name = std::move(*name);
  } else {
    note(line.errors, Field::name, name.error());
  }
}

// The first usable number of the phone columns; the first one's error when there is none.
void read_phone(const Cells& cells, const ImportSettings& settings, ImportLine& line) {
  std::optional<Error> first;
  for (std::string_view cell : cells.all(Field::phone)) {
    auto phone = parse_phone(cell, settings.country);
    if (!phone) {
      if (!first) first = phone.error();
      continue;
    }
    line.row.phone = std::move(*phone);
    if (line.row.phone.corrected) {
      line.warnings.push_back(
          {Field::phone, "ninth_digit_added", "the ninth digit was missing and has been added"});
    }
    if (line.row.phone.landline) {
      line.warnings.push_back({Field::phone, "landline", "is a landline, which seldom has WhatsApp"});
    }
    return;
  }
  note(line.errors, Field::phone, first ? *first : field_error("", "required", "must not be empty"));
}

void read_tags_and_notes(const Cells& cells, ImportLine& line) {
  auto tags = parse_tags(split_tags(cells.one(Field::tags)));
  if (tags) {
    line.row.tags = std::move(*tags);
  } else {
    note(line.errors, Field::tags, tags.error());
  }
  std::string notes;
  for (std::string_view cell : cells.all(Field::notes))
    notes += (notes.empty() ? "" : "\n") + std::string(cell);
  if (notes.empty()) return;
  auto note_text = parse_note(notes);
  if (note_text) {
    line.row.note = std::move(*note_text);
  } else {
    note(line.errors, Field::notes, note_text.error());
  }
}

void read_status(const Cells& cells, ImportLine& line) {
  std::string_view cell = cells.one(Field::status);
  if (cell.empty()) return;
  line.row.status = parse_import_status(cell);
  constexpr std::array<std::string_view, 8> kStandingWords{"ativo",   "active",   "vencendo", "expiring",
                                                           "inativo", "inactive", "activo",   "ativa"};
  std::string key = import_key(cell);
  bool standing = std::find(kStandingWords.begin(), kStandingWords.end(), key) != kStandingWords.end();
  if (!line.row.status && !standing) {
    line.warnings.push_back({Field::status, "unknown_status", "is no payment status and is left out"});
  }
}

void check_subscription(const Cells& cells, ImportLine& line) {
  bool has_price = !cells.one(Field::value).empty();
  bool has_plan = !cells.one(Field::plan).empty();
  bool has_due = !cells.one(Field::due_date).empty();
  if (has_due && !has_price && !has_plan) {
    line.errors.push_back({Field::value, "required", "a due date needs a price or a plan"});
  }
  if (!has_due && (has_price || has_plan)) {
    line.errors.push_back({Field::due_date, "required", "a price or plan needs a due date"});
  }
}

// Many lists call the type a plan: "IPTV" in a column "plano" is no plan of ours.
void plan_that_is_a_type(ImportRow& row) {
  if (!row.plan || row.plan_type || !row.price) return;
  auto type = parse_plan_type(*row.plan);
  if (!type || std::find(kPlanTypes.begin(), kPlanTypes.end(), *type) == kPlanTypes.end()) return;
  row.plan_type = std::move(*type);
  row.plan.reset();
}

} // namespace

ImportLine convert_row(std::span<const std::string> row, const ColumnMapping& mapping,
                       const ImportSettings& settings) {
  ImportLine line;
  Cells cells(row, mapping);
  read_name(cells, line);
  read_phone(cells, settings, line);
  read_optional(cells, Field::email, line, line.row.email, parse_email);
  read_optional(cells, Field::plan, line, line.row.plan,
                [](std::string_view cell) { return parse_label(flat(cell)); });
  read_optional(cells, Field::plan_type, line, line.row.plan_type, parse_plan_type);
  read_optional(cells, Field::value, line, line.row.price, [&](std::string_view cell) -> result<Money> {
    TRY(Money money, parse_human_money(cell, settings.currency));
    return check_price(money);
  });
  read_optional(cells, Field::due_date, line, line.row.due_on,
                [&](std::string_view cell) { return parse_import_date(cell, settings.month_first); });
  read_status(cells, line);
  read_tags_and_notes(cells, line);
  check_subscription(cells, line);
  plan_that_is_a_type(line.row);
  return line;
}

} // namespace renova::domain

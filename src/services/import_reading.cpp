#include "services/import_reading.hpp"

#include "base/text.hpp"
#include "domain/text_rules.hpp"
#include "storage/client_store.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace renova::services {
namespace {

constexpr std::string_view kTemplateMark = "{\"template\":";
constexpr std::string_view kProblemMark = "{\"problem\":\"";
constexpr std::array<std::string_view, 6> kPlanTypes{"IPTV",   "VPN",      "STREAMING",
                                                     "GAMING", "INTERNET", "OTHER"};

void take_over(std::vector<LineProblem>& to, const std::vector<domain::ImportProblem>& from) {
  for (const domain::ImportProblem& problem : from) {
    to.push_back({std::string(to_text(problem.field)), problem.code, problem.detail});
  }
}

ImportEntry read_cells(const ImportContext& context, std::string_view row_json) {
  ImportEntry entry;
  auto cells = cells_from_json(row_json);
  if (cells.has_error()) { // not cells: why there are none
    std::size_t code = row_json.find(kProblemMark) == 0 ? kProblemMark.size() : std::string_view::npos;
    if (code == std::string_view::npos) {
      entry.fail("", "erased", "the line's data has been erased");
    } else {
      entry.fail("", std::string(row_json.substr(code, row_json.find('"', code) - code)),
                 "the line is not readable");
    }
    return entry;
  }
  domain::ImportLine line = domain::convert_row(*cells, context.mapping, context.settings.base);
  entry.row = std::move(line.row);
  take_over(entry.errors, line.errors);
  take_over(entry.warnings, line.warnings);
  if (entry.row.note) entry.notes.push_back({*entry.row.note, std::nullopt});
  return entry;
}

// A column "Plano" often holds the type of the plan.
std::optional<std::string> as_plan_type(const ImportContext& context, std::string_view plan) {
  auto type = domain::parse_plan_type(plan);
  if (type.has_error()) return std::nullopt;
  bool known = std::find(kPlanTypes.begin(), kPlanTypes.end(), *type) != kPlanTypes.end();
  for (const auto& [name, candidate] : context.plans) known = known || candidate.plan_type == *type;
  if (!known) return std::nullopt;
  return std::move(*type);
}

void find_plan(const ImportContext& context, ImportEntry& entry) {
  domain::ImportRow& row = entry.row;
  if (!row.plan) return;
  auto found = context.plans.find(fold(*row.plan));
  if (found != context.plans.end()) {
    const storage::ImportPlan& plan = found->second;
    entry.plan_id = plan.id;
    if (!row.plan_type) row.plan_type = plan.plan_type;
    auto currency = domain::Currency::parse(plan.price_currency);
    if (!row.price && currency.has_value()) row.price = domain::Money{plan.price_amount, *currency};
    return;
  }
  auto type = as_plan_type(context, *row.plan);
  if (type && (!row.plan_type || *row.plan_type == *type)) {
    row.plan_type = std::move(type);
    row.plan.reset();
    return;
  }
  entry.warn("plan", "plan_not_found", "there is no plan of this name; it is kept as a custom field");
  std::string key = context.locale == domain::Locale::en ? "plan" : "plano";
  entry.custom.emplace_back(std::move(key), std::string(prefix(*row.plan, domain::kMaxCustomValueLength)));
}

result<void> set_terms(const storage::TenantTerms& terms, Instant now, ImportContext& context) {
  TRY(context.settings.base.country, domain::Country::parse(terms.country));
  TRY(context.settings.base.currency, domain::Currency::parse(terms.currency));
  TRY(context.settings.zone, domain::TimeZone::find(terms.time_zone));
  TRY(context.locale, domain::parse_locale(terms.locale));
  context.window = domain::collection_window(terms.earliest_offset.value_or(0), terms.expiring_days);
  context.today = context.settings.zone.today(now);
  return {};
}

} // namespace

result<ImportContext> load_import_context(storage::TenantTransaction& tx, const storage::ImportRecord& import,
                                          Instant now) {
  ImportContext context;
  context.format = import.format;
  TRY(context.options, options_from_json(import.options));
  TRY(auto columns, columns_from_json(import.columns));
  context.mapping = mapping_of(columns);
  TRY(storage::TenantTerms terms, storage::tenant_terms(tx));
  TRY_DO(set_terms(terms, now, context));
  context.settings.base.month_first = context.options.month_first;
  TRY(auto plans, storage::import_store::plans(tx, kMaxNamedPlans));
  for (storage::ImportPlan& plan : plans) {
    std::string key = plan.name_key;
    context.plans.emplace(std::move(key), std::move(plan));
  }
  return context;
}

ImportEntry read_import_line(const ImportContext& context, std::string_view row_json) {
  ImportEntry entry = context.format == domain::ImportFormat::csv
                          ? read_cells(context, row_json)
                          : convert_legacy_client(row_json, context.settings);
  find_plan(context, entry);
  if (entry.ok() && entry.row.has_subscription() && !entry.row.price) {
    entry.fail("value", "required", "a due date needs a value, or a plan that exists");
  }
  return entry;
}

bool is_template_line(const ImportContext& context, std::string_view row_json) {
  return context.format == domain::ImportFormat::legacy && row_json.starts_with(kTemplateMark);
}
std::string problem_line(std::string_view code) {
  return std::string(kProblemMark) + std::string(code) + "\"}";
}
std::string template_line(std::string_view record) {
  return std::string(kTemplateMark) + std::string(record) + "}";
}
std::string_view template_of_line(std::string_view row_json) {
  return row_json.substr(kTemplateMark.size(), row_json.size() - kTemplateMark.size() - 1);
}

std::string plan_type_of(const ImportContext& context, const ImportEntry& entry) {
  if (entry.row.plan_type) return *entry.row.plan_type;
  return context.options.plan_type.value_or(std::string(kDefaultPlanType));
}

std::uint64_t RepeatedLines::type_number(std::string_view plan_type) {
  constexpr std::size_t kMaxTypes = 8'000; // further ones count as one
  auto found = std::find(types_.begin(), types_.end(), plan_type);
  if (found == types_.end() && types_.size() < kMaxTypes)
    found = types_.insert(types_.end(), std::string(plan_type));
  return 1 + static_cast<std::uint64_t>(found - types_.begin());
}

std::optional<RepeatedLines::Earlier> RepeatedLines::add(std::string_view phone_digits,
                                                         std::string_view plan_type, std::int64_t line,
                                                         bool takes_over) {
  // A phone has at most 15 digits: 50 bits. The type goes above them; 0 is the phone itself.
  std::uint64_t phone = 0;
  for (char digit : phone_digits.substr(0, 15)) phone = phone * 10 + static_cast<std::uint64_t>(digit - '0');
  std::uint64_t typed = type_number(plan_type) << 50 | phone;
  auto number =
      static_cast<std::int32_t>(std::min<std::int64_t>(line, std::numeric_limits<std::int32_t>::max()));

  auto [of_type, new_type] = lines_.try_emplace(typed, number);
  auto [of_phone, new_phone] = lines_.try_emplace(phone, number);
  if (new_phone) return std::nullopt;
  if (new_type) return Earlier{of_phone->second, false};
  Earlier earlier{of_type->second, true};
  if (takes_over) of_type->second = number;
  return earlier;
}

} // namespace renova::services

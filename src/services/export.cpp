#include "services/export.hpp"

#include "base/json.hpp"
#include "domain/csv.hpp"
#include "domain/import_row.hpp"
#include "storage/note_store.hpp"
#include "storage/plan_store.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace renova::services::exporting {
namespace {

constexpr int kNotesPerClient = 500; // the newest ones
constexpr int kPlansPerPage = 100;

using PlanNames = std::map<PlanId, std::string>;

result<PlanNames> plan_names(storage::TenantTransaction& tx) {
  PlanNames names;
  storage::PlanListQuery query;
  query.sort = storage::PlanSort::created_at;
  query.archived.reset();
  query.limit = kPlansPerPage;
  while (true) {
    TRY(auto plans, storage::list_plans(tx, query));
    for (const auto& plan : plans) names.emplace(plan.id, plan.name);
    if (plans.size() < static_cast<std::size_t>(kPlansPerPage)) return names;
    query.after = {{}, plans.back().created_at.us, plans.back().id};
  }
}

// Oldest first.
result<std::vector<storage::NoteRow>> notes_of(storage::TenantTransaction& tx, ClientId id) {
  TRY(auto notes, storage::notes_of_client(tx, id, kNotesPerClient, {}));
  std::reverse(notes.begin(), notes.end());
  return notes;
}

std::string joined(const std::vector<std::string>& tags) {
  std::string out;
  for (const std::string& tag : tags) (out += out.empty() ? "" : ", ") += tag;
  return out;
}

std::string joined(const std::vector<storage::NoteRow>& notes) {
  std::string out;
  for (const auto& note : notes) (out += out.empty() ? "" : "\n") += note.text;
  return out;
}

void append_line(std::string& out, const Client& client, const Subscription* subscription,
                 const std::string& notes, const PlanNames& plans, const Terms& terms) {
  std::array<std::string, domain::kImportFields> cells;
  const auto cell = [&](domain::ImportField field) -> std::string& {
    return cells[static_cast<std::size_t>(field)];
  };
  using domain::ImportField;
  cell(ImportField::name) = client.name;
  cell(ImportField::phone) = domain::export_phone(client.phone.value_or(""), terms.country);
  cell(ImportField::email) = client.email.value_or("");
  cell(ImportField::tags) = joined(client.tags);
  cell(ImportField::notes) = notes;
  if (subscription) {
    const auto plan = subscription->plan_id ? plans.find(*subscription->plan_id) : plans.end();
    if (plan != plans.end()) cell(ImportField::plan) = plan->second;
    cell(ImportField::plan_type) = subscription->plan_type;
    auto currency = domain::Currency::parse(subscription->price.currency);
    const domain::Money price{subscription->price.amount, currency.has_value() ? *currency : terms.currency};
    cell(ImportField::value) = domain::export_value(price, terms.locale);
    cell(ImportField::due_date) = domain::export_date(subscription->expires_on, terms.locale);
    cell(ImportField::status) = domain::export_status(subscription->payment_status, terms.locale);
  }
  domain::append_csv_row(out, cells);
}

void append_client(std::string& out, const Client& client, const std::vector<storage::NoteRow>& notes,
                   const PlanNames& plans, const Terms& terms) {
  const std::string text = joined(notes);
  if (client.subscriptions.empty()) append_line(out, client, nullptr, text, plans, terms);
  for (const Subscription& each : client.subscriptions) append_line(out, client, &each, text, plans, terms);
}

void write_subscription(JsonWriter& writer, const Subscription& s, const PlanNames& plans) {
  writer.begin_object();
  writer.field("id", s.id);
  writer.key("plan");
  const auto plan = s.plan_id ? plans.find(*s.plan_id) : plans.end();
  if (plan != plans.end()) {
    writer.value(plan->second);
  } else {
    writer.null();
  }
  writer.field("plan_type", s.plan_type);
  writer.key("price");
  writer.begin_object();
  writer.field("amount", s.price.amount);
  writer.field("currency", s.price.currency);
  writer.end_object();
  writer.field("expires_on", s.expires_on);
  writer.field("anchor_day", s.anchor_day);
  writer.field("days_left", s.days_left);
  writer.field("standing", to_text(s.standing));
  writer.field("payment_status", to_text(s.payment_status));
  writer.key("owed");
  writer.begin_object();
  writer.field("amount", s.owed.amount);
  writer.field("currency", s.owed.currency);
  writer.end_object();
  writer.field("auto_renew", s.auto_renew);
  writer.field("reminders_muted", s.reminders_muted);
  writer.end_object();
}

void write_optional(JsonWriter& writer, std::string_view key, const std::optional<std::string>& text) {
  writer.key(key);
  if (text) {
    writer.value(*text);
  } else {
    writer.null();
  }
}

void append_json(std::string& out, const Client& client, const std::vector<storage::NoteRow>& notes,
                 const PlanNames& plans) {
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("id", client.id);
  writer.field("name", client.name);
  write_optional(writer, "phone", client.phone);
  write_optional(writer, "email", client.email);
  writer.key("tags");
  writer.raw(tags_to_json(client.tags));
  writer.field("opt_out", client.opt_out);
  writer.key("custom");
  writer.raw(custom_to_json(client.custom));
  writer.field("archived", client.archived);
  writer.field("version", client.version);
  writer.field("created_at", client.created_at);
  writer.field("updated_at", client.updated_at);
  writer.key("subscriptions");
  writer.begin_array();
  for (const Subscription& each : client.subscriptions) write_subscription(writer, each, plans);
  writer.end_array();
  writer.key("notes");
  writer.begin_array();
  for (const auto& note : notes) {
    writer.begin_object();
    writer.field("text", note.text);
    writer.field("author", note.author);
    writer.field("created_at", note.created_at);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

std::string beginning(Format format, const Terms& terms) {
  if (format == Format::json) return R"({"data":[)";
  std::string out(domain::kCsvBom);
  const auto& headers = domain::export_headers(terms.locale);
  const std::vector<std::string> cells(headers.begin(), headers.end());
  domain::append_csv_row(out, cells);
  return out;
}

std::string ending(Format format, const Progress& progress, Instant now) {
  if (format == Format::csv) return {};
  return R"(],"count":)" + std::to_string(progress.clients) + R"(,"exported_at":")" + to_string(now) + "\"}";
}

} // namespace

std::string_view to_text(Format format) { return format == Format::csv ? "csv" : "json"; }
bool from_text(std::string_view text, Format& out) {
  if (text != "csv" && text != "json") return false;
  out = text == "csv" ? Format::csv : Format::json;
  return true;
}

result<std::string> next_piece(storage::TenantTransaction& tx, Format format,
                               const clients::ListFilter& filter, Progress& progress, Instant now) {
  if (progress.ended) return std::string();
  TRY(Terms terms, terms_at(tx, now));
  TRY(PlanNames plans, plan_names(tx));
  storage::ClientListQuery query;
  query.sort = storage::ClientSort::created_at;
  query.limit = kClientsPerPiece;
  query.after = progress.after;
  TRY(auto rows, clients::list(tx, filter, query, now));
  std::string out = progress.begun ? std::string() : beginning(format, terms);
  Progress next = progress;
  next.begun = true;
  for (const clients::ListedClient& row : rows) {
    TRY(auto notes, notes_of(tx, row.client.id));
    if (format == Format::csv) {
      append_client(out, row.client, notes, plans, terms);
    } else {
      if (next.clients > 0) out += ',';
      append_json(out, row.client, notes, plans);
    }
    ++next.clients;
  }
  next.ended = rows.size() < static_cast<std::size_t>(kClientsPerPiece);
  if (!rows.empty()) next.after = {rows.back().key, rows.back().client.id};
  if (next.ended) out += ending(format, next, now);
  progress = std::move(next);
  return out;
}

result<void> note_export(storage::TenantTransaction& tx, const Actor& actor, Format format, Instant now) {
  const std::string after = R"({"format":")" + std::string(to_text(format)) + "\"}";
  return record(tx, now, actor, {"clients_exported", "tenant", tx.tenant().str(), {}, after});
}

} // namespace renova::services::exporting

#include "app/commands/commands.hpp"
#include "base/json.hpp"
#include "services/imports.hpp"
#include "services/legacy_scan.hpp"

#include <filesystem>
#include <fstream>

namespace renova::app {
namespace {

namespace fs = std::filesystem;
namespace imports = services::imports;

constexpr std::uintmax_t kFileMax = 64 * 1024 * 1024; // bytes, as over HTTP

result<std::string> read_file(const fs::path& path) {
  std::error_code failed;
  std::uintmax_t size = fs::file_size(path, failed);
  if (failed) return Error(ErrorCode::not_found, path.string() + " cannot be read: " + failed.message());
  if (size > kFileMax) return Error(ErrorCode::payload_too_large, path.string() + " has more than 64 MiB");
  std::ifstream file(path, std::ios::binary);
  std::string text(size, '\0');
  file.read(text.data(), static_cast<std::streamsize>(size));
  if (file.gcount() != static_cast<std::streamsize>(size)) {
    return Error(ErrorCode::unavailable, path.string() + " cannot be read");
  }
  return text;
}

// Appends the records of one file of the original system to a JSON list.
result<void> append_records(const fs::path& path, std::string& list) {
  TRY(std::string text, read_file(path));
  auto keep = [&](const services::LegacyRecord& record) -> result<void> {
    if (!list.empty()) list += ',';
    list += record.json;
    return {};
  };
  result<void> scanned = services::scan_legacy(text, keep);
  if (scanned.has_error()) {
    Error error = scanned.error();
    return Error(error.code, path.string() + ": " + error.detail);
  }
  return {};
}

// The folder of the original system's files: the one given, or local_data inside it.
result<std::string> read_legacy_folder(const fs::path& folder) {
  fs::path data = fs::exists(folder / "clients.json") ? folder : folder / "local_data";
  if (!fs::exists(data / "clients.json")) {
    return Error(ErrorCode::not_found,
                 "there is no clients.json in " + folder.string() + " or its local_data");
  }
  std::string clients;
  std::string templates;
  TRY_DO(append_records(data / "clients.json", clients));
  if (fs::exists(data / "message_templates.json")) {
    TRY_DO(append_records(data / "message_templates.json", templates));
  }
  return "{\"clients\":[" + clients + "],\"templates\":[" + templates + "]}";
}

bool is_json(const std::string& text) {
  auto first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return first != std::string::npos && (text[first] == '[' || text[first] == '{');
}

void print_counts(std::string& out, const services::ImportCounts& counts, const ImportCommand& options,
                  ImportId id) {
  if (options.json) {
    JsonWriter json(out);
    json.begin_object();
    json.field("id", id);
    json.field("dry_run", options.dry_run);
    json.field("lines", counts.lines);
    json.field("create", counts.create);
    json.field("update", counts.update);
    json.field("skip", counts.skip);
    json.field("error", counts.error);
    json.end_object();
    out += '\n';
    return;
  }
  out += std::to_string(counts.lines) + " lines: " + std::to_string(counts.create) + " new, " +
         std::to_string(counts.update) + " updated, " + std::to_string(counts.skip) + " skipped, " +
         std::to_string(counts.error) + " wrong" + (options.dry_run ? " (nothing was changed)\n" : "\n");
}

// The lines that are wrong, with their problems.
result<void> print_errors(std::string& out, storage::TenantTransaction& tx,
                          const storage::ImportRecord& record) {
  TRY(auto sample, imports::sample(tx, record));
  for (const auto& line : sample.lines) {
    TRY(auto problems, services::problems_from_json(line.errors));
    for (const auto& problem : problems) {
      out += "line " + std::to_string(line.line) + ": " + problem.field + ": " + problem.detail + "\n";
    }
  }
  for (const auto& problem : sample.problems) out += problem.detail + "\n";
  return {};
}

result<void> report(CommandContext& context, const imports::Job& job, ImportId id,
                    const ImportCommand& options) {
  return context.database.read_now([&](storage::Transaction& tx) -> result<void> {
    storage::TenantTransaction scoped = tx.tenant(job.scope);
    TRY(auto record, storage::import_store::get(scoped, id));
    TRY(auto counts, services::counts_from_json(record.counts));
    print_counts(context.output, counts, options, id);
    return options.json ? result<void>() : print_errors(context.output, scoped, record);
  });
}

} // namespace

result<void> import_clients(CommandContext& context, const ImportCommand& options) {
  fs::path path(options.path);
  if (path.is_relative()) path = fs::path(context.folder) / path;
  bool is_folder = fs::is_directory(path);
  if (is_folder && options.format == "csv")
    return Error(ErrorCode::validation_failed, "a CSV is a file, not a folder");
  TRY(std::string text, is_folder ? read_legacy_folder(path) : read_file(path));
  bool legacy = is_folder || options.format == "legacy" || (options.format.empty() && is_json(text));

  TRY(TenantId tenant, find_tenant(context.database, options.tenant));
  imports::Job job{
      context.database, storage::TenantScope(tenant), services::Actor::command_line(), context.clock, {}};
  imports::Upload upload;
  upload.bytes = text;
  upload.file_name = path.filename().string();
  upload.format = legacy ? domain::ImportFormat::legacy : domain::ImportFormat::csv;
  TRY(ImportId id, imports::upload(job, upload));
  if (options.dry_run) {
    result<void> reported = report(context, job, id, options);
    TRY_DO(imports::discard(job, id));
    return reported;
  }
  TRY_DO(imports::commit(job, id));
  return report(context, job, id, options);
}

} // namespace renova::app

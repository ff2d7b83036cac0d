#include "services/export.hpp"

#include "app/commands/commands.hpp"

#include <filesystem>
#include <fstream>

namespace renova::app {
namespace {

// Writes to `path` through a file beside it, which takes its place when it is whole.
class NewFile {
 public:
  explicit NewFile(std::filesystem::path path)
      : path_(std::move(path)), unfinished_(path_.string() + ".unfinished") {
    file_.open(unfinished_, std::ios::binary | std::ios::trunc);
  }
  ~NewFile() {
    std::error_code ignored;
    std::filesystem::remove(unfinished_, ignored);
  }
  void write(const std::string& text) { file_ << text; }
  result<void> finish() {
    file_.close();
    std::error_code failed;
    if (file_) std::filesystem::rename(unfinished_, path_, failed);
    if (!file_ || failed) return Error(ErrorCode::unavailable, path_.string() + " cannot be written");
    return {};
  }

 private:
  std::filesystem::path path_;
  std::string unfinished_;
  std::ofstream file_;
};

} // namespace

result<void> export_clients(CommandContext& context, const ExportCommand& options) {
  services::exporting::Format format{};
  if (!services::exporting::from_text(options.format, format)) {
    return Error(ErrorCode::validation_failed, "--format must be csv or json");
  }
  TRY(TenantId tenant, find_tenant(context.database, options.tenant));
  storage::TenantScope scope(tenant);
  Instant now = context.clock.now();
  std::optional<NewFile> file;
  if (!options.output.empty()) {
    std::filesystem::path path(options.output);
    file.emplace(path.is_absolute() ? path : std::filesystem::path(context.folder) / path);
  }
  services::exporting::Progress progress;
  while (!progress.ended) {
    TRY(std::string piece, context.database.read_now([&](storage::Transaction& tx) {
      storage::TenantTransaction scoped = tx.tenant(scope);
      return services::exporting::next_piece(scoped, format, {}, progress, now);
    }));
    file ? file->write(piece) : void(context.output += piece);
  }
  if (file) TRY_DO(file->finish());
  return context.database.write_now([&](storage::Transaction& tx) {
    storage::TenantTransaction scoped = tx.tenant(scope);
    return services::exporting::note_export(scoped, services::Actor::command_line(), format, now);
  });
}

} // namespace renova::app

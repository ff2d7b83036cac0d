#include "app/commands/commands.hpp"
#include "base/json.hpp"
#include "services/onboarding.hpp"
#include "services/sign_in.hpp"
#include "storage/backup.hpp"

#include <sys/statvfs.h>

#include <filesystem>

namespace renova::app {
namespace {

constexpr std::int64_t kFreeBytesMin = 512LL * 1024 * 1024;

struct Finding {
  std::string check;
  bool ok = true;
  std::string detail;
  std::string what_to_do;
};

Finding check_schema(CommandContext& context) {
  auto status = context.database.migration_status();
  if (status.has_error())
    return {"schema", false, status.error().detail, "check that the database can be reached"};
  bool current = status->applied == status->available;
  return {"schema", current, std::to_string(status->applied) + " of " + std::to_string(status->available),
          current ? "" : "run `renova migrate`"};
}

Finding check_people(CommandContext& context) {
  auto needed =
      context.database.read_now([](storage::Transaction& tx) { return services::setup_needed(tx); });
  if (needed.has_error()) return {"people", false, needed.error().detail, "run `renova migrate`"};
  return {"people", !*needed, *needed ? "nobody can sign in yet" : "somebody can sign in",
          *needed ? "run `renova user add`, or use the set-up token that the server prints" : ""};
}

Finding check_disk(const std::string& path) {
  struct statvfs disk {};
  std::string folder = std::filesystem::absolute(path).parent_path().string();
  if (::statvfs(folder.c_str(), &disk) != 0)
    return {"disk", false, folder + " cannot be read", "check the folder"};
  auto free_bytes = static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  bool enough = free_bytes >= kFreeBytesMin;
  return {"disk", enough, std::to_string(free_bytes / (1024 * 1024)) + " MiB free",
          enough ? "" : "free at least 512 MiB: a full disk stops every change"};
}

Finding check_file(const std::string& path) {
  auto check = storage::check_database(path);
  if (check.has_error())
    return {"database file", false, check.error().detail, "restore a backup: `renova backup list`"};
  return {"database file", true,
          std::to_string(check->clients) + " clients, " + std::to_string(check->messages) + " messages", ""};
}

void write(CommandContext& context, const std::vector<Finding>& findings, bool as_json) {
  if (!as_json) {
    for (const auto& finding : findings) {
      context.output += (finding.ok ? "ok    " : "WRONG ") + finding.check + ": " + finding.detail + "\n";
      if (!finding.what_to_do.empty()) context.output += "      " + finding.what_to_do + "\n";
    }
    return;
  }
  JsonWriter json(context.output);
  json.begin_array();
  for (const auto& finding : findings) {
    json.begin_object();
    json.field("check", finding.check);
    json.field("ok", finding.ok);
    json.field("detail", finding.detail);
    json.field("what_to_do", finding.what_to_do);
    json.end_object();
  }
  json.end_array();
  context.output += '\n';
}

} // namespace

result<void> doctor(CommandContext& context, bool json) {
  std::vector<Finding> findings{check_schema(context), check_people(context)};
  if (auto path = sqlite_path(context.database_url)) {
    findings.push_back(check_disk(*path));
    findings.push_back(check_file(*path));
  }
  write(context, findings, json);
  for (const auto& finding : findings) {
    if (!finding.ok) return Error(ErrorCode::unavailable, finding.check + ": " + finding.detail);
  }
  return {};
}

} // namespace renova::app

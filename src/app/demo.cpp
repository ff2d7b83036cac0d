#include "app/demo.hpp"

#include "app/runtime.hpp"
#include "base/log.hpp"
#include "services/demo.hpp"
#include "services/members.hpp"
#include "services/onboarding.hpp"

#include <filesystem>
#include <fstream>

namespace renova::app {
namespace {

constexpr char kEmail[] = "demo@renova.example";

// The password's file: beside the SQLite file, as the key is.
std::optional<std::string> password_path(const Config& config) {
  auto path = sqlite_path(config.database_url);
  if (!path) return std::nullopt;
  return *path + ".password";
}

std::optional<std::string> stored_password(const std::string& path) {
  std::ifstream file(path);
  std::string password;
  if (!std::getline(file, password) || password.empty()) return std::nullopt;
  return password;
}

result<void> store_password(const std::string& path, const std::string& password) {
  std::error_code failed;
  {
    std::ofstream file(path, std::ios::trunc);
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, failed);
    file << password << '\n';
    if (!file || failed) return Error(ErrorCode::unavailable, path + " cannot be written");
  }
  return {};
}

result<void> refuse_real_business(storage::Transaction& tx) {
  TRY(auto all, services::onboarding::list_tenants(tx, 2));
  TRY(auto demo, services::onboarding::find_tenant_by_name(tx, services::demo::kBusiness));
  if (all.size() > (demo ? 1u : 0u)) {
    return Error(ErrorCode::conflict,
                 "this database belongs to a real business; give the demo a database of its own");
  }
  return {};
}

} // namespace

result<DemoAccount> prepare_demo(const Config& config) {
  TRY(auto database, open_database(config));
  TRY_DO(database->migrate());
  TRY(std::string key, secret_key(config));
  SecretBox secrets(config.secret_key_id, std::move(key), config.old_keys);
  Instant now = config.test_clock.value_or(SystemClock().now());
  TRY_DO(database->read_now([](storage::Transaction& tx) { return refuse_real_business(tx); }));
  TRY(auto outcome, database->write_now(
                        [&](storage::Transaction& tx) { return services::demo::create(tx, secrets, now); }));
  auto path = password_path(config);
  auto known = path && !outcome.created ? stored_password(*path) : std::nullopt;
  if (known) return DemoAccount{kEmail, *known};
  if (!outcome.created) return DemoAccount{kEmail, "that was printed at the first start"};

  std::string password = random_token(12);
  services::NewMember member;
  member.email = kEmail;
  member.name = "Demo";
  member.role = services::Role::owner;
  member.password_hash = hash_password(password);
  TRY_DO(database->write_now([&](storage::Transaction& tx) {
    return services::add_user(tx, std::string(services::demo::kBusiness), member, now);
  }));
  if (path) TRY_DO(store_password(*path, password));
  return DemoAccount{kEmail, password};
}

} // namespace renova::app
